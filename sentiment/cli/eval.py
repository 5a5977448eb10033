"""`sentiment eval`."""

from typing import Annotated, Literal

import typer

from sentiment.cli.command import expand_home
from sentiment.cli.console import json_line, notify
from sentiment.cli.given import given_parameters
from sentiment.cli.models import ModelOption
from sentiment.cli.table_options import (
    EncodingOption,
    FormatOption,
    HeaderRowOption,
    LabelColumnOption,
    MaxRecordCharactersOption,
    SheetOption,
    TextColumnOption,
    table_options,
)

_ONLY_WITH_DATA = (
    *("text_column", "label_column"),
    *("sheet", "header_row", "format_name", "encoding", "max_record_characters"),
)


def eval_command(
    context: typer.Context,
    model: ModelOption = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            parser=expand_home,
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
    text_column: TextColumnOption = None,
    label_column: LabelColumnOption = None,
    sheet: SheetOption = None,
    header_row: HeaderRowOption = None,
    format_name: FormatOption = None,
    encoding: EncodingOption = None,
    max_record_characters: MaxRecordCharactersOption = None,
    no_baseline: Annotated[
        bool, typer.Option("--no-baseline", help="Print only the model's own scores, without baselines.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure a model on labelled rows, beside a linear model and the majority class that learn from the same rows.

    The model's own scores come first. Then its training rows are read and the linear model is fitted to them, which
    takes two minutes for 150,000 reviews the first time. The linear model and the model's answers are cached. If a
    baseline is not available, a line says why.

    Example: sentiment eval --data sample --json
    """
    given = given_parameters(context)
    if data is None and (of_data := [given[name] for name in _ONLY_WITH_DATA if name in given]):
        raise typer.BadParameter("has no effect on the model's own data; add --data", param_hint=of_data[0])
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
        options=table_options(format_name, encoding, sheet, header_row, max_record_characters),
        with_baselines=not no_baseline,
        scored=scored,
        notify=notify,
    )
    if as_json:
        print(json_line(report.to_dict()))
    elif not no_baseline:
        print_baselines(report)
