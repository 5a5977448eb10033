"""Figures of trained networks: accuracy, also by length; parameters; and times of several, side by side."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from sentiment import Classifier
from sentiment.nn import RecurrentClassifier
from textbook_stages.material import opened, reviews

LENGTHS = ((1, 5), (6, 10), (11, 20), (21, 99))
"""Words of a review, from and to."""
TIMED_BATCH, TIMED_TOKENS, TIMED_ROUNDS = 64, 24, 15
DECIMALS = 5


def accuracies(model: Path) -> dict[str, float]:
    """Return the accuracy on the measured reviews, in all and by their number of words."""
    rows = reviews().measured
    classifier = Classifier.load(model, threads=1)
    answers = np.nan_to_num(classifier.probabilities(rows.texts)).argmax(axis=1)
    is_right = answers == np.array([classifier.labels.index(label) for label in rows.labels])
    words = np.array([len(text.split()) for text in rows.texts])
    parts = {name_of(span): is_right[(words >= span[0]) & (words <= span[1])] for span in LENGTHS}
    return {"accuracy": _mean(is_right)} | {name: _mean(part) for name, part in parts.items()}


def name_of(span: tuple[int, int]) -> str:
    """Return how a span of lengths is called."""
    return f"{span[0]} to {span[1]}"


def _mean(values: np.ndarray) -> float:
    return round(float(values.mean()), DECIMALS)


def parameters(network: nn.Module) -> int:
    """Return the number of weights."""
    return sum(parameter.numel() for parameter in network.parameters())


def side_by_side(models: Mapping[str, Path]) -> dict[str, dict[str, float]]:
    """Return how long a training step and a prediction take, relative to the first model.

    All take their turns in each round, and the median of the rounds counts, so that other processes disturb all alike.
    """
    networks = {name: opened(model)[0] for name, model in models.items()}
    classifiers = {name: Classifier.load(model, threads=1) for name, model in models.items()}
    texts = reviews().measured.texts[:500]
    steps = {name: _training_step(network) for name, network in networks.items()}
    predictions = {name: lambda one=one: one.probabilities(texts) for name, one in classifiers.items()}
    return {"training step": _ratios(steps), "prediction": _ratios(predictions)}


def _training_step(network: RecurrentClassifier) -> Callable[[], None]:
    generator = torch.Generator().manual_seed(0)
    size = (TIMED_BATCH, TIMED_TOKENS)
    input_ids = torch.randint(network.embedding.num_embeddings, size, generator=generator)
    labels = torch.randint(2, (TIMED_BATCH,), generator=generator)

    def step() -> None:
        network.zero_grad()
        functional.cross_entropy(network(input_ids), labels).backward()  # type: ignore[no-untyped-call]

    return step


def _ratios(actions: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(TIMED_ROUNDS):
        for name, action in actions.items():
            started = time.perf_counter()
            action()
            seconds[name].append(time.perf_counter() - started)
    return _to_the_first({name: statistics.median(several) for name, several in seconds.items()})


def _to_the_first(seconds: Mapping[str, float]) -> dict[str, float]:
    first = next(iter(seconds.values()))
    return {name: round(value / first, 2) for name, value in seconds.items()}


def percent(values: Sequence[float]) -> str:
    """Return the mean of shares in percent, with the lowest and the highest."""
    shown = [f"{100 * value:.1f}" for value in (statistics.mean(values), min(values), max(values))]
    return f"{shown[0]} ({shown[1]} to {shown[2]})" if len(values) > 1 else shown[0]
