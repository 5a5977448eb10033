"""What is known of a tensor before the graph runs, and of a node's inputs and attributes."""

from collections.abc import Sequence
from math import isfinite
from typing import NoReturn

from sentiment.inference.graph.faults import GraphError, shown
from sentiment.inference.graph.messages import INT16, INT32, INT64, ITEM_BYTES, MAX_RANK, Graph, Node, Tensor
from sentiment.inference.graph.sizes import Dims, Size, product

MAX_KNOWN = 64
"""Elements of a tensor whose values are followed: shapes, axes, pads."""

INTEGERS = (INT16, INT32, INT64)


class Facts:
    """A tensor.

    Attributes:
        element_type: A key of `ITEM_BYTES`.
        dims: The size of each dimension.
        values: Of a few integers, what each is, in the order of storage, or where it follows from what is read, at
            most is. None if nothing is known.
        limit: What no element is above, or None.
        elements: How many numbers it holds.
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
        """How many dimensions it has."""
        return len(self.dims)

    def shape(self) -> tuple[int, ...] | None:
        """Return its dimensions as numbers if they are known."""
        if all(dim.is_exact and dim.is_fixed for dim in self.dims):
            return tuple(dim.factor for dim in self.dims)
        return None


def facts_of(tensor: Tensor) -> Facts:
    """Return what is known of stored numbers: their values too if they are few integers."""
    dims = tuple([Size(dim) for dim in tensor.dims])
    if tensor.element_type not in INTEGERS or len(tensor.content) > MAX_KNOWN * ITEM_BYTES[tensor.element_type]:
        return Facts(tensor.element_type, dims)
    values = tuple([int(number) for number in tensor.numbers()])
    return Facts(tensor.element_type, dims, values, Size(max(1, *values)))


class Call:
    """A node with its inputs. An attribute that no rule asks for is refused at the end by `finish`."""

    def __init__(self, node: Node, inputs: Sequence[Facts | None]) -> None:
        self.node = node
        self.inputs = inputs
        self._asked: set[str] = set()

    def __getitem__(self, place: int) -> Facts:
        """Return an input that must be there."""
        given = self.optional(place)
        if given is None:
            self.refuse(f"lacks input {place}")
        return given

    def optional(self, place: int) -> Facts | None:
        """Return an input, or None where it is left out."""
        return self.inputs[place] if place < len(self.inputs) else None

    def numbers(self, place: int) -> tuple[int, ...]:
        """Return the integers of an input that must stand in the file: axes, pads, steps."""
        numbers = [value for value in self[place].values or () if isinstance(value, int)]
        if self[place].rank > 1 or len(numbers) != len(self[place].values or (None,)):
            self.refuse(f"takes input {place} from what it reads or computes, and no export does")
        return tuple(numbers)

    def number(self, place: int) -> int:
        """Return the one integer of an input."""
        numbers = self.numbers(place)
        if len(numbers) != 1:
            self.refuse(f"takes one number as input {place}")
        return numbers[0]

    def integer(self, name: str, default: int | None, least: int, most: int) -> int:
        """Return an attribute within bounds."""
        value = self._attribute(name, default)
        if type(value) is not int or not least <= value <= most:
            self.refuse(f"has an attribute {name} that is missing, or not from {least} to {most}")
        return value

    def integers(self, name: str, default: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """Return an attribute that is a list of integers."""
        value = self._attribute(name, default)
        if not isinstance(value, tuple) or not all(type(each) is int for each in value):
            self.refuse(f"needs integers as its attribute {name}")
        return tuple(int(each) for each in value)

    def floating(self, name: str, default: float) -> float:
        """Return an attribute that is a finite number."""
        value = self._attribute(name, default)
        if not isinstance(value, float) or not isfinite(value):
            self.refuse(f"needs a finite number as its attribute {name}")
        return value

    def word(self, name: str, default: str, allowed: Sequence[str]) -> str:
        """Return an attribute that is one of a few words."""
        value = self._attribute(name, default)
        if not isinstance(value, str) or value not in allowed:
            self.refuse(f"has an attribute {name} that is none of {', '.join(allowed)}")
        return value

    def words(self, name: str, default: tuple[str, ...], allowed: Sequence[str]) -> tuple[str, ...]:
        """Return an attribute that is a list of a few words, as many as by default."""
        value = self._attribute(name, default)
        if not isinstance(value, tuple) or len(value) != len(default) or not set(value) <= set(allowed):
            self.refuse(f"needs {len(default)} of {', '.join(allowed)} as its attribute {name}")
        return tuple(str(each) for each in value)

    def tensor(self, name: str) -> Facts:
        """Return an attribute that is a tensor."""
        value = self._attribute(name, None)
        if not isinstance(value, Tensor):
            self.refuse(f"needs a tensor as its attribute {name}")
        return facts_of(value)

    def body(self, name: str) -> Graph:
        """Return an attribute that is a graph."""
        value = self._attribute(name, None)
        if not isinstance(value, Graph):
            self.refuse(f"needs a graph as its attribute {name}")
        return value

    def axis(self, axis: int, rank: int) -> int:
        """Return an axis counted from the front."""
        if not -rank <= axis < rank:
            self.refuse(f"has the axis {axis}, and there are {rank}")
        return axis % rank

    def axes(self, axes: tuple[int, ...], rank: int) -> tuple[int, ...]:
        """Return axes counted from the front, all different."""
        from_front = tuple(self.axis(axis, rank) for axis in axes)
        if len(set(from_front)) != len(from_front):
            self.refuse("contains an axis twice")
        return from_front

    def finish(self, results: Sequence[Facts]) -> None:
        """Refuse what is left over: attributes that nothing asked for, more outputs than there are, too many axes."""
        for name in self.node.attributes.keys() - self._asked:
            self.refuse(f"has an attribute {shown(name)} that no export writes")
        if len(self.node.outputs) > len(results):
            self.refuse(f"gives {len(self.node.outputs)} outputs, and there are {len(results)}")
        if any(result.rank > MAX_RANK for result in results):
            self.refuse(f"gives more than {MAX_RANK} dimensions")

    def refuse(self, fault: str) -> NoReturn:
        """Raise a GraphError about the node."""
        raise GraphError(f"{shown(str(self.node))} {fault}")

    def _attribute(self, name: str, default: object) -> object:
        self._asked.add(name)
        return self.node.attributes.get(name, default)
