"""Rounding of float32 weights to integers of 7 or 8 bits."""

import numpy as np
from numpy.typing import NDArray

LARGEST_INT8 = 127


def quantize_rows(
    weights: NDArray[np.float32], axis: int, largest: int = LARGEST_INT8
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round weights to int8 times a scale for each row: symmetric, without a zero point.

    A weight w becomes q · s with q = round(w / s), s = max |w| / largest over its row, so that |w - q · s| <= s / 2 but
    for the rounding of float32. No scale is 0 or subnormal: a row of zeros, or of numbers that round to them, gets the
    smallest normal number.

    Args:
        weights: of any shape, each below 1e38 in size.
        axis: the axis of the rows, each of which has a scale.
        largest: of the integers, up to 127.

    Returns:
        q, in the shape of `weights`, and s, (rows,).
    """
    others = tuple(other for other in range(weights.ndim) if other != axis)
    exact = weights.astype(np.float64)
    of_row = np.abs(exact).max(axis=others, keepdims=True)
    scales = np.maximum(of_row / largest, np.finfo(np.float32).tiny).astype(np.float32)
    return np.rint(exact / scales).astype(np.int8), scales.reshape(-1)
