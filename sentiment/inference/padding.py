"""Texts of different length in one batch of an int8 model, without a change of their answers.

The graph of an export reads rows of equal length: a pad would be a token like any other. From such a graph,
`accept_pads` makes another one, with the same weights, for rows that end with pads. Each direction reads pads first:
the forward one gets the rows moved to their end. While it reads them, its state is kept at zero,

    c_t = m_t (f_t ⊙ c_(t-1) + i_t ⊙ g_t),    m_t = 0 for a pad, 1 for a token

(for cells without c, the same of h), so that the first token meets the state that it meets without pads. A pad adds 0
to the mean, and is never the maximum. All else is computed as before, so a text has the same logits, bit by bit.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import numpy as np

from sentiment.inference.ends import INPUT
from sentiment.inference.graph.messages import FLOAT, INT64, Attribute, Graph, Model, Node, Tensor, Value
from sentiment.inference.inside.constants import Outline, UnreadableGraphError
from sentiment.inference.inside.integer_scans import body_of, has_integers

_T = TypeVar("_T")
_PREFIX = "pads."
_FORWARD, _BACKWARD = 0, 1


class PadAccepting(NamedTuple):
    """A model whose rows may end with pads.

    Attributes:
        model: An ONNX file.
        pad: What follows the tokens of a row that is shorter than others: one more than the largest token.
    """

    model: Model
    pad: int


class _Layout(NamedTuple):
    """Where a graph reads its tokens.

    Attributes:
        scans: The directions of its only layer.
        by_time: The tokens, (time, batch).
        embedding: The table that the layer reads.
        tables: All that have a row for each token.
        num_tokens: Rows of each.
        steps: The tokens of a text, which the mean divides by; None without a mean.
    """

    scans: list[Node]
    by_time: str
    embedding: str
    tables: set[str]
    num_tokens: int
    steps: str | None


def accept_pads(model: Model) -> PadAccepting | None:
    """Return the model for rows of different length.

    Args:
        model: An export, or a graph that passed `check_graph`.

    Returns:
        None if it is not an int8 model of one layer, without attention: rows of others must have equal length.
    """
    graph = model.graph
    try:
        _refuse_own_names(graph)
        layout = _layout_of(Outline(graph))
        scans = {scan.outputs[0]: _masked(scan) for scan in layout.scans}
    except UnreadableGraphError:
        return None
    masks, tensors = _masks(layout)
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.outputs[0] == layout.scans[0].outputs[0]:
            nodes += masks
        nodes.append(scans.get(node.outputs[0]) or _adapted(node, layout))
    stored = [_with_a_row(each) if each.name in layout.tables else each for each in graph.initializers]
    graph = graph._replace(nodes=tuple(nodes), initializers=(*stored, *tensors))
    return PadAccepting(model._replace(graph=graph), layout.num_tokens)


def _refuse_own_names(graph: Graph) -> None:
    bodies = [body_of(node) for node in graph.nodes if node.operator == "Scan"]
    for each in (graph, *bodies):
        names = [tensor.name for tensor in each.initializers]
        names += [value.name for value in (*each.inputs, *each.outputs)]
        names += [name for node in each.nodes for name in (*node.inputs, *node.outputs)]
        _require(
            not any(name.startswith(_PREFIX) for name in names), f"it has tensors whose name begins with {_PREFIX}"
        )


def _layout_of(outline: Outline) -> _Layout:
    scans = [node for node in outline.nodes if node.operator == "Scan"]
    embedding = _only(outline.producer(name) for name in {scan.inputs[-1] for scan in scans})
    by_time = _only(node for node in outline.consumers(INPUT) if node.operator == "Transpose")
    tables, shapes = set(), []
    for node in (*outline.consumers(INPUT), *outline.consumers(by_time.outputs[0])):
        if node.operator == "Gather" and node.attributes.get("axis", 0) == 0:
            tables.add(node.inputs[0])
        elif node.operator == "Shape":
            shapes.append(node)
        else:
            _require(node is by_time, f"{node} reads tokens")
    _require(embedding.operator == "Gather" and embedding.inputs[1] == by_time.outputs[0], "it embeds no tokens")
    # All but the embedding are the characters of tokens, where a row of zeros stands for none.
    characters = [outline.numbers(table) for table in tables - {embedding.inputs[0]}]
    _require(all(table.dtype.kind == "i" and table.ndim == 2 for table in characters), "it knows more of its tokens")
    steps = {name for shape in shapes for name in _steps_of(outline, shape)}
    return _Layout(
        scans,
        by_time.outputs[0],
        embedding.inputs[0],
        tables,
        _only(iter({len(outline.numbers(table)) for table in tables})),
        _only(iter(steps)) if steps else None,
    )


def _steps_of(outline: Outline, shape: Node) -> Iterable[str]:
    """Yield what a mean divides by, of the shape of all tokens; nothing else may use their number."""
    for size in outline.consumers(shape.outputs[0]):
        _require(size.operator == "Gather", f"{size} reads a shape")
        if outline.numbers(size.inputs[1]).tolist() == [0]:
            continue
        cast = _only(outline.consumers(size.outputs[0]))
        mean = _only(outline.consumers(cast.outputs[0]))
        _require((cast.operator, mean.operator) == ("Cast", "Div"), f"{size} reads the number of tokens")
        _require(mean.inputs[1] == cast.outputs[0], f"{mean} does not divide by the number of tokens")
        _require(_has_a_row_for_each_text(outline, mean.inputs[0]), f"{mean} divides something else than states")
        yield cast.outputs[0]


def _has_a_row_for_each_text(outline: Outline, name: str) -> bool:
    """Return whether a tensor is the last state of a Scan, or several beside each other: then a column divides it."""
    node = outline.producer(name)
    if node is None or node.operator != "Concat":
        return node is not None and node.operator == "Scan"
    makers = [outline.producer(each) for each in node.inputs]
    return node.attributes.get("axis") == 1 and all(each is not None and each.operator == "Scan" for each in makers)


def _masks(layout: _Layout) -> tuple[list[Node], list[Tensor]]:
    """Return the nodes that tell tokens from pads, for each direction, and their numbers."""
    nodes: list[Node] = []

    def add(operator: str, inputs: tuple[str, ...], output: str, **attributes: Attribute) -> str:
        nodes.append(Node(operator, "", inputs, (_PREFIX + output,), attributes))
        return _PREFIX + output

    pad, zero, one, axis_1, axis_2, unit = (_PREFIX + name for name in ("pad", "zero", "one", "axis1", "axis2", "unit"))
    tensors = [_integers(pad, layout.num_tokens), _integers(zero, 0), _integers(one, 1)]
    tensors += [_integers(axis_1, 1, dims=(1,)), _integers(axis_2, 2, dims=(1,))]
    tensors.append(Tensor(unit, FLOAT, (), np.float32(1).tobytes()))
    is_token = add("Cast", (add("Less", (INPUT, pad), "is_token"),), "ones", to=INT64)
    lengths = add("ReduceSum", (is_token, axis_1), "lengths", keepdims=1)
    time = add("Gather", (add("Shape", (INPUT,), "sizes"), one), "time")
    places = add("Add", (add("Range", (zero, time, one), "range"), lengths), "places")
    moved = add("GatherElements", (INPUT, add("Mod", (places, time), "sources")), "moved", axis=1)
    orders = {_FORWARD: add("Transpose", (moved,), "moved.by_time", perm=(1, 0)), _BACKWARD: layout.by_time}
    for direction, ids in orders.items():
        add("Gather", (layout.embedding, ids), f"embedded.{direction}")
        flat = add("Cast", (add("Less", (ids, pad), f"less.{direction}"),), f"flat.{direction}", to=FLOAT)
        add("Sub", (add("Unsqueeze", (flat, axis_2), f"mask.{direction}"), unit), f"floor.{direction}")
    return nodes, tensors


def _masked(scan: Node) -> Node:
    """Return one direction of a layer, which keeps its state at zero while it reads pads."""
    body, directions = body_of(scan), scan.attributes.get("scan_input_directions")
    _require(has_integers(body) and scan.attributes.get("num_scan_inputs") == 1, f"{scan} is no layer of integers")
    _require(len(scan.inputs) == len(scan.outputs) + 1, f"{scan} collects states")
    _require(directions in {(_FORWARD,), (_BACKWARD,)}, f"{scan} has no direction")
    direction = _FORWARD if directions == (_FORWARD,) else _BACKWARD
    inputs = (f"{_PREFIX}{name}.{direction}" for name in ("embedded", "mask", "floor"))
    attributes = {**scan.attributes, "body": _masked_body(body)}
    attributes |= {"num_scan_inputs": 3, "scan_input_directions": (direction,) * 3}
    return scan._replace(inputs=(*scan.inputs[:-1], *inputs), attributes=attributes)


def _masked_body(body: Graph) -> Graph:
    rounded = _only(node for node in body.nodes if node.operator == "QuantizeLinear")
    cells = [output.name for output in body.outputs if output.name.endswith(".c")]
    state = cells[0] if cells else rounded.inputs[0]
    nodes: list[Node] = []
    for node in body.nodes:
        if node.outputs == (state,):
            unmasked = f"{_PREFIX}unmasked"
            nodes.append(node._replace(outputs=(unmasked,)))
            nodes.append(Node("Mul", "", (unmasked, f"{_PREFIX}mask"), (state,), {}))
        elif node.operator == "Max":
            lowered = f"{_PREFIX}lowered"
            _require(node.inputs[1] == rounded.inputs[0], f"{node} takes no maximum of states")
            nodes.append(Node("Add", "", (node.inputs[1], f"{_PREFIX}floor"), (lowered,), {}))
            nodes.append(node._replace(inputs=(node.inputs[0], lowered)))
        else:
            nodes.append(node)
    masks = (Value(f"{_PREFIX}{name}", FLOAT, (None, 1)) for name in ("mask", "floor"))
    return body._replace(nodes=tuple(nodes), inputs=(*body.inputs, *masks))


def _adapted(node: Node, layout: _Layout) -> Node:
    """Return a node whose table has a row for pads, or that has the number of tokens of each text."""
    value = node.attributes.get("value")
    if node.operator == "Constant" and node.outputs[0] in layout.tables and isinstance(value, Tensor):
        return node._replace(attributes={"value": _with_a_row(value)})
    if node.outputs[0] == layout.steps:
        return node._replace(inputs=(f"{_PREFIX}lengths",))
    return node


def _with_a_row(table: Tensor) -> Tensor:
    """Return a table with a row of zeros at its end: a pad has no characters, and its embedding is not used."""
    content = bytes(table.content)
    rows, *others = table.dims
    return table._replace(dims=(rows + 1, *others), content=content + bytes(len(content) // rows))


def _integers(name: str, *numbers: int, dims: tuple[int, ...] = ()) -> Tensor:
    return Tensor(name, INT64, dims, np.array(numbers, dtype=np.int64).tobytes())


def _only(found: Iterable[_T | None]) -> _T:
    """Return the only one of what was found."""
    several = list(found)
    if len(several) != 1 or several[0] is None:
        raise UnreadableGraphError("it is not built as exports are")
    return several[0]


def _require(is_so: bool, fault: str) -> None:
    if not is_so:
        raise UnreadableGraphError(fault)
