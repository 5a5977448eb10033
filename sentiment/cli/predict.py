"""`sentiment predict`."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from sentiment.cli.console import notify
from sentiment.cli.models import ModelOption

Format = Literal["csv", "tsv", "jsonl", "lines", "parquet", "xlsx"]


def predict_command(
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", help="What to classify; left out, one text a line is read from a pipe."),
    ] = None,
    file: Annotated[
        str | None, typer.Option(metavar="PATH", help="A table to classify row by row; - reads standard input.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Where the table with answers goes.", show_default="standard output"),
    ] = None,
    text_column: Annotated[
        str | None, typer.Option(metavar="C", help="The column with the texts.", show_default="found and said")
    ] = None,
    format_name: Annotated[
        Format | None, typer.Option("--format", help="Format of the table.", show_default="by the name of the file")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(metavar="E", help="Encoding of the table, as cp949.", show_default="found and said")
    ] = None,
    column_prefix: Annotated[
        str, typer.Option(metavar="P", help="Begins the names of the added columns.")
    ] = "predicted_",
    model: ModelOption = None,
    batch_size: Annotated[int, typer.Option(min=1, metavar="N", help="Texts a batch, at most.")] = 128,
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Processor threads.", show_default="all cores")
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Where broken rows go, as JSONL.", show_default="stop at the first"),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a run for the same output was cut off.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a text; with --file, progress as JSON on stderr.")
    ] = False,
    all_probabilities: Annotated[
        bool, typer.Option("--all-probabilities", help="Tell the probability of every class.")
    ] = False,
) -> None:
    """Say what texts feel: the label and its probability.

    One TEXT gets a line for people; several, and a pipe, get a table on a terminal, and otherwise a line each: label,
    probability, text, with tabs between. A --file comes back as the same table with two columns more, every other byte
    as it was: CSV, TSV, JSONL or plain lines, also packed with gzip; XLSX; Parquet (needs the extra `tables`).

    Example: sentiment predict "이 영화 정말 최고예요" "배우가 아깝다"

    Example: sentiment predict --file reviews.csv --output answered.csv --rejects broken.jsonl
    """
    table_options = {
        "--output": output, "--text-column": text_column, "--format": format_name, "--rejects": rejects,
        "--resume": resume or None,
    }  # fmt: skip
    if file is None and (given := [name for name, value in table_options.items() if value is not None]):
        raise typer.BadParameter("goes with --file; --file - reads standard input", param_hint=given[0])
    if file is not None and texts:
        raise typer.BadParameter("goes without TEXT: name texts or a file", param_hint="--file")
    if resume and output is None:
        raise typer.BadParameter("goes with --output: only a file can be gone on with", param_hint="--resume")
    if file is None and not texts and sys.stdin.isatty():
        raise typer.BadParameter(
            'nothing to classify; try: sentiment predict "이 영화 정말 최고예요"', param_hint="TEXT"
        )
    if file is not None:
        from sentiment.cli.loading import ending_at_interrupt

        with ending_at_interrupt():
            from sentiment.bulk import BulkRequest
            from sentiment.cli.predict_table import predict_file
        request = BulkRequest(
            path=file,
            output=output,
            text_column=text_column,
            format_name=format_name,
            encoding=encoding,
            column_prefix=column_prefix,
            batch_size=batch_size,
            threads=threads,
            all_probabilities=all_probabilities,
            rejects=rejects,
            resume=resume,
        )
        predict_file(request, model, as_json=as_json)
        return
    from sentiment.cli.loading import limit_tokenizer_threads, load_classifier
    from sentiment.cli.predict_texts import TextPrinter, predict_pipe

    printer = TextPrinter(as_json=as_json, all_probabilities=all_probabilities)
    # One text is one batch, and one batch needs one thread.
    limit_tokenizer_threads(threads)
    classifier = load_classifier(model, 1 if texts and len(texts) == 1 else threads, notify)
    if texts:
        printer.show(classifier.predict(texts, batch_size), 0, classifier.max_tokens, is_alone=len(texts) == 1)
    else:
        predict_pipe(classifier, encoding, batch_size, printer)
