"""Display of a training on the terminal, and in a log."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sentiment.cli.console import ProgressBar, notify, progress_bar

if TYPE_CHECKING:
    from sentiment.training import EpochReport, Observer, Report, StepReport


@contextmanager
def training_display() -> "Iterator[Observer]":
    """Show a training on stderr: a bar with reviews/s and time left on a terminal, one line per epoch everywhere."""
    with progress_bar("preparing", "reviews") as bar:
        from sentiment.training import Observer, StepReport

        def show(report: "Report") -> None:
            if isinstance(report, StepReport):
                _show_step(bar, report)
            else:
                notify(_epoch_line(report))

        yield Observer(show, notify)


def _show_step(bar: ProgressBar, report: "StepReport") -> None:
    bar.update(
        (report.epoch - 1) * report.rows + report.rows_seen,
        total=report.epochs * report.rows,
        description=f"epoch {report.epoch}/{report.epochs}  loss {report.loss:.3f}",
    )


def _epoch_line(report: "EpochReport") -> str:
    from sentiment.training import shown_figures

    figures = shown_figures(report.figures)  # empty without validation rows; then no epoch is the best
    line = f"epoch {report.epoch}: training loss {report.training_loss:.4f}"
    line += f", validation {figures}" if figures else ""
    return line + f" ({report.seconds:,.0f} s)" + ("  best so far" if figures and report.is_best else "")


def notify_cross_validation(found: dict[str, Any], majority: str, *, is_on_drawn: bool) -> None:
    """Describe the accuracy of a model that was trained on all of its rows.

    Args:
        found: The metrics of its cross-validation.
        majority: The most common label of the rows.
        is_on_drawn: Whether they are of the randomly drawn rows of a review sheet only.
    """
    drawn = " drawn at random" if is_on_drawn else ""
    low, high = found["accuracy_interval"]
    share = found["per_class"][majority]["support"] / found["n"]
    notify(
        f"cross-validated accuracy {found['accuracy']:.2%} ({low:.2%} to {high:.2%}): each of the {found['n']:,} rows"
        f"{drawn} was predicted by a fit on the others; always predicting {majority!r} gives "
        f"{share:.2%}"
    )
    notify_classes(found)


def notify_classes(found: dict[str, Any]) -> None:
    """Print precision, recall and F1 of each class, and the confusion matrix, unless there are many classes.

    Args:
        found: Metrics on validation rows or by cross-validation.
    """
    from sentiment.cli.eval_display import LARGEST_MATRIX, aligned, class_grid, confusion_grid
    from sentiment.metrics import ClassMetrics

    per_class = {name: ClassMetrics(**one) for name, one in found["per_class"].items()}
    if len(per_class) > LARGEST_MATRIX:
        return
    grids = [class_grid(per_class)]
    if matrix := found["confusion_matrix"]:
        grids.append(confusion_grid(list(per_class), matrix))
    for grid in grids:
        for line in aligned(grid).splitlines():
            notify(line)
