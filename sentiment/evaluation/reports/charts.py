"""Charts as SVG that takes its colours from the page, so that it fits light and dark, screen and paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from sentiment.evaluation.reports.wording import both

WIDTH, HEIGHT = 360, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 12, 42
MOST_POINTS = 200


@dataclass(frozen=True)
class Line:
    """Points joined by a line.

    Attributes:
        name: for the legend; empty for none.
        points: x and y of each.
        is_marked: whether each point has a dot.
        is_reference: whether it is thin and grey, to compare with.
    """

    name: str
    points: Sequence[tuple[float, float]]
    is_marked: bool = False
    is_reference: bool = False


@dataclass(frozen=True)
class Axis:
    """One of the axes.

    Attributes:
        name: a key of the wording.
        low: its lower end.
        high: its upper end.
        is_share: whether its numbers are shares, shown in percent.
        names: of the positions 0, 1, 2 and so on, in place of numbers.
    """

    name: str
    low: float = 0.0
    high: float = 1.0
    is_share: bool = True
    names: tuple[str, ...] = ()

    def ticks(self) -> list[tuple[float, str]]:
        """Return up to five positions with their labels."""
        if self.names:
            places = sorted({round(i * (len(self.names) - 1) / 4) for i in range(5)})
            return [(float(place), escape(self.names[place])) for place in places]
        values = [self.low + (self.high - self.low) * i / 4 for i in range(5)]
        return [(value, f"{100 * value:.3g}%" if self.is_share else f"{value:.3g}") for value in values]


def line_chart(lines: Sequence[Line], x: Axis, y: Axis) -> str:
    """Return a chart of lines, with a legend below if they have names."""
    parts = [_frame(x, y)]
    for number, line in enumerate(line for line in lines if line.points):
        place = [_at(point, x, y) for point in thinned(line.points)]
        kind = "reference" if line.is_reference else f"c{number % 6}"
        path = " ".join(f"{left:.1f},{top:.1f}" for left, top in place)
        parts.append(f'<polyline class="line {kind}" points="{path}"/>')
        if line.is_marked:
            parts += [f'<circle class="dot {kind}" cx="{left:.1f}" cy="{top:.1f}" r="2.5"/>' for left, top in place]
    legend = "".join(
        f'<span class="key c{number % 6}">{escape(line.name)}</span> '
        for number, line in enumerate(line for line in lines if line.points)
        if line.name
    )
    return _svg(parts, f"{x.name}, {y.name}") + (f'<p class="legend">{legend}</p>' if legend else "")


def bar_chart(bars: Sequence[tuple[float, float, float]], x: Axis, y: Axis) -> str:
    """Return a chart of bars, each from one x to another and as high as the third number."""
    parts = [_frame(x, y)]
    for begin, end, height in bars:
        (left, top), (right, bottom) = _at((begin, height), x, y), _at((end, y.low), x, y)
        parts.append(
            f'<rect class="bar" x="{left + 0.5:.1f}" y="{top:.1f}" width="{max(right - left - 1, 0.5):.1f}" '
            f'height="{max(bottom - top, 0):.1f}"/>'
        )
    return _svg(parts, f"{x.name}, {y.name}")


def thinned(points: Sequence[tuple[float, float]], most: int = MOST_POINTS) -> list[tuple[float, float]]:
    """Return some of many points, evenly spread and with both ends; a screen shows no more."""
    if len(points) <= most:
        return list(points)
    return [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]


def _at(point: tuple[float, float], x: Axis, y: Axis) -> tuple[float, float]:
    across = (point[0] - x.low) / ((x.high - x.low) or 1.0)
    up = (point[1] - y.low) / ((y.high - y.low) or 1.0)
    return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)


def _frame(x: Axis, y: Axis) -> str:
    parts = []
    for value, label in y.ticks():
        _, top = _at((x.low, value), x, y)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{top:.1f}" y2="{top:.1f}"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{top + 3:.1f}" text-anchor="end">{label}</text>')
    ticks = x.ticks()
    for number, (value, label) in enumerate(ticks):
        left, _ = _at((value, y.low), x, y)
        anchor = "end" if number and number == len(ticks) - 1 else "middle"
        parts.append(f'<text x="{left:.1f}" y="{HEIGHT - BOTTOM + 14}" text-anchor="{anchor}">{label}</text>')
    english, korean = both(x.name)
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    for language, name in (("en", english), ("ko", korean)):
        parts.append(f'<text class="{language}" x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{name}</text>')
    english, korean = both(y.name)
    for language, name in (("en", english), ("ko", korean)):
        parts.append(f'<text class="{language}" x="{LEFT}" y="9">{name}</text>')
    return "".join(parts)


def _svg(parts: Sequence[str], name: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(name)}">{"".join(parts)}</svg>'
