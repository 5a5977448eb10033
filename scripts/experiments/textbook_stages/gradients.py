"""How much of the gradient of the last state reaches a word, by its distance from the end."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from sentiment.cells import CELLS
from sentiment.config import ModelConfig
from sentiment.nn import RecurrentClassifier, RecurrentLayer
from textbook_stages.layers import layers_of, rows_of
from textbook_stages.material import EXPERIMENTS, classifier_of, opened, reviews
from textbook_stages.pictures import draw_lines
from textbook_stages.stage import Case, Result, Stage, markdown, of

TEXTS, TOKENS = 64, 101
SHOWN = (1, 5, 10, 20, 50, 100)
TORCH, HERE, LARGE, TRAINED = "uniform", "sentiment", "1.5 × orthogonal", "trained"
STARTS = (TORCH, HERE, LARGE, TRAINED)
FACTOR = 1.5


def _cases(seeds: Sequence[int]) -> Iterator[Case]:
    for start in STARTS:
        yield from ({"start": start, "cell": cell, "seed": seed} for cell in EXPERIMENTS for seed in seeds)


def _measure(case: Case, out: Path) -> Result:
    model = classifier_of(out, case["cell"], case["seed"])
    network, tokenizer = opened(model)
    joined = tokenizer.encode(" ".join(reviews().measured.texts[:2_000]), add_special_tokens=False).ids
    input_ids = torch.tensor(joined[: TEXTS * TOKENS]).view(TEXTS, TOKENS)
    if case["start"] != TRAINED:
        torch.manual_seed(case["seed"])
        config = ModelConfig(cell=case["cell"], embedding_size=64, hidden_size=64, bidirectional=False)
        network = RecurrentClassifier(config, tokenizer.get_vocab_size(), 2)
        start_again(layers_of(network)[0], case["start"])
    return {"relative": by_distance(network, input_ids, case["seed"])}


@torch.no_grad()
def start_again(layer: RecurrentLayer, start: str) -> None:
    """Draw the weights of a layer in another way.

    Args:
        layer: With the weights that `sentiment` draws.
        start: `TORCH` draws all of them as torch.nn.LSTM and its siblings do, `LARGE` the recurrent ones orthogonal,
            times `FACTOR`; `HERE` leaves them.
    """
    bound = layer.hidden_size**-0.5
    if start == TORCH:
        for parameter in layer.parameters():
            nn.init.uniform_(parameter, -bound, bound)
    if start == LARGE:
        for gate in CELLS[layer.cell].gates:
            nn.init.orthogonal_(rows_of(layer, "weight_hh", gate), gain=FACTOR)


def by_distance(network: RecurrentClassifier, input_ids: Tensor, seed: int) -> list[float]:
    """Return the norm of the gradient of v · h_T by x_(T-d), for d = 0, 1, ..., over that for d = 0.

    The mean over texts; v is drawn at random, so that it is about the state and not about a label.
    """
    embedded = network.embedding(input_ids).detach().requires_grad_()
    final = network.encoder(embedded)[1]
    direction = torch.randn(final.shape[1], generator=torch.Generator().manual_seed(seed))
    (final @ direction).sum().backward()
    assert embedded.grad is not None
    norms = embedded.grad.double().norm(dim=2).mean(dim=0).flip(0)
    return [float(f"{value:.3g}") for value in (norms / norms[0]).tolist()]


def _mean(results: list[Result], **case: object) -> np.ndarray:
    """Return the geometric mean over seeds, by distance; 1e-45 stands for what float32 can't hold."""
    curves = np.maximum(np.array(of(results, "relative", **case)), 1e-45)
    mean: np.ndarray = np.exp(np.log(curves).mean(axis=0))
    return mean


def _table(results: list[Result]) -> str:
    heads = ["start", "cell", *(f"d = {distance}" for distance in SHOWN)]
    rows = []
    for start in STARTS:
        for cell in EXPERIMENTS:
            curve = _mean(results, start=start, cell=cell)
            rows.append([start, f"`{cell}`", *(f"{curve[distance]:.1g}" for distance in SHOWN)])
    return markdown(heads, rows)


def _picture(results: list[Result]) -> bytes:
    panels = {
        start: {cell: _mean(results, start=start, cell=cell).tolist() for cell in EXPERIMENTS} for start in STARTS
    }
    return draw_lines(
        panels, "distance d from the last token", "gradient, relative to d = 0", lowest=1e-12, highest=1e4
    )


STAGE = Stage(seeds=(0, 1), cases=_cases, measure=_measure, table=_table, picture=_picture)
