"""The frame of a picture, and text in it."""

import html
from unicodedata import east_asian_width

from sentiment.wording import on_one_line

WIDTH = 480
"""Of every picture, in its own units: a narrow phone shows them at four fifths, a page enlarged by half."""
MARGIN = 12
FONT = "system-ui, 'Noto Sans KR', 'Noto Sans CJK KR', 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif"

_NOT_IN_XML = {0xFFFE: "\N{REPLACEMENT CHARACTER}", 0xFFFF: "\N{REPLACEMENT CHARACTER}"}
_WIDE = 1.0
_NARROW = 0.6


def escaped(text: str) -> str:
    """Return a text for SVG and HTML, without control characters and what misleads a reader."""
    return html.escape(on_one_line(text).translate(_NOT_IN_XML))


def width_of(text: str, size: float) -> float:
    """Estimate the width of a text from above, as fonts differ.

    Args:
        text: On one line.
        size: Of the font.
    """
    return size * sum(_WIDE if east_asian_width(character) in "WF" else _NARROW for character in on_one_line(text))


def shortened(text: str, size: float, room: float) -> str:
    """Cut a text to a width."""
    text = on_one_line(text)
    if width_of(text, size) <= room:
        return text
    while text and width_of(text + "…", size) > room:
        text = text[:-1]
    return text + "…"


def heading(y: float, text: str, size: float) -> str:
    """Return a bold text at the left edge, cut to the width of the picture."""
    return label(MARGIN, y, shortened(text, size, WIDTH - 2 * MARGIN), size, more=' font-weight="bold"')


def label(x: float, y: float, text: str, size: float, *, anchor: str = "start", more: str = "") -> str:
    """Return a text of a picture, with its base line at y."""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}"{more}>{escaped(text)}</text>'


def framed(parts: list[str], height: float, title: str) -> str:
    """Return a picture of `WIDTH` by `height` on white, which fills the width that it is given."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="100%" role="img" '
        f'style="max-width:{WIDTH * 3 // 2}px;background:#fff" font-family="{FONT}" fill="#222">'
        f"<title>{escaped(title)}</title>{''.join(parts)}</svg>\n"
    )
