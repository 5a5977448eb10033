"""Elementwise operators and reductions."""

from sentiment.inference.graph.facts import INTEGERS, Call, Facts
from sentiment.inference.graph.messages import BOOL, DOUBLE, FLOAT, INT32, INT64, ITEM_BYTES
from sentiment.inference.graph.sizes import ONE, Dims


def same(call: Call) -> list[Facts]:
    """Tanh and others: the output has the type and shape of the input."""
    return [Facts(call[0].element_type, call[0].dims)]


def identity(call: Call) -> list[Facts]:
    """Identity."""
    return [call[0]]


def softmax(call: Call) -> list[Facts]:
    """Softmax."""
    call.axis(call.integer("axis", -1, -8, 7), call[0].rank)
    return same(call)


def clip(call: Call) -> list[Facts]:
    """Clip, between two numbers."""
    for place in (1, 2):
        if (edge := call.optional(place)) is not None and edge.rank:
            call.refuse("has a bound that is not a single number")
    return same(call)


def cast(call: Call) -> list[Facts]:
    """Cast. A boolean becomes 0 or 1; known values are kept for integers, but not for casts from floats."""
    source, to = call[0], call.integer("to", None, 1, max(ITEM_BYTES))
    if to not in {FLOAT, DOUBLE, INT32, INT64, BOOL}:
        call.refuse(f"casts to a type (number {to}) that exports do not use")
    if to in {INT32, INT64} and source.element_type == BOOL:
        return [Facts(to, source.dims, limit=ONE)]
    if to == INT64 and source.element_type in INTEGERS:
        return [Facts(to, source.dims, source.values, source.limit)]
    return [Facts(to, source.dims)]


def arithmetic(call: Call) -> list[Facts]:
    """Sub, Mul and Max, elementwise."""
    return [Facts(call[0].element_type, _broadcast(call))]


def add(call: Call) -> list[Facts]:
    """Add; the limit is tracked, so that a Range may end one past it."""
    limits = [given.limit for given in (call[0], call[1])]
    limit = limits[0] + limits[1] if limits[0] is not None and limits[1] is not None else None
    return [Facts(call[0].element_type, _broadcast(call), limit=limit)]


def divide(call: Call) -> list[Facts]:
    """Div, for floats only: integer division by 0 kills the process."""
    if call[0].element_type != FLOAT or call[1].element_type != FLOAT:
        call.refuse("divides integers, which exports do not do")
    return arithmetic(call)


def modulo(call: Call) -> list[Facts]:
    """Mod by a positive constant: an integer modulo 0 kills the process."""
    call.integer("fmod", 0, 0, 0)
    if call[0].element_type != INT64 or call[1].element_type != INT64 or call[1].rank or call.number(1) < 1:
        call.refuse("has a divisor that may be 0")
    return arithmetic(call)


def equal(call: Call) -> list[Facts]:
    """Equal."""
    return [Facts(BOOL, _broadcast(call), limit=ONE)]


def negate(call: Call) -> list[Facts]:
    """Not."""
    return [Facts(BOOL, call[0].dims, limit=ONE)]


def cumulative_sum(call: Call) -> list[Facts]:
    """CumSum: no element exceeds the largest input times the length of the axis."""
    call.integer("exclusive", 0, 0, 1)
    call.integer("reverse", 0, 0, 1)
    source, axis = call[0], call.axis(call.number(1), call[0].rank)
    limit = None if source.limit is None else source.limit * source.dims[axis]
    return [Facts(source.element_type, source.dims, limit=limit)]


def reduce_by_attribute(call: Call) -> list[Facts]:
    """ReduceMax and ReduceMean, whose axes are an attribute; all axes by default."""
    source = call[0]
    axes = call.axes(call.integers("axes", tuple(range(source.rank))), source.rank)
    limit = source.limit if call.node.operator == "ReduceMax" else None
    return [Facts(source.element_type, _reduced(call, axes), limit=limit)]


def reduce_sum(call: Call) -> list[Facts]:
    """ReduceSum, whose axes are an input."""
    axes = call.axes(call.numbers(1), call[0].rank)
    if not axes:
        call.refuse("has no axis")
    return [Facts(call[0].element_type, _reduced(call, axes))]


def count_up(call: Call) -> list[Facts]:
    """Range, from a constant, in steps of 1, to a value with a known limit."""
    start, stop = call.number(0), call[1]
    if call.number(2) != 1 or start < 0 or stop.rank or stop.limit is None or stop.element_type != INT64:
        call.refuse("has a start or step that exports do not use, or no known end")
    return [Facts(INT64, (stop.limit.bound(),), limit=stop.limit)]


def _broadcast(call: Call) -> Dims:
    first, second = call[0].dims, call[1].dims
    if call[0].element_type != call[1].element_type:
        call.refuse("combines numbers of different types")
    longest = max(len(first), len(second))
    padded = [(ONE,) * (longest - len(dims)) + dims for dims in (first, second)]
    return tuple([one.broadcast(other) for one, other in zip(*padded, strict=True)])


def _reduced(call: Call, axes: tuple[int, ...]) -> Dims:
    if call.integer("keepdims", 1, 0, 1):
        return tuple([ONE if axis in axes else dim for axis, dim in enumerate(call[0].dims)])
    return tuple([dim for axis, dim in enumerate(call[0].dims) if axis not in axes])
