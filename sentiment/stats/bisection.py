"""Search by halving an interval."""

from collections.abc import Callable


def boundary(is_below: Callable[[float], bool], low: float, high: float) -> float:
    """Return, to the last bit, the lowest number that is not below a boundary.

    Args:
        is_below: whether a number is; true of `low`, false of `high`, and it changes once between them.
        low: the lower end.
        high: the upper end.
    """
    while low < (middle := (low + high) / 2) < high:
        if is_below(middle):
            low = middle
        else:
            high = middle
    return high
