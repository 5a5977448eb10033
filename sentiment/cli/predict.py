"""`sentiment predict`."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sentiment.cli.loading import LoadedModel, ProcessorThreads, ending_at_interrupt
from sentiment.cli.models import ModelOption
from sentiment.cli.predict_options import (
    STANDARD_OUTPUT,
    Abstaining,
    AllUnitsOption,
    ByOption,
    ColumnPrefixOption,
    EngineOption,
    ExplainOption,
    FileOption,
    ForceOption,
    GatesOption,
    HtmlOption,
    InPlaceOption,
    MasterOption,
    MaxErrorOption,
    OutputOption,
    RejectsOption,
    ReportOption,
    ResumeOption,
    ReviewOption,
    ReviewRowsOption,
    Summarizing,
    SummaryOption,
    SvgOption,
    TextsArgument,
    TraceOption,
    UnsureBelowOption,
    check_predict_options,
)
from sentiment.cli.predict_texts import Printer, TextPrinter, predict_texts
from sentiment.cli.table_options import (
    EncodingOption,
    FormatOption,
    HeaderRowOption,
    MaxRecordCharactersOption,
    SheetOption,
    TextColumnOption,
)


def predict_command(
    context: typer.Context,
    texts: TextsArgument = None,
    file: FileOption = None,
    output: OutputOption = None,
    text_column: TextColumnOption = None,
    sheet: SheetOption = None,
    header_row: HeaderRowOption = None,
    format_name: FormatOption = None,
    encoding: EncodingOption = None,
    max_record_characters: MaxRecordCharactersOption = None,
    column_prefix: ColumnPrefixOption = "predicted_",
    model: ModelOption = None,
    batch_size: Annotated[int, typer.Option(min=1, metavar="N", help="Texts per batch, at most.")] = 128,
    threads: ProcessorThreads = None,
    rejects: RejectsOption = None,
    resume: ResumeOption = False,
    force: ForceOption = False,
    in_place: InPlaceOption = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per text; with --file, progress as JSON on stderr.")
    ] = False,
    all_probabilities: Annotated[
        bool, typer.Option("--all-probabilities", help="Print the probability of every class.")
    ] = False,
    trace: TraceOption = False,
    explain: ExplainOption = False,
    gates: GatesOption = False,
    all_units: AllUnitsOption = False,
    svg: SvgOption = None,
    html: HtmlOption = None,
    max_error: MaxErrorOption = None,
    unsure_below: UnsureBelowOption = None,
    summary: SummaryOption = False,
    by: ByOption = None,
    report: ReportOption = None,
    review: ReviewOption = None,
    review_rows: ReviewRowsOption = 200,
    engine: EngineOption = "local",
    master: MasterOption = None,
) -> None:
    """Classify texts: print the label and its probability.

    One TEXT prints a readable line. Several texts, or a pipe, print a table on a terminal, and otherwise a line each:
    label, probability and text, separated by tabs. --file returns the same table with two more columns and every other
    byte unchanged: CSV, TSV, JSONL or plain lines, also gzipped; XLSX; Parquet (needs the extra `tables`).

    Example: sentiment predict "이 영화 정말 최고예요" "배우가 아깝다"

    Example: sentiment predict --file reviews.csv --output answered.csv --rejects broken.jsonl

    Example: sentiment predict --engine spark --master yarn --file hdfs:///reviews --output hdfs:///answered

    Example: sentiment predict --explain "배우들 연기는 좋은데 스토리가 너무 지루하다"
    """
    check_predict_options(context)
    abstaining = Abstaining(max_error, unsure_below)
    abstaining.check()
    if file is None:
        print_with: Callable[[LoadedModel], Printer]
        if trace or explain or gates:
            from sentiment.cli.predict_inside import InsidePrinter, View
            from sentiment.writing import check_apart, check_result_path

            view: View = "trace" if trace else "explain" if explain else "gates"
            pictures = {kind: path for kind, path in (("svg", svg), ("html", html)) if path is not None}
            check_apart(pictures.values())
            for path in pictures.values():
                check_result_path(path, replace=force)
            print_with = partial(InsidePrinter, view=view, as_json=as_json, all_units=all_units, pictures=pictures)
        else:
            print_with = partial(TextPrinter, as_json=as_json, all_probabilities=all_probabilities)
        predict_texts(texts or [], model, encoding, batch_size, threads, print_with, abstaining)
        return
    with ending_at_interrupt():
        from sentiment.bulk import BulkRequest
        from sentiment.cli.predict_table import predict_file
    request = BulkRequest(
        path=file,
        output=None if output is None or output == STANDARD_OUTPUT else Path(output),
        text_column=text_column,
        sheet=sheet,
        format_name=format_name,
        encoding=encoding,
        header_row=header_row,
        max_record_characters=max_record_characters,
        column_prefix=column_prefix,
        batch_size=batch_size,
        threads=threads,
        all_probabilities=all_probabilities,
        explain=explain,
        rejects=rejects,
        resume=resume,
        force=force,
        in_place=in_place,
    )
    if engine == "spark" and output is not None:
        from sentiment.cli.predict_spark import predict_on_spark

        request = replace(request, unsure_below=unsure_below)
        predict_on_spark(request, output, model, master, max_error, as_json=as_json)
        return
    summarizing = Summarizing(summary, tuple(by or ()), review, review_rows, report, as_json)
    summarizing.check(request, is_to_stdout=output == STANDARD_OUTPUT)
    predict_file(request, model, abstaining, summarizing, as_json=as_json)
