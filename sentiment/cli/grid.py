"""Tables on a terminal; a module of its own, as rich is imported only where one is drawn."""

from collections.abc import Container, Sequence
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

GAP = 2
LEAST_PROSE = 16
"""Columns of a terminal that a cell of several words gets at least."""


def print_grid(
    console: Console, header: Sequence[str], rows: Sequence[Sequence[str]], numeric: Container[int] = ()
) -> None:
    """Print a table, or where the terminal is too narrow for one, each row as a paragraph; no word is ever cut.

    Args:
        console: Where to.
        header: Titles of the columns; all empty for none.
        rows: The cells, each safe on a terminal. The first of a row names it.
        numeric: Columns that are aligned to the right.
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
    """Share the room among the columns so that lines break between words alone; None where it is too narrow."""
    whole = [max(map(cell_len, column)) for column in columns]
    words = [max((cell_len(word) for cell in column for word in cell.split(" ")), default=0) for column in columns]
    # The first column is what people copy.
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
    """Print names and values side by side, and a value below its name where a word of it is wider than what is left."""
    indent = GAP + max((cell_len(name) for name, _ in rows), default=0)
    for name, value in rows:
        lines = _wrapped(value, console.width - indent)
        if console.width - indent < max(LEAST_PROSE, *map(cell_len, lines)):
            _print_paragraph(console, ("", ""), (name, value))
            continue
        first = name + " " * (indent - cell_len(name))
        for begin, line in zip([first, *[" " * indent] * len(lines)], lines, strict=False):
            console.print(begin + line, soft_wrap=True)


def _print_paragraph(console: Console, header: Sequence[str], row: Sequence[str]) -> None:
    """Print the name of a row, and below it what else is known, a cell a line."""
    console.print(row[0], style="bold", soft_wrap=True)
    for title, cell in zip(header[1:], row[1:], strict=True):
        for line in _wrapped(f"{title}: {cell}" if title else cell, console.width - GAP) if cell else ():
            console.print(" " * GAP + line, soft_wrap=True)


def _wrapped(text: str, width: int) -> list[str]:
    """Break a text between its words; a word that is wider than a line is left whole, to be copied."""
    first, *words = text.split(" ")
    lines = [first]
    for word in words:
        if cell_len(lines[-1]) + 1 + cell_len(word) > width:
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return lines
