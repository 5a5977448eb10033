"""Padding: what pads behind a review do to a network that never saw one, and to one that is trained with them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from sentiment.config import ModelConfig
from sentiment.nn import RecurrentClassifier
from sentiment.text.batches import equal_length_batches
from sentiment.text.encoding import encode
from textbook_stages.figures import percent
from textbook_stages.material import POSITIVE, classifier_of, opened, reviews, trained
from textbook_stages.reading import batches_of, labels_of
from textbook_stages.stage import Case, Result, Stage, markdown, of

PADS = (1, 5, 20)
DIRECTIONS = (1, 2)
STATE, OUTPUT = "final states", "output[:, -1]"
"""What the classifier sees: the last state of each direction, or the states at the last place."""
WIDTH, EPOCHS, BATCH_SIZE = 32, 2, 64
"""Of the trainings with padding: tokens that a review is filled up or cut to."""
NONE = "none"


def _cases(seeds: Sequence[int]) -> Iterator[Case]:
    for directions in DIRECTIONS:
        yield from ({"does": "predict", "directions": directions, "seed": seed} for seed in seeds)
    for directions in DIRECTIONS:
        for seen in (NONE, OUTPUT):
            yield from ({"does": "train", "directions": directions, "seen": seen, "seed": seed} for seed in seeds)


def _measure(case: Case, out: Path) -> Result:
    if case["does"] == "train":
        model = classifier_of(out, "lstm", case["seed"])
        return {"accuracy": _accuracy_trained(model, case["directions"], case["seen"], case["seed"])}
    model = model_of(out, case["directions"], case["seed"])
    network, _ = opened(model)
    figures: Result = {}
    for pads in PADS:
        for seen in (STATE, OUTPUT):
            moved, turned = [], []
            for input_ids, _ in batches_of(model, 2_000):
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


def _accuracy_trained(model: Path, directions: int, seen: str, seed: int) -> float:
    """Train an LSTM in a plain loop, with pads up to `WIDTH` or without; return its accuracy, read the same way."""
    _, tokenizer = opened(model)
    torch.manual_seed(seed)
    config = ModelConfig(embedding_size=64, hidden_size=64, bidirectional=directions == 2)
    network = RecurrentClassifier(config, tokenizer.get_vocab_size(), 2)
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    rows = reviews().training
    kept, sequences = encode(tokenizer, rows.texts, WIDTH).without_empty()
    labels = labels_of(rows)[kept]
    for epoch in range(EPOCHS):
        for chosen in equal_length_batches(sequences.lengths, BATCH_SIZE, seed, epoch):
            input_ids = torch.from_numpy(sequences.batch(chosen))
            optimizer.zero_grad()
            losses = functional.cross_entropy(_read(network, input_ids, seen), labels[chosen], reduction="sum")
            (losses / BATCH_SIZE).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    with torch.no_grad():
        right = [_read(network, input_ids, seen).argmax(1) == true for input_ids, true in batches_of(model)]
    return float(np.concatenate(right).mean())


def _read(network: RecurrentClassifier, input_ids: Tensor, seen: str) -> Tensor:
    cut = input_ids[:, :WIDTH]
    return scores(network, cut, 0 if seen == NONE else WIDTH - cut.shape[1], seen)


def _table(results: list[Result]) -> str:
    predicted = [result for result in results if result["does"] == "predict"]
    rows = []
    for directions in DIRECTIONS:
        for seen in (STATE, OUTPUT):
            shown = []
            for pads in PADS:
                moved, turned = zip(*of(predicted, f"{pads} {seen}", directions=directions), strict=True)
                shown += [f"{np.mean(moved):.3f}", percent(turned)]
            rows.append([directions, f"`{seen}`" if seen == OUTPUT else seen, *shown])
    heads = [head for pads in PADS for head in (f"{pads} pads: change", "other label %")]
    first = markdown(["directions", "the classifier sees", *heads], rows)
    trained_with = [result for result in results if result["does"] == "train"]
    rows = [
        [seen, *(percent(of(trained_with, "accuracy", directions=directions, seen=seen)) for directions in DIRECTIONS)]
        for seen in (NONE, OUTPUT)
    ]
    return first + "\n\n" + markdown(["trained with pads, read by", "1 direction, accuracy %", "2 directions"], rows)


STAGE = Stage(seeds=(0, 1), cases=_cases, measure=_measure, table=_table)
