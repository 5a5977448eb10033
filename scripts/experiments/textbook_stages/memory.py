"""Long-term memory as a task: how far back each cell can learn to remember."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from textbook_stages.figures import percent
from textbook_stages.material import EXPERIMENTS
from textbook_stages.recall import learn, network_for, set_gate_bias
from textbook_stages.stage import Case, Result, Stage, markdown, of

DISTANCES = (10, 20, 50, 100)
BIASES = (0.0, 1.0, 5.0)
"""Of the forget gate at the start; `sentiment` takes 1."""


def _cases(seeds: Sequence[int]) -> Iterator[Case]:
    for cell in EXPERIMENTS:
        for bias in BIASES if cell == "lstm" else (None,):
            yield from ({"cell": cell, "bias": bias, "n": n, "seed": seed} for n in DISTANCES for seed in seeds)


def _measure(case: Case, _: Path) -> Result:
    network = network_for(case["cell"], case["seed"])
    if case["bias"] is not None:
        set_gate_bias(network, "forget", case["bias"])
    learned = learn(network, case["n"], case["seed"])
    return {"accuracy": learned.accuracy, "steps": learned.steps}


def _table(results: list[Result]) -> str:
    rows = []
    for cell, bias in dict.fromkeys((result["cell"], result["bias"]) for result in results):
        name = f"`{cell}`" if bias is None else f"`{cell}`, forget bias {bias:g}"
        shown = [percent(of(results, "accuracy", cell=cell, bias=bias, n=n)) for n in DISTANCES]
        rows.append([name, *shown])
    return markdown(["cell", *(f"n = {n}" for n in DISTANCES)], rows)


STAGE = Stage(seeds=(0, 1), cases=_cases, measure=_measure, table=_table)
