"""A hostile graph is refused in one line before onnxruntime sees it; one of an export passes."""

import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import NodeProto, TensorProto, helper, numpy_helper

from graph_mutations import mutated_graph, random_operator_graph
from sentiment.errors import ModelDirectoryError
from sentiment.inference.batching import MAX_BATCH_TOKENS
from sentiment.inference.graph import GraphError, check_graph
from sentiment.inference.graph.messages import read_model
from sentiment.inference.graph.protobuf import WireFormatError, read_fields
from sentiment.inference.network import Network

Extend = Callable[..., bytes]
BuildGraph = Callable[..., bytes]
node = helper.make_node
SQUARE = r"takes (time|memory) that grows with the square of a batch or of a text"
UNUSED = "has an operator that exports do not use"


def refusal(content: bytes) -> str:
    """What the check says of a graph, looked at as a user would see it."""
    with pytest.raises(GraphError) as caught:
        check_graph(content)
    message = str(caught.value)
    assert message.isascii()
    assert message.isprintable()
    assert len(message) < 400
    return message


def ints(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, np.int64)


class TestOperators:
    @pytest.mark.parametrize(
        ("bad", "fault"),
        [
            (node("GatherND", ["embedded", "ids"], ["bad"], batch_dims=-(2**63)), UNUSED),
            (node("RandomNormal", [], ["bad"], shape=[2**40]), UNUSED),
            (node("Bernoulli", ["embedded"], ["bad"]), UNUSED),
            (node("Expand", ["embedded", "big"], ["bad"]), UNUSED),
            (node("Tile", ["embedded", "big"], ["bad"]), UNUSED),
            (node("LayerNormalization", ["embedded", "embedded"], ["bad"]), UNUSED),
            (node("Einsum", ["embedded"], ["bad"], equation="abc->"), UNUSED),
            (node("\x1b[2J", ["embedded"], ["bad"]), r"an operator contains a character that is not printable ASCII"),
            (node("Tanh", ["embedded"], ["bad"], name="\x1b]0;owned\x07"), r"a node's name contains a character"),
            (node("Tanh", ["embedded"], ["\u202e"]), "a tensor's name contains a character that is not printable"),
            (node("Tanh", ["later"], ["bad"]), "takes 'later', which no earlier node outputs"),
            (node("Tanh", ["embedded"], ["embedded"]), "two tensors are named 'embedded'"),
            (node("Tanh", ["embedded"], ["input_ids"]), "two tensors are named 'input_ids'"),
            (node("Tanh", [], ["bad"]), "has 0 inputs"),
            (node("Tanh", [""], ["bad"]), "is missing input 0"),
            (node("Tanh", ["embedded"], ["bad", "worse"]), "declares 2 outputs, but has only 1"),
            (node("Tanh", ["embedded"], []), r"a node \(Tanh\) has no output"),
            (node("Tanh", ["embedded"], ["bad"], alpha=1.0), "has an attribute alpha that exports do not write"),
        ],
    )
    def test_what_no_export_holds(self, extended: Extend, bad: NodeProto, fault: str) -> None:
        assert re.search(fault, refusal(extended(bad, big=ints(2**40), ids=ints(0))))

    @pytest.mark.parametrize("name", ["QLinearConcat", "QMoE", "MatMulIntegerToFloat", "Tanh"])
    def test_operators_of_others(self, extended: Extend, name: str) -> None:
        bad = node(name, ["embedded"], ["bad"], domain="com.microsoft")
        assert refusal(extended(bad)) == f"it has an operator that exports do not use: com.microsoft.{name}"

    def test_the_message_names_the_node_and_the_network_tells_where(self, extended: Extend) -> None:
        content = extended(node("Loop", ["trips", "", "embedded"], ["bad"], name="bomb"), trips=ints(2**62))
        assert refusal(content) == "the node 'bomb' (Loop) has an operator that exports do not use"
        with pytest.raises(ModelDirectoryError, match=r"^a/model.onnx: the node 'bomb' .*; train the model again$"):
            Network(content, Path("a/model.onnx"), 2)

    @pytest.mark.parametrize(
        ("bad", "fault"),
        [
            (node("Mod", ["input_ids", "none"], ["bad"], fmod=0), "has a divisor that may be 0"),
            (node("Mod", ["input_ids", "input_ids"], ["bad"]), "has a divisor that may be 0"),
            (node("Mod", ["input_ids", "minus"], ["bad"]), "has a divisor that may be 0"),
            (node("Div", ["input_ids", "one"], ["bad"]), "divides integers"),
            (node("Add", ["input_ids", "embedded"], ["bad"]), "combines numbers of different types"),
            (node("Cast", ["input_ids"], ["bad"], to=TensorProto.STRING), "casts to a type (number 8)"),
            (node("Softmax", ["embedded"], ["bad"], axis=3), "has axis 3, but only 3 dimensions"),
            (node("ReduceMax", ["embedded"], ["bad"], axes=[-(2**63)]), "has axis -9223372036854775808"),
            (node("ReduceMax", ["embedded"], ["bad"], axes=[1, -2]), "has an axis twice"),
            (node("ReduceSum", ["embedded", "input_ids"], ["bad"]), "has an input 1 that is not a constant"),
            (node("CumSum", ["input_ids", "nine"], ["bad"]), "has axis 9, but only 2 dimensions"),
            (node("Transpose", ["embedded"], ["bad"], perm=[0, 0, 2]), "has a perm that is not a permutation"),
            (node("Transpose", ["embedded"], ["bad"]), "has an attribute perm that is not integers"),
            (node("Flatten", ["embedded"], ["bad"], axis=-(2**63)), "has an attribute axis that is missing, or not"),
            (node("Gather", ["embedded", "input_ids"], ["bad"], axis=7), "has axis 7, but only 3 dimensions"),
            (node("Unsqueeze", ["embedded", "nine"], ["bad"]), "has axis 9, but only 4 dimensions"),
            (node("Squeeze", ["embedded", "one"], ["bad"]), "squeezes a dimension that is not 1"),
            (node("Concat", ["embedded", "input_ids"], ["bad"], axis=0), "joins tensors of different ranks"),
            (node("Pad", ["embedded", "pads"], ["bad"]), "has pads that exports do not write"),
            (node("Pad", ["embedded", "pads"], ["bad"], mode="reflect"), "has an attribute mode that is none of"),
            (node("Slice", ["embedded", "one", "nine", "one", "nine"], ["bad"]), "starts, ends, axes and steps that"),
            (node("Split", ["embedded", "one"], ["bad"], axis=2), "splits into parts that do not add up to the whole"),
            (node("ScatterElements", ["embedded", "one", "one"], ["bad"]), "scatters values that do not match"),
            (node("Reshape", ["embedded", "nine"], ["bad"], allowzero=1), "has an attribute allowzero"),
            (node("Reshape", ["embedded", "input_ids"], ["bad"]), "has a shape that is not known before it runs"),
            (node("Reshape", ["embedded", "unknown"], ["bad"]), "has a shape with two unknown dimensions"),
            (node("Reshape", ["embedded", "sevens"], ["bad"]), "has a shape that does not match its size"),
            (node("Clip", ["embedded", "embedded"], ["bad"]), "has a bound that is not a single number"),
            (node("Gemm", ["pooled", "pooled"], ["bad"]), "multiplies matrices whose shapes do not match"),
            (node("Gemm", ["pooled", "classes"], ["bad"], alpha=float("nan")), "alpha that is not a finite number"),
            (node("MatMul", ["embedded", "embedded"], ["bad"]), "something other than a state by a matrix of weights"),
            (node("MatMulInteger", ["embedded", "classes"], ["bad"]), "multiplies numbers other than int8"),
            (node("DequantizeLinear", ["input_ids", "classes"], ["bad"]), "has an input that is not quantized"),
            (node("QuantizeLinear", ["embedded", "classes"], ["bad"]), "has scales of the wrong type or shape"),
            (node("LSTM", ["by_time", "R", "R"], ["bad"], hidden_size=3), "has an input 1 that does not match"),
            (node("LSTM", ["by_time", "W", "R"], ["bad"], hidden_size=2**40), "has an attribute hidden_size"),
            (node("LSTM", ["by_time", "W", "R"], ["bad"], hidden_size=3, direction="up"), "attribute direction"),
            (node("LSTM", ["by_time", "W", "R"], ["bad"], hidden_size=3), "has an input 1 that does not match"),
            (node("LSTM", ["by_time", "W", "R"], ["bad"], hidden_size=3, clip=1.0), "has an input 1"),
            (node("LSTM", ["by_time", "W", "R", "", "one"], ["bad"], hidden_size=3), "reads sequences of a form that"),
            (node("RNN", ["by_time", "W", "R"], ["bad"], hidden_size=3, activations=["Affine"]), "needs 1 of Tanh"),
        ],
    )
    def test_attributes_and_inputs_that_no_export_writes(self, extended: Extend, bad: NodeProto, fault: str) -> None:
        content = extended(
            bad,
            none=np.array(0),
            minus=np.array(-1),
            one=ints(1),
            nine=ints(9),
            pads=ints(0, 0, 0, 0, -1, 0),
            unknown=ints(-1, -1),
            sevens=ints(7, -1),
        )
        assert fault in refusal(content)


