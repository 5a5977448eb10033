"""A text as coloured words with their numbers, and above them a curve if they follow each other in time."""

from collections.abc import Iterator, Sequence

from sentiment.inference.inside.pictures.colours import diverging
from sentiment.inference.inside.pictures.svg import MARGIN, WIDTH, framed, heading, label, shortened, width_of
from sentiment.inference.inside.shown import Mark

MAX_WORDS = 300
"""A picture of more would be too large; the rest is counted."""
WORD_SIZE, CAPTION_SIZE, TITLE_SIZE = 17, 11, 14
ROW_HEIGHT = 46
CURVE_HEIGHT = 110


def words_svg(marks: Sequence[Mark], title: str, note: str, curve: Sequence[float] = ()) -> str:
    """Draw the words of a text.

    Args:
        marks: The words.
        title: Above them.
        note: Below them.
        curve: A value from 0 to 1 for each word and one for the whole text, drawn above; none for no curve.
    """
    shown = marks[:MAX_WORDS]
    parts = [heading(22, title, TITLE_SIZE)]
    y = 34.0
    if curve:
        parts += _curve([*curve[: len(shown)], curve[-1]], y)
        y += CURVE_HEIGHT + 12
    for row in _rows(shown):
        for x, width, mark in row:
            parts += _word(x, y, width, mark)
        y += ROW_HEIGHT
    if len(marks) > len(shown):
        parts.append(label(MARGIN, y + 12, f"… {len(marks) - len(shown):,} more words", CAPTION_SIZE))
        y += 16
    for line in _wrapped(note):
        parts.append(label(MARGIN, y + 12, line, CAPTION_SIZE))
        y += 16
    return framed(parts, y + 8, title)


def _rows(marks: Sequence[Mark]) -> Iterator[list[tuple[float, float, Mark]]]:
    """Yield rows of words, each with its x and width."""
    row: list[tuple[float, float, Mark]] = []
    x = float(MARGIN)
    for mark in marks:
        text = shortened(mark.text, WORD_SIZE, WIDTH - 2 * MARGIN - 8)
        width = max(width_of(text, WORD_SIZE), width_of(mark.caption, CAPTION_SIZE)) + 8
        if row and x + width > WIDTH - MARGIN:
            yield row
            row, x = [], float(MARGIN)
        row.append((x, width, mark._replace(text=text)))
        x += width + 4
    if row:
        yield row


def _word(x: float, y: float, width: float, mark: Mark) -> list[str]:
    middle = x + width / 2
    return [
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="26" rx="4" fill="{diverging(mark.strength)}"/>',
        label(middle, y + 19, mark.text, WORD_SIZE, anchor="middle"),
        label(middle, y + 38, mark.caption, CAPTION_SIZE, anchor="middle"),
    ]


def _curve(values: Sequence[float], top: float) -> list[str]:
    """Draw values from 0 to 1 over a line at one half; the last one, of the whole text, stands apart."""
    left, right, bottom = 40, WIDTH - 30, top + CURVE_HEIGHT - 6
    step = (right - left) / max(1, len(values) - 1)
    places = [(left + number * step, bottom - value * (bottom - top - 8)) for number, value in enumerate(values)]
    parts = [
        f'<path d="M{left} {y:g}H{right}" stroke="#ddd"/>{label(left - 6, y + 4, name, CAPTION_SIZE, anchor="end")}'
        for name, y in (("0%", bottom), ("50%", (bottom + top + 8) / 2), ("100%", top + 8))
    ]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places[:-1])
    parts.append(f'<polyline points="{points}" fill="none" stroke="#555" stroke-width="1.5"/>')
    (x0, y0), (x1, y1) = places[-2:]
    parts.append(f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="#555" stroke-dasharray="3 3"/>')
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in places[:-1]]
    parts.append(f'<circle cx="{x1:.1f}" cy="{y1:.1f}" r="5" fill="#fff" stroke="#222" stroke-width="2"/>')
    return parts


def _wrapped(note: str) -> list[str]:
    lines = [""]
    for word in note.split(" "):
        if lines[-1] and width_of(f"{lines[-1]} {word}", CAPTION_SIZE) > WIDTH - 2 * MARGIN:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
