"""Check a whole graph: every node by the rule of its operator, and their total cost by the ledger."""

from typing import NamedTuple

from sentiment.inference.ends import INPUT, OUTPUT
from sentiment.inference.graph.facts import Call, Facts, facts_of
from sentiment.inference.graph.faults import GraphError, shown
from sentiment.inference.graph.ledger import WORK_PER_ELEMENT, WORK_PER_NODE, Ledger
from sentiment.inference.graph.messages import (
    FLOAT,
    INT64,
    ITEM_BYTES,
    MAX_NODES,
    Graph,
    Model,
    Node,
    Value,
    read_model,
)
from sentiment.inference.graph.operators import OPSET, RULES, multiplications, scratch, touched
from sentiment.inference.graph.sizes import BATCH, ONE, TIME, Size

MAX_BYTES = 2**31 - 1
"""The largest file that onnxruntime reads."""
IR_VERSIONS = range(7, 11)

_OTHER_ENDS = "it does not map int64 input_ids (batch, time) to float32 logits (batch, classes)"
_ORT_FORMAT = slice(4, 8), b"ORTM"


class Checked(NamedTuple):
    """The output and the memory of a graph that passed.

    Attributes:
        num_logits: Logits per text.
        bytes_per_token: Upper bound on the memory for one token of one text.
    """

    num_logits: int
    bytes_per_token: int


def check_graph(content: bytes) -> Checked:
    """Check that a file is an ONNX graph like an export's, from `input_ids` to `logits` and any further outputs.

    A graph that passes has no operator outside `RULES`, refers to no other file, and has bounded memory and time per
    token of a text: onnxruntime can run it safely.

    Raises:
        GraphError: It is not; the message names what is refused.
    """
    if len(content) > MAX_BYTES:
        raise GraphError("it is larger than 2 GiB")
    place, magic = _ORT_FORMAT
    if content[place] == magic:
        raise GraphError("it is in onnxruntime's own format, not ONNX")
    model = read_model(memoryview(content))
    _check_versions(model)
    _check_ends(model.graph)
    ledger = Ledger(len(content))
    num_logits = _Walk(ledger).follow_whole(model.graph)
    return Checked(num_logits, ledger.bytes_per_token)


def _check_versions(model: Model) -> None:
    if model.ir_version not in IR_VERSIONS:
        raise GraphError(f"it has ONNX IR version {model.ir_version}, but exports have 8")
    if model.opsets != (("", OPSET),):
        operator_sets = ", ".join(f"{domain or 'ai.onnx'} {version}" for domain, version in model.opsets) or "none"
        raise GraphError(f"it uses the operator sets {shown(operator_sets)}, but exports use only ai.onnx {OPSET}")


def _check_ends(graph: Graph) -> None:
    """Check the declared types and shapes of the input and of `logits`."""
    inputs = [(each.name, each.element_type, each.dims) for each in graph.inputs]
    logits = [each.element_type for each in graph.outputs if each.name == OUTPUT]
    if inputs != [(INPUT, INT64, (None, None))] or logits != [FLOAT]:
        raise GraphError(_OTHER_ENDS)


