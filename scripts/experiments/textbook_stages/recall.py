"""A task that needs memory alone: the label stands at the first word, and neutral words of reviews follow."""

from collections import Counter
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from sentiment.config import ModelConfig, load_config
from sentiment.nn import RecurrentClassifier
from textbook_stages.layers import layers_of, rows_of
from textbook_stages.material import EXPERIMENTS, reviews

LABEL_WORDS = ("최악", "최고")
"""The first word of a text, by label."""
FEWEST_OCCURRENCES, MOST_IMBALANCE = 20, 0.05
"""Of a neutral word in the training reviews: occurrences, and distance of its positive share from a half."""
EMBEDDING_SIZE, HIDDEN_SIZE = 32, 64
BATCH_SIZE, TEST_TEXTS = 64, 1_000
MOST_STEPS, STEPS_BETWEEN_TESTS, LEARNED = 300, 50, 0.995


@cache
def neutral_words() -> tuple[str, ...]:
    """Return words that say nothing of the label, by their shares in the training reviews."""
    training = reviews().training
    occurrences: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for text, label in zip(training.texts, training.labels, strict=True):
        occurrences[label == "positive"].update(text.split())
    total = occurrences[True] + occurrences[False]
    frequent = [word for word, number in total.items() if number >= FEWEST_OCCURRENCES]
    return tuple(
        sorted(word for word in frequent if abs(occurrences[True][word] / total[word] - 0.5) <= MOST_IMBALANCE)
    )


def vocabulary() -> tuple[str, ...]:
    """Return the words of the task; their places are the token numbers."""
    return (*LABEL_WORDS, *neutral_words())


def texts(number: int, distance: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw texts, (number, 1 + distance), and labels."""
    labels = torch.randint(2, (number,), generator=generator)
    words = torch.randint(2, len(vocabulary()), (number, distance), generator=generator)
    return torch.cat([labels[:, None], words], dim=1), labels


def network_for(cell: str, seed: int) -> RecurrentClassifier:
    """Return a network of one layer that reads forward, with random weights."""
    torch.manual_seed(seed)
    config = ModelConfig(cell=cell, embedding_size=EMBEDDING_SIZE, hidden_size=HIDDEN_SIZE, bidirectional=False)
    return RecurrentClassifier(config, len(vocabulary()), 2)


@torch.no_grad()
def set_gate_bias(network: RecurrentClassifier, gate: str, value: float) -> None:
    """Set the bias of one gate of the only layer."""
    (layer,) = layers_of(network)
    rows_of(layer, "bias_ih", gate).fill_(value)
    rows_of(layer, "bias_hh", gate).zero_()


@dataclass(frozen=True)
class Learned:
    """What a training came to.

    Attributes:
        accuracy: On texts that were not trained on.
        steps: Taken, fewer than `MOST_STEPS` if they sufficed.
        norms: Of the gradient at each step, before clipping.
    """

    accuracy: float
    steps: int
    norms: list[float]


def learn(
    network: RecurrentClassifier,
    distance: int,
    seed: int,
    *,
    optimizer: torch.optim.Optimizer | None = None,
    clip: float | None = 1.0,
    most_steps: int = MOST_STEPS,
) -> Learned:
    """Train until the task is solved, or for `most_steps`, or until the loss is no number any more.

    Args:
        network: To train.
        distance: Neutral words behind the label.
        seed: Of the texts.
        optimizer: By default Adam with the learning rate of the cell's experiment.
        clip: Largest norm of the gradient; None for none.
        most_steps: If it is not solved before.
    """
    generator = torch.Generator().manual_seed(seed)
    optimizer = optimizer or torch.optim.Adam(network.parameters(), lr=usual_rate(network))
    norms: list[float] = []
    for step in range(1, most_steps + 1):
        input_ids, labels = texts(BATCH_SIZE, distance, generator)
        optimizer.zero_grad()
        loss = functional.cross_entropy(network.train()(input_ids), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        norms.append(float(nn.utils.clip_grad_norm_(network.parameters(), clip or float("inf"))))
        if not torch.isfinite(torch.tensor(norms[-1])):
            break
        optimizer.step()
        if step % STEPS_BETWEEN_TESTS == 0 and accuracy(network, distance) >= LEARNED:
            break
    return Learned(accuracy(network, distance), len(norms), norms)


def usual_rate(network: RecurrentClassifier) -> float:
    """Return the learning rate of the cell's experiment."""
    return load_config(EXPERIMENTS[layers_of(network)[0].cell]).config.training.learning_rate


@torch.no_grad()
def accuracy(network: RecurrentClassifier, distance: int) -> float:
    """Return the accuracy on texts of a seed of their own."""
    input_ids, labels = texts(TEST_TEXTS, distance, torch.Generator().manual_seed(2**31))
    return float((network.eval()(input_ids).argmax(dim=1) == labels).float().mean())
