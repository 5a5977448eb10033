"""Random ONNX graphs out of every operator that there is, with attributes, types and sizes that no classifier has."""

import random
from math import prod

import onnx
from onnx import AttributeProto, GraphProto, NodeProto, TensorProto, helper

DIMENSIONS = (
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    64,
    1_000,
    9_000,
    100_000,
    2**20,
    2**31 - 1,
    2**31,
    2**40,
    2**62,
    2**63 - 1,
    -1,
    -(2**63),
)
INTS = (0, 1, 2, 3, -1, -2, 4, 8, 1_000, 2**31 - 1, 2**31, 2**40, 2**62, 2**63 - 1, -(2**63))
FLOATS = (0.0, 1.0, -1.0, 0.5, 1e-38, 1e38, float("inf"), float("-inf"), float("nan"))
ELEMENT_TYPES = tuple(number for number in TensorProto.DataType.values() if number)
DOMAINS = ("", "com.microsoft", "ai.onnx.ml", "com.microsoft.nchwc", "ai.onnx.preview.training", "a stranger's")
MICROSOFT = (
    "Attention", "BiasGelu", "ConvTransposeWithDynamicPads", "CropAndResize", "DequantizeLinear", "DynamicQuantizeLSTM",
    "DynamicQuantizeMatMul", "EmbedLayerNormalization", "ExpandDims", "FusedConv", "FusedGemm", "FusedMatMul",
    "GatherBlockQuantized", "GatherND", "Gelu", "GreedySearch", "GridSample", "GroupQueryAttention", "Inverse", "Irfft",
    "MatMulBnb4", "MatMulInteger16", "MatMulIntegerToFloat", "MatMulNBits", "MoE", "MultiHeadAttention",
    "NGramRepeatBlock", "Pad", "QAttention", "QEmbedLayerNormalization", "QGemm", "QLinearAdd", "QLinearConcat",
    "QLinearConv",
    "QLinearLeakyRelu", "QLinearMul", "QLinearReduceMean", "QLinearSigmoid", "QLinearSoftmax", "QLinearWhere", "QMoE",
    "QuantizeLinear", "QuickGelu", "Range", "ReduceSumInteger", "Rfft", "RotaryEmbedding", "Sampling",
    "SkipLayerNormalization", "SparseAttention", "SparseToDenseMatMul", "Tokenizer", "TorchEmbedding",
    "TransposeMatMul", "Trilu", "Unique", "WordConvEmbedding",
)  # fmt: skip
"""Operators of onnxruntime's own; which of them it has depends on its version."""

LIKELY = (
    "Add", "Cast", "Clip", "Concat", "Constant", "ConstantOfShape", "CumSum", "DequantizeLinear", "Div", "Equal",
    "Flatten", "GRU", "Gather", "Gemm", "Identity", "LSTM", "MatMul", "MatMulInteger", "Mod", "Mul", "Not", "Pad",
    "QuantizeLinear", "RNN", "Range", "ReduceMax", "ReduceMean", "ReduceSum", "Reshape", "Scan", "ScatterElements",
    "Shape", "Sigmoid", "Slice", "Softmax", "Split", "Sqrt", "Squeeze", "Sub", "Tanh", "Transpose", "Unsqueeze",
)  # fmt: skip
"""What recurrent classifiers are made of: half of the nodes, so that many graphs pass for one of them."""


