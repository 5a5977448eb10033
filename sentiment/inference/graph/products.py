"""Operators that multiply matrices, including recurrent cells, and that convert between float and int8."""

from sentiment.cells import CELLS
from sentiment.inference.graph.facts import Call, Facts
from sentiment.inference.graph.messages import FLOAT, INT8, INT32, UINT8
from sentiment.inference.graph.sizes import Dims, Size, product

GATES = {cell.onnx_operator: len(cell.gates) for cell in CELLS.values() if cell.onnx_operator}
_RNN_ACTIVATIONS = tuple(cell.onnx_activation for cell in CELLS.values() if cell.onnx_activation)
_BYTES = (INT8, UINT8)


def matrix_product(call: Call) -> list[Facts]:
    """MatMul."""
    if call[0].element_type != FLOAT or call[1].element_type != FLOAT:
        call.refuse("multiplies numbers other than floats")
    return [Facts(FLOAT, _product_dims(call))]


def integer_product(call: Call) -> list[Facts]:
    """MatMulInteger; its zero points are single numbers."""
    if call[0].element_type not in _BYTES or call[1].element_type not in _BYTES:
        call.refuse("multiplies numbers other than int8")
    for matrix, place in ((0, 2), (1, 3)):
        zero = call.optional(place)
        if zero is not None and (zero.shape() not in ((), (1,)) or zero.element_type != call[matrix].element_type):
            call.refuse("has a zero point that is not a single number")
    return [Facts(INT32, _product_dims(call))]


def gemm(call: Call) -> list[Facts]:
    """Gemm."""
    call.floating("alpha", 1.0)
    call.floating("beta", 1.0)
    dims = []
    for place, name in ((0, "transA"), (1, "transB")):
        is_transposed = call.integer(name, 0, 0, 1)
        if call[place].rank != 2 or call[place].element_type != FLOAT:
            call.refuse("multiplies something other than a matrix of floats")
        dims.append(call[place].dims[:: -1 if is_transposed else 1])
    (rows, inner), (other, columns) = dims
    if inner != other:
        call.refuse("multiplies matrices whose shapes do not match")
    return [Facts(FLOAT, (rows, columns))]


def inner_size(call: Call) -> Size:
    """Return the number of products per output element of MatMul, MatMulInteger and Gemm."""
    is_transposed = call.node.operator == "Gemm" and call.integer("transA", 0, 0, 1)
    return call[0].dims[0 if is_transposed else -1]


def dequantize(call: Call) -> list[Facts]:
    """DequantizeLinear, with one scale for all or one per index of an axis."""
    if call[0].element_type not in (*_BYTES, INT32):
        call.refuse("has an input that is not quantized")
    _check_scale(call)
    return [Facts(FLOAT, call[0].dims)]


def quantize(call: Call) -> list[Facts]:
    """QuantizeLinear, to uint8, or to the type of the zero point."""
    zero = call.optional(2)
    element_type = UINT8 if zero is None else zero.element_type
    if call[0].element_type != FLOAT or element_type not in _BYTES:
        call.refuse("quantizes numbers other than floats, or not to int8")
    _check_scale(call)
    return [Facts(element_type, call[0].dims)]


def recurrent(call: Call) -> list[Facts]:
    """RNN, GRU or LSTM, as torch exports them: no peepholes, no lengths.

    Inputs are X, (time, batch, input_size), W, (directions, gates * hidden_size, input_size), R, the same from state to
    state, B, (directions, 2 * gates * hidden_size), and the initial states, (directions, batch, hidden_size).
    """
    operator, sequence = call.node.operator, call[0]
    hidden_size = call.integer("hidden_size", None, 1, 2**20)
    direction = call.word("direction", "forward", ("forward", "reverse", "bidirectional"))
    directions = 2 if direction == "bidirectional" else 1
    if operator == "GRU":
        call.integer("linear_before_reset", 0, 0, 1)
    if operator == "RNN":
        call.words("activations", ("Tanh",) * directions, _RNN_ACTIVATIONS)
    rows = GATES[operator] * hidden_size
    if sequence.rank != 3 or call.optional(4) is not None:
        call.refuse("reads sequences of a form that exports do not use")
    time, batch, input_size = sequence.dims
    start = (Size(directions), batch, Size(hidden_size))
    _check_dims(call, 1, (Size(directions), Size(rows), input_size))
    _check_dims(call, 2, (Size(directions), Size(rows), Size(hidden_size)))
    _check_dims(call, 3, (Size(directions), Size(2 * rows)))
    _check_dims(call, 5, start)
    _check_dims(call, 6, start)
    final = Facts(FLOAT, start)
    return [
        Facts(FLOAT, (time, Size(directions), batch, Size(hidden_size))),
        *([final, final] if operator == "LSTM" else [final]),
    ]


def recurrent_work(call: Call) -> Size:
    """Return the multiplications of a recurrent operator."""
    time, batch, _ = call[0].dims
    return time * batch * (product(call[1].dims) + product(call[2].dims))


def _product_dims(call: Call) -> Dims:
    first, second = call[0].dims, call[1].dims
    if len(first) < 2 or len(second) != 2 or first[-1] != second[0] or not product(second).is_fixed:
        call.refuse("multiplies something other than a state by a matrix of weights")
    return (*first[:-1], second[1])


def _check_dims(call: Call, place: int, dims: Dims) -> None:
    given = call.optional(place)
    if given is None and place > 2:
        return
    if call[place].element_type != FLOAT or call[place].dims != dims:
        call.refuse(f"has an input {place} that does not match the others")


def _check_scale(call: Call) -> None:
    source, scale, zero = call[0], call[1], call.optional(2)
    axis = call.axis(call.integer("axis", 1, -8, 7), max(source.rank, 2))
    is_single = scale.shape() in ((), (1,))
    if scale.element_type != FLOAT or not (is_single or (source.rank > axis and scale.dims == (source.dims[axis],))):
        call.refuse("has scales of the wrong type or shape")
    types = (source.element_type,) if call.node.operator == "DequantizeLinear" else _BYTES
    if zero is not None and (zero.dims != scale.dims or zero.element_type not in types):
        call.refuse("has zero points of the wrong type or shape")
