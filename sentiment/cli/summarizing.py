"""`predict --file` with --summary, --by, --review or --report: what the predictions say as a whole."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.callbacks import Notify
from sentiment.cli.command import expanded_file
from sentiment.cli.console import json_line
from sentiment.cli.report_options import ReportOption, command_line, write_html

__all__ = ["ByOption", "ReportOption", "ReviewOption", "ReviewRowsOption", "Summarizing", "SummaryOption"]

if TYPE_CHECKING:
    from sentiment.bulk import BulkRequest, Counts
    from sentiment.cli.loading import LoadedModel

SummaryOption = Annotated[
    bool,
    typer.Option(
        "--summary",
        help="Print the share of each class, corrected for the model's known errors: text on a terminal, else JSON. "
        "Without --output, the table itself is not written.",
    ),
]
ByOption = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="COLUMN", help="Also the shares for each value of a column; may be repeated."),
]
ReviewOption = Annotated[
    Path | None,
    typer.Option(
        "--review",
        metavar="FILE.csv",
        parser=expanded_file,
        help="Where to write rows for a person to check: a random sample, and the least certain.",
    ),
]
ReviewRowsOption = Annotated[int, typer.Option("--review-rows", min=1, metavar="N", help="Rows in --review.")]


@dataclass(frozen=True)
class Summarizing:
    """What is wanted besides the table.

    Attributes:
        is_printed: whether the summary is printed.
        by: columns to group by.
        review: the file for rows to check; None for none.
        review_rows: how many rows.
        report: the file for a report with charts; None for none.
        as_json: whether it is printed as JSON on a terminal too.
    """

    is_printed: bool = False
    by: tuple[str, ...] = ()
    review: Path | None = None
    review_rows: int = 200
    report: Path | None = None
    as_json: bool = False

    @property
    def is_wanted(self) -> bool:
        """Whether anything is."""
        return self.is_printed or self.review is not None or self.report is not None

    def check(self, request: "BulkRequest", *, is_to_stdout: bool) -> None:
        """Refuse before the run what could not be done after it.

        Args:
            request: Of the run.
            is_to_stdout: Whether the table was requested on standard output.

        Raises:
            typer.BadParameter: An option has no effect, or two of them contradict each other.
            DataError: A column to group by does not exist.
            OutputError: A file cannot be written.
        """
        if self.by and not self.is_printed and self.report is None:
            raise typer.BadParameter("needs --summary or --report", param_hint="--by")
        if not self.is_wanted:
            return
        if is_to_stdout:
            given = "--summary" if self.is_printed else "--review" if self.review is not None else "--report"
            raise typer.BadParameter("cannot be combined with --output -", param_hint=given)
        from sentiment.evaluation.answered import AnsweredTable
        from sentiment.writing import check_apart, check_result_path

        check_apart([self.review, self.report], [request.path, request.output, request.rejects])
        AnsweredTable.check_columns(request, self.by)
        if self.review is not None:
            check_result_path(self.review, ".csv", replace=request.force)
        if self.report is not None:
            from sentiment.evaluation.reports import check_report_path

            check_report_path(self.report)

    @contextmanager
    def with_output(self, request: "BulkRequest") -> "Iterator[BulkRequest]":
        """Give the run a temporary file to write to if it has none."""
        if not self.is_wanted or request.output is not None or request.in_place:
            yield request
            return
        import tempfile  # not needed by most predictions

        with tempfile.TemporaryDirectory(prefix="sentiment-") as folder:
            suffixes = "" if request.path == "-" else "".join(Path(request.path).suffixes[-2:])
            yield replace(request, output=Path(folder, f"answered{suffixes}"), is_temporary=True)

    def finish(self, request: "BulkRequest", model: "LoadedModel", counts: "Counts", say: Notify) -> None:
        """Read the written table, and print or write what is wanted."""
        if not self.is_wanted:
            return
        from sentiment.evaluation.answered import AnsweredBy, AnsweredTable, KnownErrors, summarize, write_review
        from sentiment.inference.by_script import is_answered_by_several, labels_used, models_used
        from sentiment.model_dir import ModelDirectory, called

        table = AnsweredTable(request.output or Path(request.path), request, self.by)
        paths, fingerprint = models_used(model.classifier)
        directory = ModelDirectory.open(model.classifier.path)
        is_known = not is_answered_by_several(model.classifier)
        errors = KnownErrors.of(directory, request.unsure_below) if is_known else KnownErrors.of_several()
        labels = labels_used(model.classifier)
        answered_by = AnsweredBy(", ".join(map(called, paths)), fingerprint, labels, model.classifier.labels)
        summary = summarize(table, answered_by, errors, rejected=counts.rejected, review_rows=self.review_rows)
        if self.review is not None:
            write_review(self.review, summary)
            say(
                f"{self.review}: {len(summary.review):,} rows to check; fill in the column label, then: "
                f"sentiment eval --data {self.review}"
            )
        if self.report is not None:
            from sentiment.evaluation.reports import prediction_html

            write_html(self.report, prediction_html(summary, command_line()), say)
        if self.is_printed and sys.stdout.isatty() and not self.as_json:
            from sentiment.cli.summary_display import print_summary

            print_summary(summary)
        elif self.is_printed:
            print(json_line(summary.to_dict()), flush=True)