class TestCost:
    @pytest.mark.parametrize(
        ("nodes", "fault"),
        [
            ([node("ConstantOfShape", ["big"], ["x"], value=numpy_helper.from_array(np.zeros(1)[:1].astype("f4")))],
             "takes more time than a network of its size needs"),
            ([node("Range", ["zero", "huge", "one"], ["x"])], r"takes more (time|memory) than"),
            ([node("Unsqueeze", ["input_ids", "axis1"], ["row"]), node("Unsqueeze", ["input_ids", "axis2"], ["column"]),
              node("Equal", ["row", "column"], ["x"])], SQUARE),
            ([node("Unsqueeze", ["input_ids", "axis0"], ["row"]), node("Unsqueeze", ["input_ids", "axis1"], ["column"]),
              node("Equal", ["row", "column"], ["x"])], SQUARE),
            ([node("Gather", ["embedded", "input_ids"], ["x"], axis=1)], SQUARE),
            ([node("Shape", ["input_ids"], ["s"]), node("Concat", ["s", "s"], ["ss"], axis=0),
              node("ConstantOfShape", ["ss"], ["x"], value=numpy_helper.from_array(np.zeros(1, "f4")))], SQUARE),
            ([node("Pad", ["embedded", "pads"], ["x"])], r"takes more (time|memory) than"),
            ([node("Range", ["zero", "input_ids", "one"], ["x"])], "or no known end"),
            ([node("ReduceMax", ["input_ids"], ["last"], keepdims=0), node("Range", ["zero", "last", "one"], ["x"])],
             "or no known end"),
            ([node("Concat", [f"d{n}", f"d{n}"], [f"d{n + 1}"], axis=2) for n in range(60)],
             r"takes more (time|memory) than"),
        ],
    )  # fmt: skip
    def test_what_grows_without_bounds(self, extended: Extend, nodes: list[NodeProto], fault: str) -> None:
        content = extended(
            node("Identity", ["embedded"], ["d0"]),
            *nodes,
            big=ints(2**20, 2**20),
            zero=np.array(0),
            one=np.array(1),
            huge=np.array(2**40),
            axis0=ints(0),
            axis1=ints(1),
            axis2=ints(2),
            pads=ints(0, 0, 0, 0, 0, 2**40),
        )
        started = time.process_time()
        assert re.search(fault, refusal(content))
        assert time.process_time() - started < 5

    def test_large_products_of_numbers_that_are_not_stored(self, extended: Extend) -> None:
        one = numpy_helper.from_array(np.ones(1, np.float32))
        nodes = [node("ConstantOfShape", ["size"], ["x0"], value=one)]
        nodes += [node("MatMul", [f"x{n}", "x0"], [f"x{n + 1}"]) for n in range(3)]
        assert "takes more time than a network of its size needs" in refusal(extended(*nodes, size=ints(9_000, 9_000)))

    def test_one_matrix_may_be_multiplied_again_but_not_forever(self, extended: Extend) -> None:
        square = np.zeros((256, 256), np.float32)
        first = node("MatMul", ["embedded", "widen"], ["x0"])
        few, many = (
            extended(
                first,
                *[node("MatMul", [f"x{n}", "square"], [f"x{n + 1}"]) for n in range(count)],
                square=square,
                widen=np.zeros((4, 256), np.float32),
            )
            for count in (4, 1_000)
        )
        assert check_graph(few).num_logits == 2
        assert "takes more time than a network of its size needs" in refusal(many)

    def test_a_network_that_takes_much_gets_smaller_batches(self, extended: Extend) -> None:
        wide = [node("Concat", [f"d{n}"] * 8, [f"d{n + 1}"], axis=2) for n in range(5)]
        content = extended(node("Identity", ["embedded"], ["d0"]), *wide[:4], node("Tanh", ["d4"], ["end"]))
        bytes_per_token = sum(4 * 4 * 8**n for n in range(5)) + 4 * 4 * 8**4
        assert bytes_per_token < check_graph(content).bytes_per_token < bytes_per_token + 1_000
        assert 3_500 < Network(content, Path("model.onnx"), 2).max_batch_tokens < MAX_BATCH_TOKENS
        assert "takes more memory than a network of its size needs" in refusal(
            extended(node("Identity", ["embedded"], ["d0"]), *wide)
        )

    def test_a_long_chain(self, extended: Extend) -> None:
        chain = [node("Identity", [f"x{n}"], [f"x{n + 1}"]) for n in range(2_000)]
        assert refusal(extended(node("Identity", ["embedded"], ["x0"]), *chain)) == "it has more than 2,000 nodes"


