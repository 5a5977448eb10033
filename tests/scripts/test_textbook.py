"""The stages of the textbook page measure what they say, once."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from sentiment.config import ModelConfig
from sentiment.nn import RecurrentClassifier
from textbook import STAGES
from textbook_stages import recall
from textbook_stages.gates import CLOSED, OPEN, set_gate
from textbook_stages.gradients import LARGE, by_distance, start_again
from textbook_stages.layers import layers_of, rows_of
from textbook_stages.padding import OUTPUT, STATE, scores
from textbook_stages.stage import Case, Result, Stage, run_stage
from textbook_stages.states import by_hand


def network_of(**changes: object) -> RecurrentClassifier:
    torch.manual_seed(0)
    sizes = {"embedding_size": 4, "hidden_size": 4, "bidirectional": False}
    return RecurrentClassifier(ModelConfig.model_validate(sizes | changes), 10, 2)


def some_ids(rows: int = 3, tokens: int = 6) -> torch.Tensor:
    return torch.randint(10, (rows, tokens), generator=torch.Generator().manual_seed(1))


def test_what_is_measured_is_kept_and_a_line_cut_off_is_measured_again(tmp_path: Path) -> None:
    measured = []

    def measure(case: Case, out: Path) -> Result:
        measured.append(case["n"])
        return {"square": case["n"] ** 2}

    stage = Stage((0,), lambda seeds: [{"n": n, "seed": seeds[0]} for n in (1, 2, 3)], measure, json.dumps)
    table = run_stage("squares", stage, tmp_path, None)
    assert [result["square"] for result in json.loads(table)] == [1, 4, 9]
    file = tmp_path / "squares.jsonl"
    file.write_bytes(file.read_bytes()[:-5])
    assert run_stage("squares", stage, tmp_path, None) == table
    assert measured == [1, 2, 3, 3]
    run_stage("squares", stage, tmp_path, [7])
    assert measured == [1, 2, 3, 3, 1, 2, 3]


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_is_there_and_its_cases_differ(name: str) -> None:
    stage: Stage = importlib.import_module(f"textbook_stages.{name}").STAGE
    cases = [json.dumps(case, sort_keys=True) for case in stage.cases(stage.seeds)]
    assert len(set(cases)) == len(cases) > 0


@torch.no_grad()
def test_states_by_hand_are_those_of_torch() -> None:
    network, ids = network_of(cell="rnn_tanh"), some_ids(1)
    weights = {name: value.double().numpy() for name, value in network.state_dict().items()}
    states, outputs = by_hand(weights, ids[0].tolist(), 2.0)
    np.testing.assert_allclose(states, network.encoder(network.embedding(ids))[0][0].numpy(), atol=1e-6)
    np.testing.assert_allclose(outputs[-1], (network(ids)[0] / 2.0).softmax(dim=0).numpy(), atol=1e-6)


def test_a_gradient_that_halves_at_each_step_is_measured_so() -> None:
    network = network_of(cell="rnn_relu")
    (layer,) = layers_of(network)
    with torch.no_grad():
        network.embedding.weight.abs_()
        rows_of(layer, "weight_ih", "state").abs_()
        rows_of(layer, "weight_hh", "state").copy_(0.5 * torch.eye(4))
    assert by_distance(network, some_ids(), 0) == pytest.approx([0.5**d for d in range(6)], rel=1e-2)


def test_a_larger_start_is_orthogonal_times_its_factor() -> None:
    (layer,) = layers_of(network_of(cell="gru"))
    start_again(layer, LARGE)
    for gate in ("reset", "update", "candidate"):
        hidden = rows_of(layer, "weight_hh", gate).detach()
        torch.testing.assert_close(hidden @ hidden.T, 1.5**2 * torch.eye(4))


@pytest.mark.parametrize(("bias", "value"), [(CLOSED, 0.0), (OPEN, 1.0)])
@torch.no_grad()
def test_a_forget_gate_is_set_by_hand(bias: float, value: float) -> None:
    network, ids = network_of(), some_ids()
    set_gate(network, "forget", bias)
    (layer,) = layers_of(network)
    pairs = {name: getattr(layer, name) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    step = torch.nn.LSTMCell(4, 4)
    step.load_state_dict(pairs)
    h = c = torch.zeros(3, 4)
    for x in network.embedding(ids).unbind(dim=1):
        gates = x @ step.weight_ih.T + h @ step.weight_hh.T + step.bias_ih + step.bias_hh
        kept = value * c
        h, c = step(x, (h, c))
        torch.testing.assert_close(c - kept, gates[:, :4].sigmoid() * gates[:, 8:12].tanh())


@torch.no_grad()
def test_pads_are_read_by_the_network() -> None:
    network, ids = network_of(bidirectional=True), some_ids()
    assert torch.equal(scores(network, ids, 0, STATE), network(ids))
    padded = network.encoder(torch.cat([network.embedding(ids), torch.zeros(3, 2, 4)], dim=1))
    assert torch.equal(scores(network, ids, 2, STATE), network.output(padded[1]))
    assert torch.equal(scores(network, ids, 2, OUTPUT), network.output(padded[0][:, -1]))


def test_the_task_is_to_recall_the_first_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "neutral_words", lambda: ("영화", "그냥", "이거"))
    input_ids, labels = recall.texts(50, 4, torch.Generator().manual_seed(0))
    assert torch.equal(input_ids[:, 0], labels)
    assert input_ids[:, 1:].min() == len(recall.LABEL_WORDS)
    learned = recall.learn(recall.network_for("gru", 0), 4, 0, most_steps=100)
    assert learned.accuracy > 0.99
    assert learned.steps == len(learned.norms) <= 100
