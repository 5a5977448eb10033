"""Tables on a terminal; a separate module, so that rich is imported only when one is drawn."""

from collections.abc import Container, Sequence
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

GAP = 2
LEAST_PROSE = 16
"""Least width of a cell of several words."""


def print_grid(
    console: Console, header: Sequence[str], rows: Sequence[Sequence[str]], numeric: Container[int] = ()
) -> None:
    """Print a table, or each row as a paragraph if the terminal is too narrow; no word is ever cut.

    Args:
        console: To print to.
        header: Titles of the columns; all empty for none.
        rows: The cells, each safe on a terminal. The first of a row names it.
        numeric: Right-aligned columns.
    """
    if not any(header) and len(header) == 2:
        _print_facts(console, rows)
        return
    columns = list(zip(header, *rows, strict=True))
    widths = _column_widths(columns, console.width)
    if widths is None:
        for row in rows:
            _print_paragraph(console, header, row)
        return
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold", show_header=any(header))
    for position, (title, width) in enumerate(zip(header, widths, strict=True)):
        justify: Literal["left", "right"] = "right" if position in numeric else "left"
        table.add_column(title, justify=justify, width=width, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _column_widths(columns: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Return column widths so that lines break only between words; None if the terminal is too narrow."""
    whole = [max(map(cell_len, column)) for column in columns]
    words = [max((cell_len(word) for cell in column for word in cell.split(" ")), default=0) for column in columns]
    # People copy from the first column.
    widths = whole[:1] + [min(most, max(word, LEAST_PROSE)) for most, word in zip(whole[1:], words[1:], strict=True)]
    spare = room - sum(widths) - GAP * (len(widths) - 1)
    if spare < 0:
        return None
    for position, most in enumerate(whole):
        more = min(most - widths[position], spare)
        widths[position] += more
        spare -= more
    return widths


def _print_facts(console: Console, rows: Sequence[Sequence[str]]) -> None:
    """Print names and values side by side, or a value below its name if a word of it does not fit."""
    indent = GAP + max((cell_len(name) for name, _ in rows), default=0)
    for name, value in rows:
        lines = wrapped(value, console.width - indent)
        if console.width - indent < max(LEAST_PROSE, *map(cell_len, lines)):
            _print_paragraph(console, ("", ""), (name, value))
            continue
        first = name + " " * (indent - cell_len(name))
        for begin, line in zip([first, *[" " * indent] * len(lines)], lines, strict=False):
            console.print(begin + line, soft_wrap=True)


def _print_paragraph(console: Console, header: Sequence[str], row: Sequence[str]) -> None:
    """Print the name of a row, and below it the other cells, one per line."""
    console.print(row[0], style="bold", soft_wrap=True)
    for title, cell in zip(header[1:], row[1:], strict=True):
        for line in wrapped(f"{title}: {cell}" if title else cell, console.width - GAP) if cell else ():
            console.print(" " * GAP + line, soft_wrap=True)


def wrapped(text: str, width: int) -> list[str]:
    """Wrap a text between words; a word that is wider than a line is kept whole, for copying."""
    first, *words = text.split(" ")
    lines = [first]
    for word in words:
        if cell_len(lines[-1]) + 1 + cell_len(word) > width:
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return lines