class TestFile:
    def test_a_file_of_onnxruntime_itself(self) -> None:
        content = b"\x18\x00\x00\x00ORTM" + bytes(40)
        assert refusal(content) == "it is in onnxruntime's own format, not ONNX"

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            (lambda model: setattr(model, "ir_version", 3),
             "it has ONNX IR version 3, but exports have 8"),
            (lambda model: setattr(model.opset_import[0], "version", 22),
             "it uses the operator sets ai.onnx 22, but exports use only ai.onnx 17"),
            (lambda model: model.opset_import.append(helper.make_opsetid("com.microsoft", 1)),
             "it uses the operator sets ai.onnx 17, com.microsoft 1, but exports use only ai.onnx 17"),
            (lambda model: model.functions.add(name="f", domain="d"),
             "the file has a field (number 25) that exports do not write"),
            (lambda model: model.training_info.add(), "the file has a field (number 20) that exports do not write"),
            (lambda model: model.metadata_props.add(key="ort_config", value="{}"),
             "the file has a field (number 14) that exports do not write"),
            (lambda model: model.graph.sparse_initializer.add(dims=[2**40]),
             "a graph has a field (number 15) that exports do not write"),
            (lambda model: model.graph.value_info.add(name="embedded"),
             "a graph has a field (number 13) that exports do not write"),
            (lambda model: model.graph.initializer[0].external_data.add(key="location", value="/etc/passwd"),
             "a tensor has a field (number 13) that exports do not write"),
            (lambda model: setattr(model.graph.initializer[0], "data_location", 1),
             "a tensor has a field (number 14) that exports do not write"),
            (lambda model: model.graph.initializer.append(helper.make_tensor("w", TensorProto.STRING, [1], ["a"])),  # type: ignore[list-item]
             "a tensor has a field (number 6) that exports do not write"),
            (lambda model: setattr(model.graph.initializer[0], "data_type", TensorProto.FLOAT4E2M1),
             "the tensor 'embedding' has an element type (number 23) that exports do not use"),
            (lambda model: model.graph.initializer[0].dims.append(2**62),
             "the tensor 'embedding' has 3,200 bytes, which do not match its dimensions"),
            (lambda model: model.graph.initializer[0].dims.append(0),
             "the tensor 'embedding' is empty, or has more than 8 dimensions"),
            (lambda model: model.graph.output.add().CopyFrom(model.graph.output[0]),
             "it does not map int64 input_ids (batch, time) to float32 logits (batch, classes)"),
            (lambda model: setattr(model.graph.input[0].type.tensor_type.shape.dim[0], "dim_value", 1),
             "it does not map int64 input_ids (batch, time) to float32 logits (batch, classes)"),
            (lambda model: model.graph.node[1].attribute[0].ClearField("type"),
             "the attribute perm has no value, or one of a type that exports do not write"),
            (lambda model: setattr(model.graph.node[1].attribute[0], "f", 1.0),
             "the attribute perm has no value, or one of a type that exports do not write"),
        ],
    )  # fmt: skip
    def test_what_no_export_writes(
        self, build_graph: BuildGraph, change: Callable[[onnx.ModelProto], object], fault: str
    ) -> None:
        model = onnx.load_from_string(build_graph(200))
        change(model)
        assert refusal(model.SerializeToString()) == fault

    def test_a_second_graph_does_not_hide_behind_the_first(self, build_graph: BuildGraph) -> None:
        content = build_graph(200)
        graph = onnx.load_from_string(content).graph.SerializeToString()
        assert refusal(content + onnx.ModelProto(graph=onnx.GraphProto()).SerializeToString()) == (
            "the file has two graph fields"
        )
        assert len(graph) < len(content)

    def test_further_outputs_are_let_in_and_change_no_answer(self, build_graph: BuildGraph) -> None:
        model = onnx.load_from_string(build_graph(200))
        model.graph.output.insert(0, helper.make_tensor_value_info("states", TensorProto.FLOAT, ["t", 2, "b", 3]))
        model.graph.output.append(helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["b", 6]))
        ids = np.random.default_rng(0).integers(0, 200, (5, 9))
        plain, rich = (Network(each, Path("m"), 2) for each in (build_graph(200), model.SerializeToString()))
        np.testing.assert_array_equal(rich.prove(vocab_size=200).logits(ids), plain.logits(ids))

    @pytest.mark.parametrize(
        ("outputs", "fault"),
        [
            ([("pooled", TensorProto.FLOAT, None), ("pooled", TensorProto.FLOAT, None)], "none of its nodes computes"),
            ([("embedding", TensorProto.FLOAT, None)], "none of its nodes computes its output 'embedding'"),
            ([("input_ids", TensorProto.INT64, None)], "none of its nodes computes its output 'input_ids'"),
            ([("nothing", TensorProto.FLOAT, None)], "none of its nodes computes its output 'nothing'"),
            ([("pooled", TensorProto.INT64, None)], "its output 'pooled' is of another type than it declares"),
            ([("pooled", TensorProto.FLOAT, ["b", 7])], "its output 'pooled' has other dimensions than it declares"),
            ([("pooled", TensorProto.FLOAT, ["b"])], "its output 'pooled' has other dimensions than it declares"),
            (
                [("\x1b[2J", TensorProto.FLOAT, None)],
                "a tensor's name contains a character that is not printable ASCII",
            ),
        ],
    )
    def test_further_outputs_that_are_not_what_they_tell(
        self, build_graph: BuildGraph, outputs: list[tuple[str, int, list[str | int] | None]], fault: str
    ) -> None:
        model = onnx.load_from_string(build_graph(200))
        model.graph.output.extend(helper.make_tensor_value_info(*each) for each in outputs)
        assert fault in refusal(model.SerializeToString())

    def test_further_outputs_are_counted_like_all_tensors(self, extended: Extend) -> None:
        model = onnx.load_from_string(
            extended(*[node("Concat", [f"d{n}"] * 8, [f"d{n + 1}"], axis=2) for n in range(6)])
        )
        model.graph.node.insert(1, node("Identity", ["embedded"], ["d0"]))
        model.graph.output.append(helper.make_tensor_value_info("d6", TensorProto.FLOAT, None))
        assert "takes more memory than a network of its size needs" in refusal(model.SerializeToString())

    def test_logits_of_one_row_for_all_texts(self, build_graph: BuildGraph) -> None:
        model = onnx.load_from_string(build_graph(200))
        model.graph.node[-1].output[0] = "each"
        model.graph.node.append(node("ReduceMax", ["each"], ["logits"], axes=[0], keepdims=1))
        assert refusal(model.SerializeToString()) == (
            "it does not map int64 input_ids (batch, time) to float32 logits (batch, classes)"
        )

    def test_logits_of_another_shape_are_never_an_answer(
        self, build_graph: BuildGraph, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        network = Network(build_graph(200), Path("model.onnx"), 2)
        assert network.logits(np.array([[1, 2], [3, 4]])).shape == (2, 2)

        class OneRow:
            def run(self, *_: object) -> list[np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
                return [np.zeros((1, 2), np.float32)]

        monkeypatch.setattr(network, "_session", OneRow())
        with pytest.raises(ModelDirectoryError, match=r"its logits of 2 texts are float32 \(1, 2\), but the manifest"):
            network.logits(np.array([[1, 2], [3, 4]]))

    @pytest.mark.parametrize("error", [RuntimeError, ValueError, UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")])
    def test_whatever_the_runtime_raises_is_one_line(
        self, build_graph: BuildGraph, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        network = Network(build_graph(200), Path("model.onnx"), 2)

        class Failing:
            def run(self, *_: object) -> None:
                raise error

        monkeypatch.setattr(network, "_session", Failing())
        with pytest.raises(ModelDirectoryError, match=r"^model.onnx: onnxruntime cannot run it \(.*\); train"):
            network.logits(np.array([[1]]))

    def test_nothing_reaches_the_terminal(self, build_graph: BuildGraph, capfd: pytest.CaptureFixture[str]) -> None:
        network = Network(build_graph(3), Path("model.onnx"), 2)
        with pytest.raises(ModelDirectoryError, match="onnxruntime cannot run it"):
            network.prove(vocab_size=200)
        assert capfd.readouterr() == ("", "")


def grow_a_state(body: onnx.GraphProto) -> None:
    body.node.append(node("Concat", ["h", "h"], ["more"], axis=1))
    body.output[0].CopyFrom(helper.make_tensor_value_info("more", TensorProto.FLOAT, None))


def use_an_operator_that_is_refused(body: onnx.GraphProto) -> None:
    body.node.append(node("RandomNormalLike", ["h"], ["noise"]))


def read_the_whole_sequence_at_each_step(body: onnx.GraphProto) -> None:
    body.node.append(node("Mul", ["xs", "xs"], ["all"]))


def give_what_there_is_not(body: onnx.GraphProto) -> None:
    body.output[0].name = "nothing"


def call_an_input_as_an_outer_tensor(body: onnx.GraphProto) -> None:
    body.input[0].name = "xs"


def take_fewer_inputs(body: onnx.GraphProto) -> None:
    body.input.pop()


def tell_another_type(body: onnx.GraphProto) -> None:
    body.input[0].type.tensor_type.elem_type = TensorProto.INT64


def tell_another_size(body: onnx.GraphProto) -> None:
    body.input[0].type.tensor_type.shape.dim[1].dim_value = 7


def hold_another_scan(body: onnx.GraphProto) -> None:
    inner = onnx.GraphProto()
    inner.CopyFrom(body)
    body.node.append(node("Scan", ["h", "h"], ["inner"], num_scan_inputs=1, body=inner))


class TestScan:
    def test_a_recurrent_network_written_out_passes_and_answers(self, scan_model: onnx.ModelProto) -> None:
        content = scan_model.SerializeToString()
        network = Network(content, Path("model.onnx"), 2).prove(vocab_size=200)
        ids = np.random.default_rng(0).integers(0, 200, (5, 9))
        together = network.logits(ids)
        alone = np.concatenate([network.logits(row[np.newaxis]) for row in ids])
        np.testing.assert_allclose(together, alone, atol=1e-6)
        assert np.ptp(together) > 0.01

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            (grow_a_state, "changes the shape of a state"),
            (use_an_operator_that_is_refused, UNUSED),
            (read_the_whole_sequence_at_each_step, SQUARE),
            (give_what_there_is_not, "has a body that does not output 'nothing'"),
            (call_an_input_as_an_outer_tensor, "two tensors are named 'xs'"),
            (take_fewer_inputs, "has a body that does not fit its inputs"),
            (tell_another_type, "is of another type than it gets"),
            (tell_another_size, "has other dimensions than it gets"),
            (hold_another_scan, "its graphs are nested too deeply"),
        ],
    )
    def test_its_body_is_held_to_the_same_rules(
        self, scan_model: onnx.ModelProto, change: Callable[[onnx.GraphProto], None], fault: str
    ) -> None:
        model = onnx.ModelProto()
        model.CopyFrom(scan_model)
        scan = next(each for each in model.graph.node if each.op_type == "Scan")
        change(next(each.g for each in scan.attribute if each.name == "body"))
        assert re.search(fault, refusal(model.SerializeToString()))

    def test_many_steps_over_what_is_stored(self, scan_model: onnx.ModelProto) -> None:
        model = onnx.ModelProto()
        model.CopyFrom(scan_model)
        model.graph.initializer.append(numpy_helper.from_array(np.zeros((200_000, 1, 12), np.float32), "stored"))
        scan = next(each for each in model.graph.node if each.op_type == "Scan")
        scan.input[3] = "stored"
        assert "takes more time than a network of its size needs" in refusal(model.SerializeToString())


@settings(max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False))
def test_broken_and_random_graphs_raise_nothing_else(build_graph: BuildGraph, rng: random.Random) -> None:
    for content in (mutated_graph(build_graph(200), rng), random_operator_graph(rng, 2, 200)):
        try:
            assert check_graph(content).num_logits >= 1
        except GraphError as error:
            shown = str(error)
            assert shown.isprintable() and len(shown) < 400  # noqa: PT018


@given(st.binary(max_size=40))
def test_the_reader_agrees_with_the_one_of_onnx(content: bytes) -> None:
    """What it reads as a message, protobuf reads as well; the other way round it is stricter."""
    try:
        fields = read_fields(content, most=40)
    except WireFormatError:
        return
    if all(1 <= key >> 3 < 2**29 for key, _ in fields):
        onnx.GraphProto().ParseFromString(b"".join([b"\x7a" + bytes([len(content)]) + content]))


def test_a_message_is_read_as_it_was_written(build_graph: BuildGraph) -> None:
    content = build_graph(200)
    model, expected = read_model(memoryview(content)), onnx.load_from_string(content)
    assert (model.ir_version, model.opsets) == (8, (("", 17),))
    assert [each.operator for each in model.graph.nodes] == [each.op_type for each in expected.graph.node]
    assert [each.attributes for each in model.graph.nodes] == [
        {each.name: _plain(helper.get_attribute_value(each)) for each in one.attribute} for one in expected.graph.node
    ]
    for tensor, initializer in zip(model.graph.initializers, expected.graph.initializer, strict=True):
        assert (tensor.name, list(tensor.dims)) == (initializer.name, list(initializer.dims))
        assert np.array_equal(np.frombuffer(tensor.content, "<f4"), numpy_helper.to_array(initializer).ravel())


def _plain(value: object) -> object:
    return value.decode() if isinstance(value, bytes) else tuple(value) if isinstance(value, list) else value
