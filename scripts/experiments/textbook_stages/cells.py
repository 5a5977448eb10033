"""The four cells on reviews: accuracy, also by length, size, and time."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from textbook_stages.figures import LENGTHS, accuracies, name_of, parameters, percent, side_by_side
from textbook_stages.material import EXPERIMENTS, classifier_of, opened
from textbook_stages.stage import Case, Result, Stage, markdown, of

TIME = "time"


def _cases(seeds: Sequence[int]) -> Iterator[Case]:
    yield from ({"cell": cell, "seed": seed} for cell in EXPERIMENTS for seed in seeds)
    yield {"cell": TIME, "seed": seeds[0]}


def _measure(case: Case, out: Path) -> Result:
    if case["cell"] == TIME:
        return side_by_side({cell: classifier_of(out, cell, case["seed"]) for cell in EXPERIMENTS})
    model = classifier_of(out, case["cell"], case["seed"])
    encoder = opened(model)[0].encoder
    return accuracies(model) | {"weights": parameters(encoder), "kB": (model / "model.onnx").stat().st_size // 1000}


def _table(results: list[Result]) -> str:
    heads = [
        "cell",
        "accuracy %",
        *(f"{name_of(span)} words" for span in LENGTHS),
        "weights of the cell",
        "model.onnx kB",
    ]
    rows = []
    (timed,) = (result for result in results if result["cell"] == TIME)
    for cell in EXPERIMENTS:
        columns = ["accuracy", *map(name_of, LENGTHS)]
        shown = [percent(of(results, column, cell=cell)) for column in columns]
        sizes = [f"{of(results, figure, cell=cell)[0]:,}" for figure in ("weights", "kB")]
        times = [timed[kind][cell] for kind in ("training step", "prediction")]
        rows.append([f"`{cell}`", *shown, *sizes, *times])
    return markdown([*heads, "time of a training step", "of a prediction"], rows)


STAGE = Stage(seeds=(0, 1, 2), cases=_cases, measure=_measure, table=_table)