class _Walk:
    """Follows the nodes in order, and stores what is known of each tensor."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._num_nodes = 0

    def follow_whole(self, graph: Graph) -> int:
        """Follow a graph from its input to its output, and return its number of logits per text."""
        known = {INPUT: Facts(INT64, (BATCH, TIME))}
        self._follow(graph, known, runs=ONE)
        _check_outputs(graph, known)
        logits = known.get(OUTPUT)
        if logits is None or logits.element_type != FLOAT or logits.rank != 2 or logits.dims[0] != BATCH:
            raise GraphError(_OTHER_ENDS)
        if not logits.dims[1].is_exact or not logits.dims[1].is_fixed:
            raise GraphError(_OTHER_ENDS)
        return logits.dims[1].factor

    def _follow(self, graph: Graph, known: dict[str, Facts], runs: Size) -> None:
        """Follow the nodes of a graph that runs `runs` times, and add their outputs to `known`."""
        for tensor in graph.initializers:
            _name(known, tensor.name, facts_of(tensor))
        for node in graph.nodes:
            self._num_nodes += 1
            if self._num_nodes > MAX_NODES:
                raise GraphError(f"it has more than {MAX_NODES:,} nodes")
            call = Call(node, [_known(known, name, node) for name in node.inputs])
            results = self._scan(call, known, runs) if node.operator == "Scan" else self._results(call, runs)
            call.finish(results)
            for result in results:
                self._ledger.add_memory(result.elements, ITEM_BYTES[result.element_type], node)
            for name, result in zip(node.outputs, results, strict=False):
                if name:
                    _name(known, name, result)

    def _results(self, call: Call, runs: Size) -> list[Facts]:
        """Return the outputs of an operator, and count its cost."""
        rule = RULES.get(call.node.operator)
        if rule is None:
            call.refuse("has an operator that exports do not use")
        if not rule.least_inputs <= len(call.inputs) <= rule.most_inputs:
            call.refuse(f"has {len(call.inputs)} inputs")
        results = rule.results(call)
        self._ledger.add_work(runs, WORK_PER_NODE, call.node)
        if products := multiplications(call, results):
            self._ledger.add_work(products * runs, 1, call.node)
        for elements in touched(call, results):
            self._ledger.add_work(elements if runs is ONE else elements * runs, WORK_PER_ELEMENT, call.node)
        if floats := scratch(call, results):
            self._ledger.add_memory(floats, ITEM_BYTES[FLOAT], call.node)
        return results

    def _scan(self, call: Call, known: dict[str, Facts], runs: Size) -> list[Facts]:
        """Follow a Scan into its body: states that keep their shape, and slices of sequences along their first axis."""
        body = call.body("body")
        num_sequences = call.integer("num_scan_inputs", None, 1, len(call.inputs))
        num_states = len(call.inputs) - num_sequences
        _check_directions(call, "scan_input_directions", num_sequences)
        _check_directions(call, "scan_output_directions", len(body.outputs) - num_states)
        given = [call[place] for place in range(len(call.inputs))]
        states, sequences = given[:num_states], given[num_states:]
        if len(body.inputs) != len(given) or len(body.outputs) < num_states or not all(each.rank for each in sequences):
            call.refuse("has a body that does not fit its inputs")
        steps = sequences[0].dims[0]
        if not steps.is_exact or any(each.dims[0] != steps for each in sequences):
            call.refuse("reads sequences of different lengths")
        inner = dict(known)
        slices = [Facts(each.element_type, each.dims[1:]) for each in sequences]
        fresh = [Facts(state.element_type, state.dims) for state in states]
        for value, given_facts in zip(body.inputs, (*fresh, *slices), strict=True):
            if fault := _fault_of_value(value, given_facts):
                call.refuse(f"has a body whose {fault} than it gets")
            _name(inner, value.name, given_facts)
        self._follow(body, inner, runs * steps)
        results = []
        for place, value in enumerate(body.outputs):
            facts = inner.get(value.name)
            if facts is None:
                call.refuse(f"has a body that does not output {shown(value.name)!r}")
            if fault := _fault_of_value(value, facts):
                call.refuse(f"has a body whose {fault} than it gets")
            is_state = place < num_states
            if is_state and (facts.element_type, facts.dims) != (states[place].element_type, states[place].dims):
                call.refuse("changes the shape of a state")
            results.append(fresh[place] if is_state else Facts(facts.element_type, (steps, *facts.dims)))
        return results


def _check_directions(call: Call, name: str, count: int) -> None:
    directions = call.integers(name, (0,) * max(0, count))
    if len(directions) != count or not set(directions) <= {0, 1}:
        call.refuse(f"needs {count} of 0 and 1 as its attribute {name}")


def _check_outputs(graph: Graph, known: dict[str, Facts]) -> None:
    """Accept outputs other than `logits` if a node computes each, with the declared type and size."""
    given = {name for node in graph.nodes for name in node.outputs}
    for value in graph.outputs:
        if value.name not in given:
            raise GraphError(f"none of its nodes computes its output {shown(value.name)!r}")
        given.remove(value.name)
        if fault := _fault_of_value(value, known[value.name]):
            raise GraphError(f"its output {fault} than it declares")


def _fault_of_value(value: Value, facts: Facts) -> str | None:
    """Compare the declaration of an input or output with what is known of it."""
    if value.element_type not in (None, facts.element_type):
        return f"{shown(value.name)!r} is of another type"
    declared = zip(value.dims or (), facts.dims, strict=False)
    is_rank_other = value.dims is not None and len(value.dims) != facts.rank
    if is_rank_other or any(dim is not None and not size.is_exactly(dim) for dim, size in declared):
        return f"{shown(value.name)!r} has other dimensions"
    return None


def _known(known: dict[str, Facts], name: str, node: Node) -> Facts | None:
    if not name:
        return None
    if name not in known:
        raise GraphError(f"{shown(str(node))} takes {shown(name)!r}, which no earlier node outputs")
    return known[name]


def _name(known: dict[str, Facts], name: str, facts: Facts) -> None:
    if not name or name in known:
        raise GraphError(f"two tensors are named {shown(name)!r}")
    known[name] = facts
