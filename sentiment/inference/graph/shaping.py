"""Operators that move or create numbers: shapes are tracked, so that no tensor has an unknown size."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.inference.graph.facts import MAX_KNOWN, Call, Facts
from sentiment.inference.graph.messages import INT32, INT64
from sentiment.inference.graph.sizes import ONE, Dims, Size, product

_Pick = Callable[[NDArray[np.int64]], NDArray[np.int64]]


def constant(call: Call) -> list[Facts]:
    """Constant."""
    return [call.tensor("value")]


def constant_of_shape(call: Call) -> list[Facts]:
    """ConstantOfShape: its values are tracked if they are few."""
    fill, dims = call.tensor("value"), _as_dims(call, 0)
    if fill.shape() != (1,):
        call.refuse("has more than one fill value")
    count = product(dims)
    is_known = fill.values is not None and count.is_fixed and count.is_exact and count.factor <= MAX_KNOWN
    values = fill.values * count.factor if is_known and fill.values is not None else None
    return [Facts(fill.element_type, dims, values, fill.limit)]


def shape(call: Call) -> list[Facts]:
    """Shape."""
    if not call[0].rank:
        call.refuse("takes the shape of a single number")
    return [Facts(INT64, (Size(call[0].rank),), call[0].dims)]


def reshape(call: Call) -> list[Facts]:
    """Reshape: 0 keeps a dimension, -1 is inferred."""
    call.integer("allowzero", 0, 0, 0)
    source, target = call[0], call[1].values
    if target is None or call[1].rank != 1:
        call.refuse("has a shape that is not known before it runs")
    if target.count(-1) > 1:
        call.refuse("has a shape with two unknown dimensions")
    dims = [ONE if value == -1 else _kept_or_new(call, place, value) for place, value in enumerate(target)]
    if -1 in target:
        rest = source.elements.divided_by(product(tuple(dims)))
        if rest is None:
            call.refuse("has a shape that does not match its size")
        dims[target.index(-1)] = rest
    return [Facts(source.element_type, tuple(dims), source.values, source.limit)]


def flatten(call: Call) -> list[Facts]:
    """Flatten to two dimensions."""
    source = call[0]
    axis = call.integer("axis", 1, 0, source.rank)
    dims = (product(source.dims[:axis]), product(source.dims[axis:]))
    return [Facts(source.element_type, dims, source.values, source.limit)]


def transpose(call: Call) -> list[Facts]:
    """Transpose."""
    source, perm = call[0], call.integers("perm")
    if sorted(perm) != list(range(source.rank)):
        call.refuse("has a perm that is not a permutation")
    dims = tuple([source.dims[axis] for axis in perm])
    return [Facts(source.element_type, dims, _picked(source, lambda places: places.transpose(perm)), source.limit)]


def unsqueeze(call: Call) -> list[Facts]:
    """Unsqueeze."""
    source, axes = call[0], call.numbers(1)
    axes = call.axes(axes, source.rank + len(axes))
    dims = list(source.dims)
    for axis in sorted(axes):
        dims.insert(axis, ONE)
    return [Facts(source.element_type, tuple(dims), source.values, source.limit)]


def squeeze(call: Call) -> list[Facts]:
    """Squeeze of explicit axes."""
    source = call[0]
    axes = call.axes(call.numbers(1), source.rank)
    if not axes or not all(source.dims[axis].is_exactly(1) for axis in axes):
        call.refuse("squeezes a dimension that is not 1")
    dims = tuple([dim for axis, dim in enumerate(source.dims) if axis not in axes])
    return [Facts(source.element_type, dims, source.values, source.limit)]


def concat(call: Call) -> list[Facts]:
    """Concat."""
    parts = [call[place] for place in range(len(call.inputs))]
    first, axis = parts[0], call.axis(call.integer("axis", None, -8, 7), parts[0].rank)
    dims = list(first.dims)
    for part in parts[1:]:
        if part.rank != first.rank or part.element_type != first.element_type:
            call.refuse("joins tensors of different ranks or types")
        joined = zip(dims, part.dims, strict=True)
        dims = [one + other if place == axis else one.broadcast(other) for place, (one, other) in enumerate(joined)]
    values: list[int | Size] = []
    for part in parts:
        values += part.values or ()
    are_known = first.rank == 1 and all(part.values is not None for part in parts) and len(values) <= MAX_KNOWN
    return [Facts(first.element_type, tuple(dims), tuple(values) if are_known else None)]


def split(call: Call) -> list[Facts]:
    """Split into parts of constant or of equal sizes."""
    source = call[0]
    axis, parts = call.axis(call.integer("axis", 0, -8, 7), source.rank), len(call.node.outputs)
    whole = source.dims[axis]
    sizes = call.numbers(1) if call.optional(1) is not None else (whole.factor // parts,) * parts
    if not (whole.is_exactly(sum(sizes)) and len(sizes) == parts and min(sizes) >= 1):
        call.refuse("splits into parts that do not add up to the whole")
    before, behind = source.dims[:axis], source.dims[axis + 1 :]
    return [Facts(source.element_type, (*before, Size(size), *behind)) for size in sizes]


def slice_(call: Call) -> list[Facts]:
    """Slice between constant bounds, with step 1."""
    source = call[0]
    starts, ends, steps = call.numbers(1), call.numbers(2), call.numbers(4)
    axes = call.axes(call.numbers(3), source.rank)
    if not len(starts) == len(ends) == len(axes) == len(steps) or not set(steps) <= {1, -1}:
        call.refuse("has starts, ends, axes and steps that exports do not write")
    cut = [slice(None)] * source.rank
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        cut[axis] = slice(start, end, step)
    values = _picked(source, lambda places: places[tuple(cut)])
    if values is None:
        dims = tuple([dim.bound() if axis in axes else dim for axis, dim in enumerate(source.dims)])
        return [Facts(source.element_type, dims, limit=source.limit)]
    known = np.empty(source.shape() or ())[tuple(cut)].shape
    if 0 in known:
        call.refuse("takes an empty slice")
    return [Facts(source.element_type, tuple([Size(size) for size in known]), values, source.limit)]


def pad(call: Call) -> list[Facts]:
    """Pad with a constant value, by constant widths."""
    call.word("mode", "constant", ("constant",))
    source, pads = call[0], call[1].values
    known = [value for value in pads or () if isinstance(value, int)]
    if call[1].rank != 1 or len(known) != 2 * source.rank or len(pads or ()) != len(known) or min(known) < 0:
        call.refuse("has pads that exports do not write")
    added = [before + after for before, after in zip(known[: source.rank], known[source.rank :], strict=True)]
    dims = [dim + Size(more) if more else dim for dim, more in zip(source.dims, added, strict=True)]
    return [Facts(source.element_type, tuple(dims))]


def gather(call: Call) -> list[Facts]:
    """Gather."""
    source, indices = call[0], call[1]
    axis = call.axis(call.integer("axis", 0, -8, 7), source.rank)
    if indices.element_type not in {INT32, INT64}:
        call.refuse("has indices that are not integers")
    dims = source.dims[:axis] + indices.dims + source.dims[axis + 1 :]
    values = None
    if source.rank == 1 and source.values is not None and indices.values is not None:
        values = tuple([source.values[call.axis(place, len(source.values))] for place in call.numbers(1)])
    return [Facts(source.element_type, dims, values, source.limit)]


def scatter_elements(call: Call) -> list[Facts]:
    """ScatterElements."""
    source = call[0]
    call.axis(call.integer("axis", 0, -8, 7), source.rank)
    if not source.rank == call[1].rank == call[2].rank or call[1].element_type not in {INT32, INT64}:
        call.refuse("scatters values that do not match")
    return [Facts(source.element_type, source.dims)]


def _as_dims(call: Call, place: int) -> Dims:
    """Return an input as the shape of an output."""
    values = call[place].values
    if values is None or call[place].rank != 1:
        call.refuse("has a shape that is not known before it runs")
    return tuple([_dim(call, value) for value in values])


def _kept_or_new(call: Call, place: int, value: int | Size) -> Size:
    if value == 0:
        if place >= call[0].rank:
            call.refuse("keeps a dimension that does not exist")
        return call[0].dims[place]
    return _dim(call, value)


def _dim(call: Call, value: int | Size) -> Size:
    if isinstance(value, int):
        if value < 1:
            call.refuse(f"has a dimension of {value}")
        return Size(value)
    return value


def _picked(source: Facts, pick: _Pick) -> tuple[Any, ...] | None:
    """Return the values that remain, in storage order, after moving elements with `pick`."""
    known = source.shape()
    if source.values is None or known is None:
        return None
    places = np.arange(len(source.values)).reshape(known)
    return tuple([source.values[place] for place in pick(places).ravel().tolist()])
