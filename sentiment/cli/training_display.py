"""How a training looks on the terminal, and in a log."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sentiment.cli.console import notify, stderr_console

if TYPE_CHECKING:
    from rich.progress import Progress

    from sentiment.training import EpochReport, Observer, Report, StepReport


class TrainingDisplay:
    """A bar with reviews/s and time left on a terminal, and a line an epoch everywhere."""

    def __init__(self, progress: "Progress | None") -> None:
        self.progress = progress
        self.task = progress.add_task("loading", total=None, speed="") if progress else None

    def report(self, report: "Report") -> None:
        """Show a step in the bar, an epoch as a line."""
        from sentiment.training import StepReport

        if isinstance(report, StepReport):
            self._show_step(report)
        else:
            self.notify(_epoch_line(report))

    def notify(self, text: str) -> None:
        """Print a line, above the bar where there is one."""
        if self.progress is not None:
            self.progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            notify(text)

    def _show_step(self, report: "StepReport") -> None:
        if self.progress is None or self.task is None:
            return
        done = (report.epoch - 1) * report.rows + report.rows_seen
        speed = self.progress.tasks[0].speed
        self.progress.update(
            self.task,
            completed=done,
            total=report.epochs * report.rows,
            description=f"epoch {report.epoch}/{report.epochs}  loss {report.loss:.3f}",
            speed=f"{speed:,.0f} reviews/s" if speed else "",
        )


@contextmanager
def training_display() -> "Iterator[Observer]":
    """Show a training on stderr for as long as the context lasts."""
    progress = _progress()
    if progress is None:
        yield _observer(TrainingDisplay(None))
    else:
        with progress:
            yield _observer(TrainingDisplay(progress))


def _observer(display: TrainingDisplay) -> "Observer":
    from sentiment.training import Observer

    return Observer(display.report, display.notify)


def _progress() -> "Progress | None":
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = stderr_console()
    if not console.is_terminal:
        return None
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(compact=True),
    )
    return Progress(*columns, console=console, transient=True, speed_estimate_period=60.0)


def _epoch_line(report: "EpochReport") -> str:
    line = f"epoch {report.epoch}: training loss {report.training_loss:.4f}"
    if report.accuracy is not None and report.macro_f1 is not None and report.log_loss is not None:
        line += f", validation accuracy {report.accuracy:.2%}, macro F1 {report.macro_f1:.4f}"
        line += f", log loss {report.log_loss:.4f}"
    return line + f" ({report.seconds:,.0f} s)" + ("  best so far" if report.is_best else "")