def random_operator_graph(rng: random.Random, num_labels: int, vocab_size: int) -> bytes:
    """Make a graph from `input_ids` to `logits` out of random operators, with hostile attributes and sizes.

    Args:
        rng: where all choices come from.
        num_labels: columns of the logits, most of the time.
        vocab_size: ids that the graph should take, most of the time.
    """
    graph = GraphProto(name="random")
    names = ["input_ids"]
    _add_embedding(graph, names, rng, vocab_size)
    for number in range(rng.choice((0, 1, 1, 2, 2, 3, 5, 8, 20))):
        _add_node(graph, names, rng, f"n{number}")
    if rng.random() < 0.02:
        _add_chain(graph, names, rng.choice((300, 3_000, 100_000)))
    _add_logits(graph, names, rng, num_labels)
    graph.input.append(helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "time"]))
    graph.output.append(helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", num_labels]))
    opsets = [helper.make_opsetid("", rng.choice((17, 17, 17, 17, 17, 13, 18, 21, 24)))]
    domains = {node.domain for node in graph.node} - {""}
    opsets += [helper.make_opsetid(domain, 1) for domain in sorted(domains)]
    content: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
    return content


def _add_embedding(graph: GraphProto, names: list[str], rng: random.Random, vocab_size: int) -> None:
    """Add what most graphs begin with: a table of embeddings, and its rows of the ids."""
    width = rng.choice((1, 4, 8))
    table = TensorProto(name="embedding", data_type=TensorProto.FLOAT, dims=[vocab_size, width])
    table.raw_data = rng.randbytes(2) * (2 * vocab_size * width)
    graph.initializer.append(table)
    graph.node.append(helper.make_node("Gather", ["embedding", "input_ids"], ["embedded"]))
    names += ["embedding", "embedded"]


def _add_node(graph: GraphProto, names: list[str], rng: random.Random, name: str) -> None:
    domain, operator, schema = _operator(rng)
    most_inputs, most_outputs = (min(schema.max_input, 9), min(schema.max_output, 4)) if schema else (6, 3)
    least_inputs, least_outputs = (schema.min_input, schema.min_output) if schema else (1, 1)
    if rng.random() < 0.05:
        least_inputs, most_inputs = 0, 12
    inputs = [_input(graph, names, rng, f"{name}.{place}") for place in range(_between(rng, least_inputs, most_inputs))]
    outputs = [f"{name}:{place}" for place in range(max(1, _between(rng, least_outputs, most_outputs)))]
    node = NodeProto(op_type=operator, domain=domain, name=rng.choice((name, name, name, "\x1b[2J")))
    node.input.extend(inputs)
    node.output.extend(outputs)
    for attribute, definition in schema.attributes.items() if schema else ():
        if definition.required or rng.random() < 0.5:
            node.attribute.append(_attribute(attribute, definition.type.value, rng))  # type: ignore[attr-defined]  # its stub has no values
    if not schema or rng.random() < 0.05:
        for attribute in rng.sample(("axis", "alpha", "num_heads", "block_size", "bits", "batch_dims"), 3):
            node.attribute.append(_attribute(attribute, rng.choice((1, 2, 3, 6, 7)), rng))
    graph.node.append(node)
    names += outputs


def _operator(rng: random.Random) -> "tuple[str, str, onnx.defs.OpSchema | None]":
    kind = rng.random()
    if kind < 0.15:
        return "com.microsoft", rng.choice(MICROSOFT), None
    if kind < 0.17:
        return rng.choice(DOMAINS), rng.choice(MICROSOFT), None
    if kind < 0.6:
        name = rng.choice(LIKELY)
        return "", name, onnx.defs.get_schema(name, 17)
    schema = rng.choice(onnx.defs.get_all_schemas())
    return schema.domain, schema.name, schema


def _between(rng: random.Random, least: int, most: int) -> int:
    return rng.randint(least, max(least, most))


def _input(graph: GraphProto, names: list[str], rng: random.Random, name: str) -> str:
    """Return the name of something that stands, or of a new constant, or of nothing."""
    kind = rng.random()
    if kind < 0.05:
        return ""
    if kind < 0.06:
        return "nothing"
    if kind < 0.6:
        return rng.choice(names[-6:])
    graph.initializer.append(_constant(name, rng))
    names.append(name)
    return name


def _constant(name: str, rng: random.Random) -> TensorProto:
    kind = rng.random()
    if kind < 0.45:  # a shape, an axis, a count
        values = rng.choices(DIMENSIONS if rng.random() < 0.5 else (1, 2, 3, 4), k=rng.randrange(4))
        dims = [] if len(values) == 1 and rng.random() < 0.5 else [len(values)]
        return helper.make_tensor(name, TensorProto.INT64, dims, b"".join(map(_int64, values)), raw=True)
    element_type = rng.choice((1, 1, 1, 1, 2, 3, 6, 7, 9, *ELEMENT_TYPES))
    if kind < 0.95:
        dims = rng.choices((1, 2, 3, 4, 8, 12), k=rng.randrange(4))
        itemsize = {1: 4, 6: 4, 7: 8, 11: 8, 5: 2, 10: 2, 16: 2}.get(element_type, 1)
        return TensorProto(name=name, data_type=element_type, dims=dims, raw_data=rng.randbytes(prod(dims) * itemsize))
    tensor = TensorProto(name=name, data_type=element_type, raw_data=rng.randbytes(rng.randrange(40)))
    tensor.dims.extend(rng.choices(DIMENSIONS, k=rng.randrange(4)))
    if rng.random() < 0.3:
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=rng.choice(("/etc/passwd", "/dev/zero", "model.safetensors")))
    return tensor


