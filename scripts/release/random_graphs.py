"""Random ONNX graphs of all existing operators, with attributes, types and sizes that no classifier has."""

import random
from collections.abc import Mapping
from math import prod

import onnx
from onnx import AttributeProto, GraphProto, NodeProto, TensorProto, helper

DIMENSIONS = (0, 1, 2, 3, 5, 64, 9_000, 100_000, 2**20, 2**31 - 1, 2**31, 2**40, 2**62, 2**63 - 1, -1, -(2**63))
INTS = (0, 1, 2, 3, -1, -2, 4, 8, 1_000, 2**31 - 1, 2**31, 2**40, 2**62, 2**63 - 1, -(2**63))
FLOATS = (0.0, 1.0, -1.0, 0.5, 1e-38, 1e38, float("inf"), float("-inf"), float("nan"))
WORDS = (
    b"bidirectional",
    b"reverse",
    b"constant",
    b"",
    b"\x1b[31m",
    b"NOTSET",
    b"linear",
    b"Tanh",
    b"Relu",
    b"Softmax",
)
ELEMENT_TYPES = tuple(number for number in TensorProto.DataType.values() if number)
DOMAINS = ("", "com.microsoft", "ai.onnx.ml", "com.microsoft.nchwc", "ai.onnx.preview.training", "a stranger's")
MICROSOFT = (
    "Attention", "BiasGelu", "ConvTransposeWithDynamicPads", "CropAndResize", "DequantizeLinear", "DynamicQuantizeLSTM",
    "DynamicQuantizeMatMul", "EmbedLayerNormalization", "ExpandDims", "FusedConv", "FusedGemm", "FusedMatMul",
    "GatherBlockQuantized", "GatherND", "Gelu", "GreedySearch", "GridSample", "GroupQueryAttention", "Inverse", "Irfft",
    "MatMulBnb4", "MatMulInteger16", "MatMulIntegerToFloat", "MatMulNBits", "MoE", "MultiHeadAttention",
    "NGramRepeatBlock", "Pad", "QAttention", "QEmbedLayerNormalization", "QGemm", "QLinearAdd", "QLinearConcat",
    "QLinearConv", "QLinearLeakyRelu", "QLinearMul", "QLinearReduceMean", "QLinearSigmoid", "QLinearSoftmax",
    "QLinearWhere", "QMoE", "QuantizeLinear", "QuickGelu", "Range", "ReduceSumInteger", "Rfft", "RotaryEmbedding",
    "Sampling", "SkipLayerNormalization", "SparseAttention", "SparseToDenseMatMul", "Tokenizer", "TorchEmbedding",
    "TransposeMatMul", "Trilu", "Unique", "WordConvEmbedding",
)  # fmt: skip
"""onnxruntime's own operators; which of them exist depends on its version."""

PLAIN: Mapping[str, tuple[str, str, Mapping[str, object]]] = {
    "Add": ("ff", "f", {}), "Cast": ("i", "f", {"to": 1}), "Clip": ("f", "f", {}), "Concat": ("ff", "f", {"axis": 1}),
    "ConstantOfShape": ("s", "f", {}), "CumSum": ("in", "i", {}), "Div": ("ff", "f", {}), "Equal": ("ii", "b", {}),
    "DequantizeLinear": ("8", "f", {}), "Flatten": ("f", "f", {"axis": 2}), "Gather": ("wi", "f", {}),
    "Gemm": ("fw", "f", {}), "Identity": ("f", "f", {}), "LSTM": ("fww", "f", {"hidden_size": 4}),
    "MatMul": ("fw", "f", {}), "MatMulInteger": ("88", "i", {}), "Max": ("ff", "f", {}), "Mod": ("in", "i", {}),
    "Mul": ("ff", "f", {}), "Not": ("b", "b", {}), "Pad": ("fs", "f", {}), "QuantizeLinear": ("fw", "8", {}),
    "Range": ("nin", "i", {}), "ReduceMax": ("f", "f", {"axes": [1]}), "ReduceMean": ("f", "f", {"axes": [-1]}),
    "ReduceSum": ("fa", "f", {}), "Relu": ("f", "f", {}), "Reshape": ("fs", "f", {}), "RNN": ("fww", "f", {}),
    "ScatterElements": ("iii", "i", {"axis": 1}), "Shape": ("f", "s", {}), "Sigmoid": ("f", "f", {}),
    "Slice": ("faaaa", "f", {}), "Softmax": ("f", "f", {"axis": 1}), "Split": ("f", "f", {}), "Sqrt": ("f", "f", {}),
    "Squeeze": ("fa", "f", {}), "Sub": ("ff", "f", {}), "Tanh": ("f", "f", {}), "GRU": ("fww", "f", {}),
    "Transpose": ("f", "f", {"perm": [1, 0, 2]}), "Unsqueeze": ("fa", "f", {}), "Scan": ("ff", "f", {}),
}  # fmt: skip
"""The operators of recurrent classifiers: the kinds of their inputs and of their first output, and attributes.

Kinds are floats, integers, booleans, bytes (8), shapes, axes, single numbers, and weights.
"""

