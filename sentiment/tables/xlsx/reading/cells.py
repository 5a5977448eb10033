"""Cells: reading one as text, and writing one."""

import html
import math
from typing import NamedTuple

from sentiment.tables.table import Cell
from sentiment.tables.xlsx.faults import WorkbookFaultError
from sentiment.tables.xlsx.markup.escapes import escape_text, unescape_text
from sentiment.tables.xlsx.reading.numbers import NumberStyles
from sentiment.tables.xlsx.reading.strings import SpooledTexts

_TEXT_TYPES = {"str", "inlineStr"}


class StoredCell(NamedTuple):
    """A cell as stored in the sheet.

    Attributes:
        type: the attribute `t`.
        value: its text; None if there is none.
        is_formula: whether it also has a formula.
        style: index of its style.
    """

    type: str
    value: str | None
    is_formula: bool = False
    style: str | None = None


def is_blank(cell: StoredCell) -> bool:
    """Return whether a cell has no value; an empty text is a value."""
    return cell.value is None or (cell.type not in _TEXT_TYPES and not cell.value.strip())


def is_uncalculated(cell: StoredCell, *, is_calculated_on_opening: bool) -> bool:
    """Return whether a cell has a formula without its value: libraries that cannot calculate write none, or 0.

    Args:
        cell: to check.
        is_calculated_on_opening: whether the workbook requests that formulas are calculated when it is opened.
    """
    is_zero = is_calculated_on_opening and cell.type == "n" and cell.value == "0"
    return cell.is_formula and (is_zero or is_blank(cell))


def shared_index(cell: StoredCell) -> int | None:
    """Return the index of a cell's shared text; None if it does not have one."""
    if cell.type != "s" or is_blank(cell):
        return None
    digits = (cell.value or "").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise WorkbookFaultError(f"a cell shows the shared text {digits[:20]!r}; save the file again")
    return int(digits)


def cell_text(
    cell: StoredCell, strings: SpooledTexts, styles: NumberStyles, max_characters: int | None = None
) -> str | None:
    """Return the content of a cell: a text, a number or a date, TRUE or FALSE; None for an error or no value.

    At most `max_characters` of a shared text are read.
    """
    if cell.value is None or is_blank(cell) or cell.type == "e":
        return None
    if (index := shared_index(cell)) is not None:
        try:
            return strings[index] if max_characters is None else strings.beginning(index, max_characters)
        except LookupError:
            raise WorkbookFaultError(
                f"a cell shows the shared text {index}, which is missing; save the file again"
            ) from None
    if cell.type == "b":
        return "TRUE" if cell.value.strip() in {"1", "true"} else "FALSE"
    if cell.type in _TEXT_TYPES:
        return unescape_text(cell.value)
    value = cell.value.strip()
    return styles.text(value, cell.style) if cell.type == "n" else value


def cell_xml(prefix: str, reference: str, value: Cell, style: str | None = None) -> str:
    """Return a cell as XML.

    Args:
        prefix: of the names of elements, with its colon; mostly empty.
        reference: such as D5.
        value: to write; None gives an empty cell, or nothing without a style.
        style: index of the cell's style, if any.
    """
    opening = f'<{prefix}c r="{reference}"' + (f' s="{html.escape(style)}"' if style else "")
    if value is None:
        return f"{opening}/>" if style else ""
    if isinstance(value, str):
        space = ' xml:space="preserve"' if value != value.strip() or "\n" in value else ""
        text = f"<{prefix}t{space}>{escape_text(value)}</{prefix}t>"
        return f'{opening} t="inlineStr"><{prefix}is>{text}</{prefix}is></{prefix}c>'
    if not math.isfinite(value):
        return f'{opening} t="e"><{prefix}v>#NUM!</{prefix}v></{prefix}c>'
    number = repr(value if isinstance(value, int) else float(value))
    return f"{opening}><{prefix}v>{number}</{prefix}v></{prefix}c>"
