"""Stacks of one to four layers: accuracy, time, and the gradient that reaches each layer."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from sentiment.config import ModelConfig
from sentiment.nn import RecurrentClassifier
from textbook_stages.figures import accuracies, parameters, percent, side_by_side
from textbook_stages.layers import layers_of
from textbook_stages.material import opened, trained
from textbook_stages.reading import batches_of
from textbook_stages.stage import Case, Result, Stage, markdown, of

DEPTHS = (1, 2, 3, 4)
GRADIENT_ROWS = 512
TIME = "time"


def _cases(seeds: Sequence[int]) -> Iterator[Case]:
    yield from ({"layers": layers, "seed": seed} for layers in DEPTHS for seed in seeds)
    yield {"layers": TIME, "seed": seeds[0]}


def model_of(out: Path, layers: int, seed: int) -> Path:
    """Return an LSTM of some layers; that of one is also a model of the stage `cells`."""
    return trained(out, "lstm" if layers == 1 else f"lstm-{layers}-layers", seed, "lstm", model__num_layers=layers)


def _measure(case: Case, out: Path) -> Result:
    if case["layers"] == TIME:
        return side_by_side({str(layers): model_of(out, layers, case["seed"]) for layers in DEPTHS})
    model = model_of(out, case["layers"], case["seed"])
    network, _ = opened(model)
    torch.manual_seed(case["seed"])
    config = ModelConfig(embedding_size=64, hidden_size=64, num_layers=case["layers"], bidirectional=False)
    fresh = RecurrentClassifier(config, network.embedding.num_embeddings, 2)
    return {
        "accuracy": accuracies(model)["accuracy"],
        "weights": parameters(network.encoder),
        "alike": _likeness(network),
        "gradients at the start": _gradients(fresh, model),
        "gradients after training": _gradients(network, model),
    }


def _gradients(network: RecurrentClassifier, model: Path) -> list[float]:
    """Return the norm of the loss's gradient by each layer's recurrent weights, over that of the last layer."""
    network.zero_grad()
    for input_ids, labels in batches_of(model, GRADIENT_ROWS):
        loss = functional.cross_entropy(network(input_ids), labels, reduction="sum")
        loss.backward()  # type: ignore[no-untyped-call]
    norms = [float(cast(Tensor, cast(Tensor, layer.weight_hh).grad).norm()) for layer in layers_of(network)]
    return [round(norm / norms[-1], 3) for norm in norms]


def _likeness(network: RecurrentClassifier) -> float | None:
    """Return the correlation of the recurrent weights of the first two layers, which is 1 if they are the same."""
    hidden = [cast(Tensor, layer.weight_hh).detach().flatten() for layer in layers_of(network)[:2]]
    return round(float(torch.corrcoef(torch.stack(hidden))[0, 1]), 3) if len(hidden) == 2 else None


def _table(results: list[Result]) -> str:
    heads = ["layers", "accuracy %", "weights of the cells", "time of a training step", "of a prediction"]
    moments = ("gradients at the start", "gradients after training")
    rows = []
    (timed,) = (result for result in results if result["layers"] == TIME)
    for layers in DEPTHS:
        weights = f"{of(results, 'weights', layers=layers)[0]:,}"
        by_layer = [
            ", ".join(f"{norm:.2f}" for norm in np.mean(of(results, moment, layers=layers), axis=0))
            for moment in moments
        ]
        times = [timed[kind][str(layers)] for kind in ("training step", "prediction")]
        rows.append([layers, percent(of(results, "accuracy", layers=layers)), weights, *times, *by_layer])
    alike = [f"{value:+.3f}" for layers in DEPTHS[1:] for value in of(results, "alike", layers=layers)]
    return markdown([*heads, *moments], rows) + f"\n\ncorrelation of W_hh of layers 1 and 2: {', '.join(alike)}"


STAGE = Stage(seeds=(0, 1), cases=_cases, measure=_measure, table=_table)
