"""Bounds on tensor sizes that hold for a batch of any size and texts of any length."""

from typing import Self


class Size:
    """A count of at most factor · batch^b · time^t, where batch and time are those of `input_ids`, each at least 1.

    Attributes:
        factor: 1 or more.
        batch: b, its degree in the texts of a batch.
        time: t, its degree in their tokens.
        is_exact: Whether it is the count itself, not only a bound.
    """

    __slots__ = ("batch", "factor", "is_exact", "time")  # defining a dataclass takes as long as checking fifty nodes

    def __init__(self, factor: int, batch: int = 0, time: int = 0, is_exact: bool = True) -> None:
        self.factor = factor
        self.batch = batch
        self.time = time
        self.is_exact = is_exact

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Size) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    @property
    def is_fixed(self) -> bool:
        """Whether it is independent of the input."""
        return not (self.batch or self.time)

    def is_exactly(self, number: int) -> bool:
        """Whether it is known to be this number."""
        return self.is_exact and self.is_fixed and self.factor == number

    def bound(self) -> Self:
        """Return it as an upper bound."""
        return type(self)(self.factor, self.batch, self.time, is_exact=False)

    def __mul__(self, other: "Size") -> "Size":
        return Size(
            self.factor * other.factor,
            self.batch + other.batch,
            self.time + other.time,
            self.is_exact and other.is_exact,
        )

    def __add__(self, other: "Size") -> "Size":
        is_exact = self.is_exact and other.is_exact and (self.batch, self.time) == (other.batch, other.time)
        return Size(self.factor + other.factor, max(self.batch, other.batch), max(self.time, other.time), is_exact)

    def broadcast(self, other: "Size") -> "Size":
        """Return the size of a dimension of two tensors that are combined elementwise."""
        if self == other or other.is_exactly(1):
            return self
        if self.is_exactly(1):
            return other
        return Size(
            max(self.factor, other.factor), max(self.batch, other.batch), max(self.time, other.time), is_exact=False
        )

    def _key(self) -> tuple[int, int, int, bool]:
        return self.factor, self.batch, self.time, self.is_exact

    def divided_by(self, other: "Size") -> "Size | None":
        """Return the quotient if both are exact and divisible, otherwise None."""
        is_divisible = (
            self.is_exact
            and other.is_exact
            and self.factor % other.factor == 0
            and self.batch >= other.batch
            and self.time >= other.time
        )
        if not is_divisible:
            return None
        return Size(self.factor // other.factor, self.batch - other.batch, self.time - other.time)


Dims = tuple[Size, ...]

ONE = Size(1)
BATCH = Size(1, batch=1)
TIME = Size(1, time=1)


def product(sizes: Dims) -> Size:
    """Return the number of elements of a tensor."""
    factor, batch, time, is_exact = 1, 0, 0, True
    for size in sizes:
        factor *= size.factor
        batch += size.batch
        time += size.time
        is_exact = is_exact and size.is_exact
    return Size(factor, batch, time, is_exact)
