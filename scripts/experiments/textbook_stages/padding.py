"""Padding: what pads behind a review do to the answer of a network that was trained without."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from sentiment.nn import RecurrentClassifier
from textbook_stages.figures import percent
from textbook_stages.material import POSITIVE, classifier_of, opened, trained
from textbook_stages.reading import batches_of
from textbook_stages.stage import Case, Result, Stage, markdown, of

PADS = (1, 5, 20)
DIRECTIONS = (1, 2)
STATE, OUTPUT = "final states", "output[:, -1]"
"""What the classifier sees: the last state of each direction, or the states at the last place."""
ROWS = 2_000


def _cases(seeds: Sequence[int]) -> Iterator[Case]:
    for directions in DIRECTIONS:
        yield from ({"directions": directions, "seed": seed} for seed in seeds)


def _measure(case: Case, out: Path) -> Result:
    model = model_of(out, case["directions"], case["seed"])
    network, _ = opened(model)
    figures: Result = {}
    for pads in PADS:
        for seen in (STATE, OUTPUT):
            moved, turned = [], []
            for input_ids, _ in batches_of(model, ROWS):
                plain = _positive(network, input_ids, 0, STATE)
                padded = _positive(network, input_ids, pads, seen)
                moved.append((padded - plain).abs())
                turned.append((padded > 0.5) != (plain > 0.5))
            figures[f"{pads} {seen}"] = [round(float(torch.cat(part).float().mean()), 4) for part in (moved, turned)]
    return figures


def model_of(out: Path, directions: int, seed: int) -> Path:
    """Return an LSTM of one direction or two, which is trained without pads."""
    if directions == 1:
        return classifier_of(out, "lstm", seed)
    return trained(out, "lstm-two-directions", seed, "lstm", model__bidirectional=True)


def scores(network: RecurrentClassifier, input_ids: Tensor, pads: int, seen: str) -> Tensor:
    """Return logits of texts with pads behind them, whose embedding is 0 as with torch's `padding_idx`."""
    states, final = network.encoder(functional.pad(network.embedding(input_ids), (0, 0, 0, pads)))
    logits: Tensor = network.output(states[:, -1] if seen == OUTPUT else final)
    return logits


@torch.no_grad()
def _positive(network: RecurrentClassifier, input_ids: Tensor, pads: int, seen: str) -> Tensor:
    return scores(network, input_ids, pads, seen).softmax(dim=1)[:, POSITIVE]


def _table(results: list[Result]) -> str:
    rows = []
    for directions in DIRECTIONS:
        for seen in (STATE, OUTPUT):
            shown = []
            for pads in PADS:
                moved, turned = zip(*of(results, f"{pads} {seen}", directions=directions), strict=True)
                shown += [f"{np.mean(moved):.3f}", percent(turned)]
            rows.append([directions, f"`{seen}`" if seen == OUTPUT else seen, *shown])
    heads = [head for pads in PADS for head in (f"{pads} pads: change", "other label %")]
    return markdown(["directions", "the classifier sees", *heads], rows)


STAGE = Stage(seeds=(0, 1), cases=_cases, measure=_measure, table=_table)
