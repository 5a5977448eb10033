"""`sentiment data check`."""

from dataclasses import astuple, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.cli.command import expand_home, expanded_file
from sentiment.cli.console import json_line, notify, stdout_console, with_options
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
from sentiment.wording import on_one_line
from sentiment.writing import check_apart, check_result_path, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sentiment.evaluation.data_check import DataCheck, Finding, PartSummary, Suspect

NEVER = "never"


def check_command(
    data: Annotated[
        str,
        typer.Argument(metavar="NAME|FILE", parser=expand_home, help="A named data set, a file, or hub:NAME."),
    ],
    test: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            parser=expand_home,
            help="Rows that a model of these is to be tested on.",
            show_default="the test split, if there is one",
        ),
    ] = None,
    text_column: TextColumnOption = None,
    label_column: LabelColumnOption = None,
    sheet: SheetOption = None,
    header_row: HeaderRowOption = None,
    format_name: FormatOption = None,
    encoding: EncodingOption = None,
    max_record_characters: MaxRecordCharactersOption = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out near duplicates and label errors, which take most of the time.")
    ] = False,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LEVEL|CHECK",
            help="Exit with 10 on findings of this level or worse (error, warning, note), or of this check; with 0 in "
            "any case: never. May be repeated.",
            show_default="error",
        ),
    ] = None,
    label_errors: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            parser=expanded_file,
            help="Write the rows whose labels are probably wrong, the most suspicious first.",
        ),
    ] = None,
    report_file: ReportOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the folds that look for label errors.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check rows for faults, before a training learns them; without labels, for those that show without.

    Looks for duplicates and near duplicates, texts with two labels, test rows that are in training, damaged encodings,
    repeated headers, labels that are probably wrong, tokens that give the label away, classes that are too small, and
    personal data, of which only the number is printed. Exits with 10 if an error is found; see --fail-on.

    Example: sentiment data check reviews.csv --test test.csv --fail-on two_labels
    """
    wanted = _checked_levels(fail_on)
    if quick and label_errors is not None:
        raise typer.BadParameter("has no effect with --quick", param_hint="--label-errors")
    from sentiment.errors import DataFaultsError
    from sentiment.evaluation.data_check import check_data, load_parts

    check_apart([label_errors, report_file], [data, test])
    if label_errors is not None:
        check_result_path(label_errors, ".csv")
    if report_file is not None:
        from sentiment.evaluation.reports import check_report_path

        check_report_path(report_file)
    options = table_options(format_name, encoding, sheet, header_row, max_record_characters)
    rows, held_out = load_parts(data, test, text_column, label_column, options, notify)
    check = check_data(rows, held_out, quick=quick, seed=seed, notify=notify)
    if label_errors is not None:
        _write_suspects(label_errors, check.suspects)
    if report_file is not None:
        from sentiment.evaluation.reports import data_check_html

        write_html(report_file, data_check_html(check, command_line()))
    if as_json:
        print(json_line(check.to_dict()))
    else:
        _print(check)
    if failing := check.failing(wanted):
        raise DataFaultsError(f"{rows.name}: faults were found by {', '.join(failing)}; `fail_on` chooses what counts")


def _checked_levels(fail_on: "Sequence[str] | None") -> set[str]:
    from sentiment.evaluation.data_check import CHECKS, LEVELS
    from sentiment.wording import nearest

    wanted = {word.replace("-", "_") for word in fail_on or ["error"]}
    known = (*LEVELS, *CHECKS, NEVER)
    for word in sorted(wanted - set(known)):
        meant = nearest(word, known)
        hint = f"did you mean {meant}?" if meant else f"choose from {', '.join(known)}"
        raise typer.BadParameter(f"{word!r} is neither a level nor a check; {hint}", param_hint="--fail-on")
    if NEVER in wanted and len(wanted) > 1:
        raise typer.BadParameter("never contradicts the others; pass it alone", param_hint="--fail-on")
    return wanted - {NEVER}


def _write_suspects(path: Path, suspects: "Sequence[Suspect]") -> None:
    from sentiment.evaluation.data_check import Suspect

    write_csv(path, [[field.name for field in fields(Suspect)], *map(astuple, suspects)])


def _print(check: "DataCheck") -> None:
    """Print a summary of the rows, then what was found with examples, then what was not."""
    lines = [_described(part) for part in check.parts]
    for finding in check.found:
        lines += ["", *_explained(finding)]
    found = {finding.check for finding in check.found}
    clean = dict.fromkeys(finding.check for finding in check.findings if finding.check not in found)
    lines += [""] * bool(found) + [f"Nothing found: {', '.join(clean)}"] * bool(clean)
    lines += [f"Not checked: {one.check} ({one.reason})" for one in check.unchecked]
    for line in lines:
        stdout_console().print(line, soft_wrap=True)


def _described(part: "PartSummary") -> str:
    labels = ", ".join(f"{rows:,} {on_one_line(label, 40)}" for label, rows in list(part.rows_per_label.items())[:10])
    more = f" and {len(part.rows_per_label) - 10:,} labels more" if len(part.rows_per_label) > 10 else ""
    sizes = part.characters
    return (
        f"{on_one_line(part.name)}: {part.counts.used:,} rows ({labels or 'no labels'}{more}); characters of a text: "
        f"{sizes['median']:,} in the median, {sizes['most']:,} at most"
    )


def _explained(finding: "Finding") -> "Iterator[str]":
    counts = ", ".join(f"{name.replace('_', ' ')}: {value:,}" for name, value in finding.details.items())
    found = f"{finding.count:,} of {finding.total:,} {finding.unit} in {on_one_line(finding.part)}"
    yield f"{finding.level}: {finding.check}: {found}{f' ({counts})' if counts else ''}"
    yield f"  {with_options(finding.advice)}"
    for example in finding.examples:
        shown = (", ".join(example.places), example.text, example.about)
        yield "    " + " | ".join(part for part in shown if part)
