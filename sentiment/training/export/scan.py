"""Export of cells without an ONNX operator: their step becomes the body of a Scan."""

from io import BytesIO
from typing import cast

import onnx
import torch
from onnx import GraphProto, ModelProto, NodeProto, compose, helper
from torch import Tensor, nn

from sentiment.cells import CELLS
from sentiment.nn.cells import STEPS_OPERATOR, TORCH_CELLS, SteppedCell


def expand_steps(model: ModelProto) -> None:
    """Replace each placeholder node for the steps of a cell with a Scan, and drop the domain of those nodes.

    The exporter's type information on intermediate results is dropped too: it could not infer their types.
    """
    domain, _, operator = STEPS_OPERATOR.partition("::")
    dims = {tensor.name: tensor.dims for tensor in model.graph.initializer}
    (opset,) = (each.version for each in model.opset_import if each.domain == "")
    for node in model.graph.node:
        if (node.domain, node.op_type) == (domain, operator):
            node.CopyFrom(_scan(node, dims[node.input[2]][1], opset))
    del model.graph.value_info[:]
    del model.opset_import[:]
    model.opset_import.append(helper.make_opsetid("", opset))


def _scan(node: NodeProto, hidden_size: int, opset: int) -> NodeProto:
    """Return a Scan over W_x x_t + b_x, (time, batch, gates * hidden_size); its body reads W_h and b_h from outside."""
    attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    name = attributes["cell"].decode()
    from_input, start, *weights = node.input
    (output,) = node.output
    num_states = CELLS[name].num_states
    return helper.make_node(
        "Scan",
        [*[start] * num_states, from_input],
        [*(f"{output}.final.{number}" for number in range(num_states)), output],
        body=_body(name, hidden_size, f"{output}.", weights, opset),
        num_scan_inputs=1,
        scan_input_directions=[attributes["backward"]],
        scan_output_directions=[attributes["backward"]],
    )


def _body(name: str, hidden_size: int, prefix: str, weights: list[str], opset: int) -> GraphProto:
    """Return the graph of one step; a prefix keeps its names distinct from those of the outer graph, visible in it."""
    cell = CELLS[name]
    rows = len(cell.gates) * hidden_size
    states = [f"state.{number}" for number in range(cell.num_states)]
    file = BytesIO()
    torch.onnx.export(
        _Step(name),
        (
            *[torch.zeros(2, hidden_size)] * cell.num_states,
            torch.zeros(2, rows),
            torch.zeros(rows, hidden_size),
            torch.zeros(rows),
        ),
        file,  # type: ignore[arg-type]  # the older exporter writes to a stream too
        input_names=[*states, "from_input", "hidden", "hidden_bias"],
        dynamic_axes={each: {0: "batch"} for each in (*states, "from_input")},
        opset_version=opset,
        dynamo=False,
    )
    graph = compose.add_prefix_graph(onnx.load_from_string(file.getvalue()).graph, prefix)
    outer = dict(zip((f"{prefix}hidden", f"{prefix}hidden_bias"), weights, strict=True))
    for node in graph.node:
        node.input[:] = [outer.get(each, each) for each in node.input]
    del graph.input[-len(outer) :]
    del graph.value_info[:]
    # The carried states and the collected outputs need separate names, or onnxruntime computes wrong results.
    collected = graph.output.add()
    collected.CopyFrom(graph.output[0])
    collected.name = f"{prefix}collected"
    graph.node.append(helper.make_node("Identity", [graph.output[0].name], [collected.name]))
    return graph


class _Step(nn.Module):
    """One step as a module: from the states, W_x x_t + b_x, W_h and b_h to the next states."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.cell = cast(SteppedCell, TORCH_CELLS[name])

    def forward(self, *arguments: Tensor) -> tuple[Tensor, ...]:
        *state, from_input, hidden, hidden_bias = arguments
        return self.cell.next_state(from_input, tuple(state), hidden, hidden_bias)
