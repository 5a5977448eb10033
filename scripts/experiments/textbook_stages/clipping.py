"""Exploding gradients and what clipping does, on the task of `recall` with plain gradient descent."""

import statistics
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path

import torch

from textbook_stages.figures import percent
from textbook_stages.gradients import HERE, LARGE, start_again
from textbook_stages.layers import layers_of
from textbook_stages.recall import learn, network_for
from textbook_stages.stage import Case, Result, Stage, markdown, of

DISTANCE, STEPS, LEARNING_RATE = 40, 300, 0.5
CLIP = 1.0


def _cases(seeds: Sequence[int]) -> Iterator[Case]:
    for cell in ("rnn_relu", "rnn_tanh", "lstm"):
        for start in (HERE, LARGE):
            for clip in (None, CLIP):
                yield from ({"cell": cell, "start": start, "clip": clip, "seed": seed} for seed in seeds)


def _measure(case: Case, _: Path) -> Result:
    network = network_for(case["cell"], case["seed"])
    start_again(layers_of(network)[0], case["start"])
    optimizer = torch.optim.SGD(network.parameters(), lr=LEARNING_RATE)
    learned = learn(network, DISTANCE, case["seed"], optimizer=optimizer, clip=case["clip"], most_steps=STEPS)
    finite = [norm for norm in learned.norms if isfinite(norm)]
    return {
        "accuracy": learned.accuracy,
        "steps": learned.steps,
        "largest": float(f"{max(finite, default=0.0):.3g}"),
        "median": float(f"{statistics.median(finite or [0.0]):.3g}"),
        "diverged": len(finite) < len(learned.norms),
    }


def _table(results: list[Result]) -> str:
    rows = []
    for cell, start, clip in dict.fromkeys((result["cell"], result["start"], result["clip"]) for result in results):
        case = {"cell": cell, "start": start, "clip": clip}
        diverged = of(results, "diverged", **case)
        rows.append(
            [
                f"`{cell}`",
                start,
                "no" if clip is None else f"{clip:g}",
                f"{max(of(results, 'largest', **case)):.2g}",
                f"{sum(diverged)} of {len(diverged)}",
                percent(of(results, "accuracy", **case)),
            ]
        )
    heads = ["cell", "start of W_hh", "clipped at", "largest norm of a gradient", "became infinite or NaN"]
    return markdown([*heads, "accuracy %"], rows)


STAGE = Stage(seeds=(0, 1, 2), cases=_cases, measure=_measure, table=_table)
