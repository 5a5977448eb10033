"""`sentiment eval`."""

from typing import Annotated, Literal

import typer

from sentiment.cli.console import json_line, notify
from sentiment.cli.models import ModelOption


def eval_command(
    model: ModelOption = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="A named data set, a CSV, TSV, JSONL, XLSX or Parquet file, or hub:NAME.",
            show_default="what the model was trained on",
        ),
    ] = None,
    split: Annotated[
        Literal["train", "validation", "test"] | None,
        typer.Option(
            help="Part of the data.",
            show_default="test; all rows of a file that the model was not trained on",
        ),
    ] = None,
    text_column: Annotated[str | None, typer.Option(metavar="C", help="The column of --data with the texts.")] = None,
    label_column: Annotated[str | None, typer.Option(metavar="C", help="The column of --data with the labels.")] = None,
    no_baseline: Annotated[
        bool, typer.Option("--no-baseline", help="Only the model's own figures: nothing else is read or fitted.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure a model on labelled rows, beside a linear model and the majority class that learn from the same rows.

    The model's own figures come first. Then the rows that it learned from are read, and the linear model is fitted to
    them: two minutes for 150,000 reviews, the first time; it is kept. Where it can't be had, a line says why.

    Example: sentiment eval --data sample --json
    """
    if data is None and (text_column or label_column):
        raise typer.BadParameter("the model's own data has its columns already; add --data", param_hint="--text-column")
    from sentiment.evaluation import evaluate
    from sentiment.model_dir import called, find_model

    path, reason = find_model(model)
    notify(f"model: {called(path)} ({reason})")
    if as_json:
        scored = None
    else:
        from sentiment.cli.eval_display import print_baselines, print_score

        scored = print_score
    report = evaluate(
        path,
        data=data,
        split=split,
        text_column=text_column,
        label_column=label_column,
        with_baselines=not no_baseline,
        scored=scored,
        notify=notify,
    )
    if as_json:
        print(json_line(report.to_dict()))
    elif not no_baseline:
        print_baselines(report)
