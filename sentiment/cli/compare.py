"""`sentiment compare`."""

from typing import Annotated

import typer

from sentiment.cli.command import expand_home
from sentiment.cli.console import json_line, notify
from sentiment.cli.eval_options import DataOption, SplitOption, refuse_without_data
from sentiment.cli.loading import ProcessorThreads
from sentiment.cli.models import complete_model
from sentiment.cli.report_options import ReportOption, command_line, write_html
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
from sentiment.writing import check_apart


def compare_command(
    context: typer.Context,
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...",
            parser=expand_home,
            help="Two models or more, by directory or name.",
            autocompletion=complete_model,
        ),
    ],
    data: DataOption = None,
    split: SplitOption = None,
    text_column: TextColumnOption = None,
    label_column: LabelColumnOption = None,
    sheet: SheetOption = None,
    header_row: HeaderRowOption = None,
    format_name: FormatOption = None,
    encoding: EncodingOption = None,
    max_record_characters: MaxRecordCharactersOption = None,
    threads: ProcessorThreads = None,
    report_file: ReportOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare models on the same labelled rows: which is better, and how sure that is.

    Two models are compared by McNemar's exact test and a paired bootstrap of the difference; the p-values of more pairs
    are adjusted (Holm). Models of one experiment and the same rows that differ only in their seed count as one system:
    its mean and spread are shown, and the test takes both rows and seeds into account.

    Example: sentiment compare runs/small runs/bilstm --data reviews.csv
    """
    refuse_without_data(context, data)
    if report_file is not None:
        from sentiment.evaluation.reports import check_report_path

        check_report_path(report_file)
        check_apart([report_file], [data])
    from sentiment.evaluation import TrainingOrigin, WantedRows, compare_models, conclusions, load_shared_rows
    from sentiment.model_dir import ModelDirectory, called, find_model

    paths = [find_model(model)[0] for model in models]
    if len(set(paths)) < 2:
        raise typer.BadParameter("give two models or more", param_hint="MODEL")
    options = table_options(format_name, encoding, sheet, header_row, max_record_characters)
    origins = {called(path): TrainingOrigin.read(ModelDirectory.open(path)) for path in paths}
    wanted = WantedRows(data, split, text_column, label_column, options)
    chosen = load_shared_rows(origins, wanted, notify)
    comparison = compare_models(paths, chosen.rows, threads=threads, notify=notify)
    if report_file is not None:
        from sentiment.evaluation.reports import comparison_html

        fingerprints = ", ".join(ModelDirectory.open(path).fingerprint() for path in paths)
        write_html(report_file, comparison_html(comparison, command_line(), fingerprints))
    if as_json:
        print(json_line({**comparison.to_dict(), "conclusions": conclusions(comparison)}))
        return
    from sentiment.cli.compare_display import print_comparison

    print_comparison(comparison)
