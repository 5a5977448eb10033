"""Words in colour with their numbers below; a separate module, so that rich is imported only when some are drawn."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from sentiment.cli.grid import wrapped
from sentiment.inference.inside.pictures.colours import diverging
from sentiment.inference.inside.shown import Mark
from sentiment.wording import on_one_line

WEAK = 0.05
"""Strength below which a word stays without colour."""


def print_marks(console: Console, answer: str, marks: Sequence[Mark], reading: str) -> None:
    """Print an answer, the words of its text, and how their numbers are to be read; no word is cut.

    Args:
        console: To print to.
        answer: Safe on a terminal.
        marks: The words.
        reading: Safe on a terminal.
    """
    console.print(answer, style="bold", soft_wrap=True)
    for row in _rows(marks, console.width):
        words, captions = Text(), Text()
        for mark in row:
            width = _width(mark)
            words.append(*_shown(mark))
            words.append(" " * (width - cell_len(on_one_line(mark.text)) + 1))
            captions.append(mark.caption + " " * (width - cell_len(mark.caption) + 1))
        words.rstrip()
        captions.rstrip()
        console.print(words, soft_wrap=True)
        console.print(captions, soft_wrap=True, style="dim")
    for line in wrapped(reading, console.width):
        console.print(line, soft_wrap=True)


def _rows(marks: Sequence[Mark], room: int) -> Iterator[list[Mark]]:
    row: list[Mark] = []
    taken = 0
    for mark in marks:
        if row and taken + _width(mark) > room:
            yield row
            row, taken = [], 0
        row.append(mark)
        taken += _width(mark) + 1
    if row:
        yield row


def _width(mark: Mark) -> int:
    return max(cell_len(on_one_line(mark.text)), cell_len(mark.caption))


def _shown(mark: Mark) -> tuple[str, Style]:
    is_weak = abs(mark.strength) < WEAK
    style = Style() if is_weak else Style(color="#000000", bgcolor=diverging(mark.strength))
    return on_one_line(mark.text), style