def _int64(value: int) -> bytes:
    return (value % 2**64).to_bytes(8, "little")


def _attribute(name: str, kind: int, rng: random.Random) -> AttributeProto:
    attribute = AttributeProto(name=name)
    attribute.type = rng.choice((kind,) * 30 + (AttributeProto.FLOAT, AttributeProto.INTS))  # type: ignore[assignment]
    match attribute.type:
        case AttributeProto.FLOAT:
            attribute.f = rng.choice(FLOATS)
        case AttributeProto.INT:
            attribute.i = rng.choice(INTS)
        case AttributeProto.STRING:
            attribute.s = rng.choice((b"bidirectional", b"constant", b"", b"\x1b[31m", b"NOTSET", b"linear"))
        case AttributeProto.TENSOR:
            attribute.t.CopyFrom(_constant("", rng))
        case AttributeProto.GRAPH:
            attribute.g.CopyFrom(_body(rng))
        case AttributeProto.FLOATS:
            attribute.floats.extend(rng.choices(FLOATS, k=rng.randrange(4)))
        case AttributeProto.INTS:
            attribute.ints.extend(rng.choices(INTS, k=rng.randrange(5)))
        case AttributeProto.STRINGS:
            attribute.strings.extend(rng.choices((b"Tanh", b"Relu", b"Softmax", b""), k=rng.randrange(4)))
    return attribute


def _body(rng: random.Random) -> GraphProto:
    """Return a subgraph, which may hold another one."""
    body = GraphProto(name="body")
    names = [f"in{rng.randrange(10**9)}" for _ in range(rng.randrange(4))]
    body.input.extend(helper.make_tensor_value_info(name, rng.choice((1, 7, 9)), None) for name in names)
    known = [*names, "input_ids"]
    for _ in range(rng.randrange(3)):
        _add_node(body, known, rng, f"b{rng.randrange(10**9)}")
    outputs = known[-rng.randrange(1, 4) :]
    body.output.extend(helper.make_tensor_value_info(name, rng.choice((1, 7, 9)), None) for name in outputs)
    return body


def _add_chain(graph: GraphProto, names: list[str], length: int) -> None:
    for number in range(length):
        graph.node.append(helper.make_node("Identity", [names[-1]], [f"chain{number}"]))
        names.append(f"chain{number}")


def _add_logits(graph: GraphProto, names: list[str], rng: random.Random, num_labels: int) -> None:
    """Add logits that depend on what was made last, most of the time in a way that runs."""
    if rng.random() < 0.1:
        graph.node[-1].output[0] = "logits"
        return
    weights = TensorProto(name="classes", data_type=TensorProto.FLOAT, dims=[num_labels])
    weights.raw_data = rng.randbytes(2) * (2 * num_labels)
    graph.initializer.append(weights)
    last = rng.choice(("embedded", names[-1], names[-1]))
    graph.node.extend([
        helper.make_node("Cast", [last], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["float"], ["flat"], axis=1),
        helper.make_node("ReduceMax", ["flat"], ["highest"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["highest", "classes"], ["logits"]),
    ])  # fmt: skip
