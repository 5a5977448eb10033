"""The progress bar on a terminal; a separate module, so that rich is imported only when it is drawn."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from sentiment.wording import on_one_line


class _SpeedColumn(ProgressColumn):
    """Units per second, over the last seconds."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self.unit = unit

    def render(self, task: Task) -> Text:
        """Render the speed, or nothing before it is known."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} {self.unit}/s")


class RichBar:
    """A bar with description, share, speed and time left; removed when its block ends."""

    def __init__(self, console: Console, description: str, unit: str, total: float | None) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            _SpeedColumn(unit),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task(on_one_line(description), total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def update(self, completed: float, *, total: float | None = None, description: str | None = None) -> None:
        """Show the amount done so far, and a new total or description if given."""
        if total is not None:  # passing a new total to update would reset the speed
            self._progress.tasks[0].total = total
        shown = None if description is None else on_one_line(description)
        self._progress.update(self._task, completed=completed, description=shown)