Known = dict[str, str]
"""Names of tensors, and their kinds."""


def random_operator_graph(rng: random.Random, num_labels: int, vocab_size: int) -> bytes:
    """Make a graph from `input_ids` to `logits` of random operators, with hostile attributes and sizes.

    Args:
        rng: for all choices.
        num_labels: columns of the logits, most of the time.
        vocab_size: number of ids that the graph should accept, most of the time.
    """
    content: bytes = _Maker(rng).graph(num_labels, vocab_size).SerializeToString()
    return content


class _Maker:
    """Makes a graph; a share of its choices, drawn once, is hostile, and the others are likely to run."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._hostility = rng.choice((0.0, 0.02, 0.05, 0.2, 1.0))
        self._count = 0

    def graph(self, num_labels: int, vocab_size: int) -> onnx.ModelProto:
        rng, graph = self._rng, GraphProto(name="random")
        known: Known = {"input_ids": "i"}
        self._add_embedding(graph, known, vocab_size)
        for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 5, 8, 20))):
            self._add_node(graph, known)
        if rng.random() < 0.02:
            self._add_chain(graph, known, rng.choice((300, 3_000, 100_000)))
        self._add_logits(graph, known, num_labels)
        graph.input.append(helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "time"]))
        graph.output.append(helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", num_labels]))
        opsets = [helper.make_opsetid("", rng.choice((13, 18, 21, 24)) if self._is_hostile() else 17)]
        domains = {node.domain for node in graph.node} - {""}
        opsets += [helper.make_opsetid(domain, 1) for domain in sorted(domains)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    def _is_hostile(self) -> bool:
        return self._rng.random() < self._hostility

    def _new_name(self) -> str:
        self._count += 1
        return f"t{self._count}"

    def _add_embedding(self, graph: GraphProto, known: Known, vocab_size: int) -> None:
        """Add the usual start of a graph: an embedding table, and the lookup of the ids."""
        table = TensorProto(name="embedding", data_type=TensorProto.FLOAT, dims=[vocab_size, 4])
        table.raw_data = self._rng.randbytes(1) * (16 * vocab_size)
        graph.initializer.append(table)
        graph.node.append(helper.make_node("Gather", ["embedding", "input_ids"], ["embedded"]))
        known |= {"embedding": "w", "embedded": "f"}

    def _add_node(self, graph: GraphProto, known: Known) -> None:
        node = self._hostile_node(graph, known) if self._is_hostile() else self._plain_node(graph, known)
        if self._is_hostile():
            node.name = "\x1b[2J"
        graph.node.append(node)

    def _plain_node(self, graph: GraphProto, known: Known) -> NodeProto:
        operator = self._rng.choice(tuple(PLAIN))
        kinds, result, attributes = PLAIN[operator]
        inputs = [self._input(graph, known, kind) for kind in kinds]
        output = self._new_name()
        node = helper.make_node(operator, inputs, [output], name=output)
        for name, value in attributes.items():
            number = self._rng.choice((value, value, 1, 0)) if isinstance(value, int) else value
            node.attribute.append(helper.make_attribute(name, number))
        for name, definition in onnx.defs.get_schema(operator, 17).attributes.items():
            is_missing = definition.required and name not in attributes
            if self._is_hostile() or is_missing:
                node.attribute.append(self._attribute(name, definition.type.value))  # type: ignore[attr-defined]
        known[output] = result
        return node

    def _hostile_node(self, graph: GraphProto, known: Known) -> NodeProto:
        rng = self._rng
        domain, operator, schema = self._operator()
        least, most = (schema.min_input, min(schema.max_input, 9)) if schema else (1, 6)
        inputs = [
            self._input(graph, known, rng.choice("fibsanw8")) for _ in range(rng.randint(least, max(least, most)))
        ]
        outputs = [self._new_name() for _ in range(rng.randint(1, min(schema.max_output, 4) if schema else 3))]
        node = NodeProto(op_type=operator, domain=domain, name=outputs[0], input=inputs, output=outputs)
        for name, definition in schema.attributes.items() if schema else ():
            if definition.required or rng.random() < 0.5:
                node.attribute.append(self._attribute(name, definition.type.value))  # type: ignore[attr-defined]
        if not schema or rng.random() < 0.05:
            for name in rng.sample(("axis", "alpha", "num_heads", "block_size", "bits", "batch_dims"), 3):
                node.attribute.append(self._attribute(name, rng.choice((1, 2, 3, 6, 7))))
        known |= dict.fromkeys(outputs, "f")
        return node

    def _operator(self) -> "tuple[str, str, onnx.defs.OpSchema | None]":
        kind = self._rng.random()
        if kind < 0.3:
            return "com.microsoft", self._rng.choice(MICROSOFT), None
        if kind < 0.35:
            return self._rng.choice(DOMAINS), self._rng.choice(MICROSOFT), None
        if kind < 0.7:
            name = self._rng.choice(tuple(PLAIN))
            return "", name, onnx.defs.get_schema(name, 17)
        schema = self._rng.choice(onnx.defs.get_all_schemas())
        return schema.domain, schema.name, schema

    def _input(self, graph: GraphProto, known: Known, kind: str) -> str:
        """Return the name of an existing tensor, of a new constant, or an empty one."""
        if self._is_hostile():
            return self._rng.choice(("", "nothing", *known))
        alike = [name for name, other in known.items() if other == kind]
        if alike and (kind in "fib8" or self._rng.random() < 0.5):
            return self._rng.choice(alike[-4:])
        name = self._new_name()
        graph.initializer.append(self._hostile_tensor(name) if self._is_hostile() else self._plain_tensor(name, kind))
        known[name] = kind
        return name

    def _plain_tensor(self, name: str, kind: str) -> TensorProto:
        rng = self._rng
        match kind:
            case "n":
                return _integers(name, [], [rng.choice((0, 1, 2, 7))])
            case "a":
                return _integers(name, [1], [rng.choice((0, 1, 2, -1))])
            case "s" | "i":
                values = rng.choices((1, 2, 3, 4, -1, 0), k=rng.choice((2, 3, 6)))
                return _integers(name, [len(values)], values)
            case "8":
                dims = [rng.choice((3, 4)), 4]
                return TensorProto(name=name, data_type=3, dims=dims, raw_data=rng.randbytes(prod(dims)))
            case _:
                dims = rng.choice(([4, 4], [4, 2], [4], [], [1, 16, 4], [1, 4, 4]))
                return TensorProto(name=name, data_type=1, dims=dims, raw_data=rng.randbytes(4 * prod(dims)))

    def _hostile_tensor(self, name: str) -> TensorProto:
        rng = self._rng
        if rng.random() < 0.6:  # a shape, an axis, a count
            values = rng.choices(DIMENSIONS, k=rng.randrange(4))
            return _integers(name, [] if len(values) == 1 and rng.random() < 0.5 else [len(values)], values)
        tensor = TensorProto(name=name, data_type=rng.choice(ELEMENT_TYPES), raw_data=rng.randbytes(rng.randrange(40)))
        tensor.dims.extend(rng.choices(DIMENSIONS, k=rng.randrange(4)))
        if rng.random() < 0.3:
            tensor.data_location = TensorProto.EXTERNAL
            tensor.external_data.add(
                key="location", value=rng.choice(("/etc/passwd", "/dev/zero", "model.safetensors"))
            )
        return tensor

    def _attribute(self, name: str, kind: int) -> AttributeProto:
        rng, is_hostile = self._rng, self._is_hostile()
        attribute = AttributeProto(name=name)
        attribute.type = rng.choice((1, 7)) if rng.random() < 0.05 * self._hostility else kind  # type: ignore[assignment]
        match attribute.type:
            case AttributeProto.FLOAT:
                attribute.f = rng.choice(FLOATS)
            case AttributeProto.INT:
                attribute.i = rng.choice(INTS if is_hostile else (0, 1, 1, 2, 4))
            case AttributeProto.STRING:
                attribute.s = rng.choice(WORDS)
            case AttributeProto.TENSOR:
                attribute.t.CopyFrom(self._hostile_tensor("") if is_hostile else _integers("", [1], [1]))
            case AttributeProto.GRAPH:
                attribute.g.CopyFrom(self._body())
            case AttributeProto.FLOATS:
                attribute.floats.extend(rng.choices(FLOATS, k=rng.randrange(4)))
            case AttributeProto.INTS:
                attribute.ints.extend(rng.choices(INTS if is_hostile else (0, 1, 2), k=rng.randrange(5)))
            case AttributeProto.STRINGS:
                attribute.strings.extend(rng.choices(WORDS, k=rng.randrange(4)))
        return attribute

    def _body(self) -> GraphProto:
        """Return a subgraph, which may contain another one."""
        body, rng = GraphProto(name="body"), self._rng
        names = [self._new_name() for _ in range(rng.choice((0, 1, 2, 2, 2, 3)))]
        known: Known = dict.fromkeys(names, "f")
        body.input.extend(helper.make_tensor_value_info(name, 1, None) for name in names)
        for _ in range(rng.randrange(1, 4)):
            self._add_node(body, known)
        outputs = [*known][-rng.randrange(1, 4) :]
        body.output.extend(helper.make_tensor_value_info(name, 1, None) for name in outputs)
        return body

    def _add_chain(self, graph: GraphProto, known: Known, length: int) -> None:
        last = "embedded"
        for _ in range(length):
            following = self._new_name()
            graph.node.append(helper.make_node("Identity", [last], [following]))
            last = following
        known[last] = "f"

    def _add_logits(self, graph: GraphProto, known: Known, num_labels: int) -> None:
        """Add logits that depend on the last tensors, most of the time in a way that runs."""
        if self._is_hostile():
            graph.node[-1].output[0] = "logits"
            return
        weights = TensorProto(name="classes", data_type=TensorProto.FLOAT, dims=[num_labels])
        weights.raw_data = self._rng.randbytes(2) * (2 * num_labels)
        graph.initializer.append(weights)
        floats = [name for name, kind in known.items() if kind == "f"]
        last = self._rng.choice(("embedded", floats[-1], floats[-1]))
        nodes = [
            helper.make_node("Flatten", [last], ["flat"], axis=1),
            helper.make_node("ReduceMax", ["flat"], ["highest"], axes=[1], keepdims=1),
            helper.make_node("Mul", ["highest", "classes"], ["logits"]),
        ]
        graph.node.extend(nodes)


def _integers(name: str, dims: list[int], values: list[int]) -> TensorProto:
    raw_data = b"".join((value % 2**64).to_bytes(8, "little") for value in values)
    return TensorProto(name=name, data_type=TensorProto.INT64, dims=dims, raw_data=raw_data)
