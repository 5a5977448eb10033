"""Place the labels of a picture without overlaps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import cos, hypot, pi, sin

ANGLES = 24
STEP_PX = 4.0
NEAR_PX = 40.0


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels, y upward."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: "Box") -> bool:
        """Return whether the two overlap in more than an edge."""
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )

    def is_within(self, other: "Box") -> bool:
        """Return whether it is entirely inside the other."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.bottom <= self.bottom
            and self.top <= other.top
        )

    def distance(self, point: tuple[float, float]) -> float:
        """Return the distance to a point; 0 inside."""
        x, y = self.nearest(point)
        return hypot(x - point[0], y - point[1])

    def nearest(self, point: tuple[float, float]) -> tuple[float, float]:
        """Return the point of the rectangle nearest to a point."""
        return min(max(point[0], self.left), self.right), min(max(point[1], self.bottom), self.top)


def place_labels(
    marks: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    bounds: Box,
    mark_radius: float,
    obstacles: Sequence[Box] = (),
) -> list[Box]:
    """Put each mark's label in the nearest free place, preferably nearer to its own mark than to any other.

    Args:
        marks: centres of the marks, in pixels.
        sizes: width and height of each label.
        bounds: the area for labels.
        mark_radius: least distance of labels from a mark's centre, horizontally or vertically.
        obstacles: further areas that labels must not cover.

    Returns:
        The place of each label.

    Raises:
        ValueError: there is no room for one.
    """
    taken = [Box(x - mark_radius, y - mark_radius, x + mark_radius, y + mark_radius) for x, y in marks]
    taken += obstacles
    places: list[Box] = []
    for number, (mark, size) in enumerate(zip(marks, sizes, strict=True)):
        reach = hypot(bounds.right - bounds.left, bounds.top - bounds.bottom)
        free = (
            place
            for place in _around(mark, size, mark_radius, reach)
            if place.is_within(bounds) and not any(place.overlaps(other) for other in taken)
        )
        if (nearest := next(free, None)) is None:
            raise ValueError(f"no room for label {number} of {len(marks)}; make the picture larger")
        place = next((place for place in chain([nearest], free) if _is_nearest(mark, place, marks)), nearest)
        taken.append(place)
        places.append(place)
    return places


def _is_nearest(mark: tuple[float, float], label: Box, marks: Sequence[tuple[float, float]]) -> bool:
    """Return whether a label is near its mark, and nearer to it than to the others."""
    distance = label.distance(mark)
    return distance <= NEAR_PX and all(other == mark or label.distance(other) > distance for other in marks)


def _around(mark: tuple[float, float], size: tuple[float, float], mark_radius: float, reach: float) -> Iterator[Box]:
    """Yield places for a label around its mark, at increasing distance."""
    half_width, half_height = size[0] / 2, size[1] / 2
    for ring in range(int(reach / STEP_PX)):
        gap = mark_radius + ring * STEP_PX
        for turn in range(ANGLES):
            angle = 2 * pi * turn / ANGLES
            x = mark[0] + cos(angle) * (half_width + gap)
            y = mark[1] + sin(angle) * (half_height + gap)
            yield Box(x - half_width, y - half_height, x + half_width, y + half_height)
