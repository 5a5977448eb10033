"""Gates: what a trained LSTM does with its forget gate set to 0 or 1 by hand, and what the gate alone explains."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from sentiment.model_dir import ModelDirectory, load_weights
from sentiment.nn import RecurrentClassifier
from sentiment.numpy_network.cells import CellWeights
from sentiment.numpy_network.encoder import steps_of
from textbook_stages.figures import percent
from textbook_stages.layers import layers_of, rows_of
from textbook_stages.material import classifier_of, opened
from textbook_stages.reading import batches_of
from textbook_stages.recall import accuracy, learn, network_for
from textbook_stages.stage import Case, Result, Stage, markdown, of

CLOSED, OPEN = -30.0, 30.0
"""Biases whose sigmoid is 0 and 1 to the last bit of float32, or nearly."""
HANDS: dict[str, tuple[str, float] | None] = {
    "as trained": None,
    "forget = 0": ("forget", CLOSED),
    "forget = 1": ("forget", OPEN),
}
LEARNED_DISTANCE, TESTED_DISTANCES = 20, (20, 100)
INSIDE = "inside"
LOOKED_AT = (1, 2, 5, 10, 15)
ROWS, FEWEST_TOKENS = 2_000, 16


def _cases(seeds: Sequence[int]) -> Iterator[Case]:
    yield from ({"hand": hand, "seed": seed} for hand in HANDS for seed in seeds)
    yield from ({"hand": INSIDE, "seed": seed} for seed in seeds)


def _measure(case: Case, out: Path) -> Result:
    model = classifier_of(out, "lstm", case["seed"])
    if case["hand"] == INSIDE:
        return _inside(model, case["seed"])
    network, _ = opened(model)
    recalling = network_for("lstm", case["seed"])
    learn(recalling, LEARNED_DISTANCE, case["seed"])
    if (hand := HANDS[case["hand"]]) is not None:
        set_gate(network, *hand)
        set_gate(recalling, *hand)
    with torch.no_grad():
        right = [network(input_ids).argmax(1) == labels for input_ids, labels in batches_of(model, ROWS)]
    return {"reviews": float(torch.cat(right).float().mean())} | {
        f"n = {distance}": accuracy(recalling, distance) for distance in TESTED_DISTANCES
    }


@torch.no_grad()
def set_gate(network: RecurrentClassifier, gate: str, bias: float) -> None:
    """Fix a gate of a network of one layer: with no weights, it is the sigmoid of its bias at every word."""
    (layer,) = layers_of(network)
    for name in ("weight_ih", "weight_hh", "bias_hh"):
        rows_of(layer, name, gate).zero_()
    rows_of(layer, "bias_ih", gate).fill_(bias)


def _inside(model: Path, seed: int) -> Result:
    """Look at the gates of reviews, and at what is left of a change of the first word.

    The first word is replaced by that of another review. `change` is how far c then differs after d more words, over
    how far it differed after the first; `forget` is what the products of the forget gates alone leave of it.
    """
    weights = load_weights(ModelDirectory.open(model), "delete it, so that it is trained again")
    layer = "encoder.layers.0."
    cell = CellWeights(*(weights[layer + name] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")))
    rng = np.random.default_rng(seed)
    kept: dict[str, list[np.ndarray]] = {name: [] for name in ("forget", "written", "forgotten")}
    left: dict[int, list[tuple[float, float]]] = {distance: [] for distance in LOOKED_AT}
    for input_ids, _ in batches_of(model, ROWS):
        if input_ids.shape[1] < FEWEST_TOKENS or len(input_ids) < 2:
            continue
        other = input_ids.numpy().copy()
        other[:, 0] = rng.permutation(other[:, 0])
        before = start = remains = np.zeros(1)
        steps = (steps_of("lstm", cell, weights["embedding.weight"][ids]) for ids in (input_ids.numpy(), other))
        for (place, gates, state), (_, _, changed) in zip(*steps, strict=True):
            input_gate, forget, candidate, _ = gates
            difference = changed[1] - state[1]
            if place == 0:
                start = remains = difference
            else:
                remains = remains * forget
                kept["forget"].append(forget.ravel())
                kept["written"].append(np.abs(input_gate * candidate).ravel())
                kept["forgotten"].append(np.abs((1 - forget) * before).ravel())
            if place in LOOKED_AT:
                norms = [np.linalg.norm(values, axis=1) for values in (difference, remains, start)]
                is_changed = norms[2] > 0
                left[place] += np.stack([norms[0] / norms[2].clip(1e-9), norms[1] / norms[2].clip(1e-9)], 1)[
                    is_changed
                ].tolist()
            before = state[1]
    values = {name: np.concatenate(parts) for name, parts in kept.items()}
    return {
        "mean": round(float(values["forget"].mean()), 4),
        "lowest": float(f"{values['forget'].min():.2g}"),
        "highest": round(float(values["forget"].max()), 5),
        "below 0.1": round(float((values["forget"] < 0.1).mean()), 4),
        "above 0.9": round(float((values["forget"] > 0.9).mean()), 4),
        "written": round(float(values["written"].mean()), 4),
        "forgotten": round(float(values["forgotten"].mean()), 4),
        "change": [round(float(np.mean(left[distance], axis=0)[0]), 4) for distance in LOOKED_AT],
        "forget": [round(float(np.mean(left[distance], axis=0)[1]), 4) for distance in LOOKED_AT],
    }


def _table(results: list[Result]) -> str:
    columns = ["reviews", *(f"n = {distance}" for distance in TESTED_DISTANCES)]
    rows = [[hand, *(percent(of(results, column, hand=hand)) for column in columns)] for hand in HANDS]
    tables = [markdown(["LSTM", "reviews, accuracy %", *(f"memory task, {column}" for column in columns[1:])], rows)]
    inside = [result for result in results if result["hand"] == INSIDE]
    figures = ("mean", "lowest", "highest", "below 0.1", "above 0.9", "forgotten", "written")
    tables.append(
        markdown(
            ["seed", *(f"forget gate: {name}" if name not in figures[5:] else f"mean {name}" for name in figures)],
            [[result["seed"], *(result[name] for name in figures)] for result in inside],
        )
    )
    rows = [
        [name, *(f"{np.mean([result[key][place] for result in inside]):.3f}" for place in range(len(LOOKED_AT)))]
        for name, key in (("change of c left", "change"), ("left by the forget gates alone", "forget"))
    ]
    tables.append(markdown(["", *(f"after {distance} words" for distance in LOOKED_AT)], rows))
    return "\n\n".join(tables)


STAGE = Stage(seeds=(0, 1), cases=_cases, measure=_measure, table=_table)
