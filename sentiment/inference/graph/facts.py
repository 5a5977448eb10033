"""Static knowledge about tensors, and about a node's inputs and attributes, before the graph runs."""

from collections.abc import Sequence
from math import isfinite
from typing import NoReturn

from sentiment.inference.graph.faults import GraphError, shown
from sentiment.inference.graph.messages import INT16, INT32, INT64, ITEM_BYTES, MAX_RANK, Graph, Node, Tensor
from sentiment.inference.graph.sizes import Dims, Size, product

MAX_KNOWN = 64
"""Most elements of a tensor whose values are tracked: shapes, axes, pads."""

INTEGERS = (INT16, INT32, INT64)


class Facts:
    """A tensor.

    Attributes:
        element_type: A key of `ITEM_BYTES`.
        dims: The size of each dimension.
        values: For a few integers, the value of each in storage order, or an upper bound if it depends on the input.
            None if nothing is known.
        limit: Upper bound on all elements, or None.
        elements: Number of elements.
    """

    __slots__ = ("dims", "element_type", "elements", "limit", "values")

    def __init__(
        self,
        element_type: int,
        dims: Dims,
        values: tuple[int | Size, ...] | None = None,
        limit: Size | None = None,
    ) -> None:
        self.element_type = element_type
        self.dims = dims
        self.values = values
        self.limit = limit
        self.elements = product(dims)

    @property
    def rank(self) -> int:
        """Number of dimensions."""
        return len(self.dims)

    def shape(self) -> tuple[int, ...] | None:
        """Return its dimensions as numbers if they are known."""
        if all(dim.is_exact and dim.is_fixed for dim in self.dims):
            return tuple(dim.factor for dim in self.dims)
        return None


def facts_of(tensor: Tensor) -> Facts:
    """Return what is known of stored numbers, including their values if they are a few integers."""
    dims = tuple([Size(dim) for dim in tensor.dims])
    if tensor.element_type not in INTEGERS or len(tensor.content) > MAX_KNOWN * ITEM_BYTES[tensor.element_type]:
        return Facts(tensor.element_type, dims)
    values = tuple([int(number) for number in tensor.numbers()])
    return Facts(tensor.element_type, dims, values, Size(max(1, *values)))


class Call:
    """A node with its inputs. `finish` refuses attributes that its rule did not read."""

    def __init__(self, node: Node, inputs: Sequence[Facts | None]) -> None:
        self.node = node
        self.inputs = inputs
        self._asked: set[str] = set()

    def __getitem__(self, place: int) -> Facts:
        """Return a required input."""
        given = self.optional(place)
        if given is None:
            self.refuse(f"is missing input {place}")
        return given

    def optional(self, place: int) -> Facts | None:
        """Return an input, or None if it is omitted."""
        return self.inputs[place] if place < len(self.inputs) else None

    def numbers(self, place: int) -> tuple[int, ...]:
        """Return the integers of an input that must be constant: axes, pads, steps."""
        numbers = [value for value in self[place].values or () if isinstance(value, int)]
        if self[place].rank > 1 or len(numbers) != len(self[place].values or (None,)):
            self.refuse(f"has an input {place} that is not a constant, as it is in exports")
        return tuple(numbers)

    def number(self, place: int) -> int:
        """Return the integer of an input that has exactly one."""
        numbers = self.numbers(place)
        if len(numbers) != 1:
            self.refuse(f"has an input {place} that is not a single number")
        return numbers[0]

    def integer(self, name: str, default: int | None, least: int, most: int) -> int:
        """Return an integer attribute within bounds."""
        value = self._attribute(name, default)
        if type(value) is not int or not least <= value <= most:
            self.refuse(f"has an attribute {name} that is missing, or not from {least} to {most}")
        return value

    def integers(self, name: str, default: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """Return an attribute that is a list of integers."""
        value = self._attribute(name, default)
        if not isinstance(value, tuple) or not all(type(each) is int for each in value):
            self.refuse(f"has an attribute {name} that is not integers")
        return tuple(int(each) for each in value)

    def floating(self, name: str, default: float) -> float:
        """Return an attribute that is a finite number."""
        value = self._attribute(name, default)
        if not isinstance(value, float) or not isfinite(value):
            self.refuse(f"has an attribute {name} that is not a finite number")
        return value

    def word(self, name: str, default: str, allowed: Sequence[str]) -> str:
        """Return an attribute that is one of the allowed words."""
        value = self._attribute(name, default)
        if not isinstance(value, str) or value not in allowed:
            self.refuse(f"has an attribute {name} that is none of {', '.join(allowed)}")
        return value

    def words(self, name: str, default: tuple[str, ...], allowed: Sequence[str]) -> tuple[str, ...]:
        """Return an attribute that is a list of allowed words, as many as by default."""
        value = self._attribute(name, default)
        if not isinstance(value, tuple) or len(value) != len(default) or not set(value) <= set(allowed):
            self.refuse(f"needs {len(default)} of {', '.join(allowed)} as its attribute {name}")
        return tuple(str(each) for each in value)

    def tensor(self, name: str) -> Facts:
        """Return an attribute that is a tensor."""
        value = self._attribute(name, None)
        if not isinstance(value, Tensor):
            self.refuse(f"has an attribute {name} that is not a tensor")
        return facts_of(value)

    def body(self, name: str) -> Graph:
        """Return an attribute that is a graph."""
        value = self._attribute(name, None)
        if not isinstance(value, Graph):
            self.refuse(f"has an attribute {name} that is not a graph")
        return value

    def axis(self, axis: int, rank: int) -> int:
        """Return an axis counted from the front."""
        if not -rank <= axis < rank:
            self.refuse(f"has axis {axis}, but only {rank} dimensions")
        return axis % rank

    def axes(self, axes: tuple[int, ...], rank: int) -> tuple[int, ...]:
        """Return axes counted from the front, all different."""
        from_front = tuple(self.axis(axis, rank) for axis in axes)
        if len(set(from_front)) != len(from_front):
            self.refuse("has an axis twice")
        return from_front

    def finish(self, results: Sequence[Facts]) -> None:
        """Refuse attributes that were not read, more outputs than results, and too many dimensions."""
        for name in self.node.attributes.keys() - self._asked:
            self.refuse(f"has an attribute {shown(name)} that exports do not write")
        if len(self.node.outputs) > len(results):
            self.refuse(f"declares {len(self.node.outputs)} outputs, but has only {len(results)}")
        if any(result.rank > MAX_RANK for result in results):
            self.refuse(f"has an output of more than {MAX_RANK} dimensions")

    def refuse(self, fault: str) -> NoReturn:
        """Raise a GraphError about the node."""
        raise GraphError(f"{shown(str(self.node))} {fault}")

    def _attribute(self, name: str, default: object) -> object:
        self._asked.add(name)
        return self.node.attributes.get(name, default)
