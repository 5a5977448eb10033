"""`sentiment eval`."""

from typing import Annotated

import typer

from sentiment.cli.command import expand_home
from sentiment.cli.console import json_line, notify
from sentiment.cli.eval_options import DataOption, SplitOption, refuse_without_data
from sentiment.cli.models import ModelOption, complete_model
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


def eval_command(
    context: typer.Context,
    model: ModelOption = None,
    data: DataOption = None,
    split: SplitOption = None,
    text_column: TextColumnOption = None,
    label_column: LabelColumnOption = None,
    sheet: SheetOption = None,
    header_row: HeaderRowOption = None,
    format_name: FormatOption = None,
    encoding: EncodingOption = None,
    max_record_characters: MaxRecordCharactersOption = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--against",
            metavar="DIR|NAME",
            parser=expand_home,
            help="Another model to compare with on the same rows; may be repeated.",
            autocompletion=complete_model,
        ),
    ] = None,
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
    refuse_without_data(context, data)
    from sentiment.evaluation import evaluate
    from sentiment.model_dir import called, find_model

    path, reason = find_model(model)
    notify(f"model: {called(path)} ({reason})")
    if as_json:
        scored = None
    else:
        from sentiment.cli.compare_display import print_comparison
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
        against=[find_model(other)[0] for other in against or ()],
        scored=scored,
        notify=notify,
    )
    if as_json:
        print(json_line(report.to_dict()))
        return
    if report.against is not None:
        print_comparison(report.against)
    if not no_baseline:
        print_baselines(report)
