r"""Train an experiment and its variations with the real command, and print the contribution of each part.

    python scripts/experiments/ablation.py scripts/experiments/ablation.yaml --from runs/encoder --seeds 0 1 2 \
        --out runs/ablation

Finished trainings are not repeated and interrupted ones are resumed, so the table can be made in several sessions;
--finished prints it for the finished ones, and trains nothing. Accuracies are on the validation rows, or with --test on
the test rows. The interval of a difference is over rows, with the predictions of all seeds averaged; the variation
between seeds is shown by the spread.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt
from pathlib import Path
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from ablation_plan import Experiment, Plan
from sentiment import Classifier
from sentiment.data import LabelledTexts
from sentiment.errors import DataError
from sentiment.evaluation.rows import number_labels
from sentiment.evaluation.training_origin import TrainingOrigin
from sentiment.model_dir import ModelDirectory
from sentiment.probabilities import most_probable
from trainings import failures_end_the_script, train_to_end, wall_seconds

COLUMNS = ("variation", "seeds", "{} accuracy %", "lowest to highest", "difference in points (95 % interval)", "min")


@dataclass(frozen=True)
class Outcome:
    """The results of the finished runs of an experiment.

    Attributes:
        experiment: the experiment.
        seeds: of the runs.
        correct: (seeds, rows), whether each prediction is right.
        rows_sha256: of the predicted rows.
        minutes: mean duration of a training; None if all were interrupted.
    """

    experiment: Experiment
    seeds: tuple[int, ...]
    correct: NDArray[np.bool_]
    rows_sha256: str
    minutes: float | None


def difference(correct: NDArray[np.bool_], base: NDArray[np.bool_]) -> tuple[float, tuple[float, float]]:
    """Return the accuracy of a variation minus that of the base, and its paired 95 % interval over the rows.

    The interval is that of `compare_paired` (Bonett and Price 2012), which adds a row for and a row against, with the
    predictions of several seeds averaged for each row: seeds share the rows, so their predictions are not independent.

    Args:
        correct: (seeds, rows), whether the variation is right.
        base: (seeds, rows), the same for the base, on the same rows; the number of seeds may differ.
    """
    by_row = correct.mean(axis=0) - base.mean(axis=0)
    adjusted = np.concatenate([by_row, [1.0, -1.0]])
    margin = NormalDist().inv_cdf(0.975) * float(adjusted.std()) / sqrt(len(adjusted))
    centre = float(adjusted.mean())
    return float(by_row.mean()), (max(centre - margin, -1.0), min(centre + margin, 1.0))


def table_row(outcome: Outcome, base: Outcome) -> str:
    """Return a row of the table."""
    accuracies = [100 * accuracy for accuracy in outcome.correct.mean(axis=1)]
    gain, (low, high) = difference(outcome.correct, base.correct)
    cells = [
        outcome.experiment.name,
        ", ".join(map(str, outcome.seeds)),
        f"{statistics.mean(accuracies):.2f}",
        f"{min(accuracies):.2f} to {max(accuracies):.2f}",
        "" if outcome is base else f"{100 * gain:+.2f} ({100 * low:+.2f} to {100 * high:+.2f})",
        "cut off" if outcome.minutes is None else f"{outcome.minutes:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


@dataclass(frozen=True)
class Scope:
    """The rows to predict.

    Attributes:
        split: validation or test.
        limit: use only this many first rows; None for all.
    """

    split: str
    limit: int | None


def answer(experiment: Experiment, seeds: Sequence[int], out: Path, scope: Scope) -> Outcome | None:
    """Evaluate the finished runs of an experiment; None if there is none."""
    finished = {seed: model for seed in seeds if (model := out / experiment.run_name(seed)).exists()}
    if not finished:
        return None
    rows = _rows(TrainingOrigin.read(ModelDirectory.open(next(iter(finished.values())))), scope.split)
    correct = np.stack([_correct(model, rows, scope.limit) for model in finished.values()])
    seconds = [taken for model in finished.values() if (taken := wall_seconds(model)) is not None]
    minutes = statistics.mean(seconds) / 60 if seconds else None
    return Outcome(experiment, tuple(finished), correct, rows.sha256, minutes)


def _correct(model: Path, rows: LabelledTexts, limit: int | None) -> NDArray[np.bool_]:
    """Return whether a model is right on each row; a row without a prediction counts as wrong."""
    classifier = Classifier.load(model)
    probabilities = classifier.probabilities(rows.texts[:limit])
    answered = ~np.isnan(probabilities[:, 0])
    truth = number_labels(rows, classifier.labels)[:limit]
    return np.asarray(answered & (most_probable(probabilities) == truth))


@cache
def _rows(origin: TrainingOrigin, split: str) -> LabelledTexts:
    splits = origin.load(lambda _: None)
    rows = splits.test if split == "test" else splits.validation
    if rows is None or not rows.texts:
        raise DataError(f"{splits.source}: there are no {split} rows to compare on")
    return rows


def table(outcomes: Sequence[Outcome], split: str) -> str:
    """Return the table; the first outcome is the base's.

    Raises:
        DataError: two were not measured on the same rows.
    """
    base = outcomes[0]
    for outcome in outcomes:
        if outcome.rows_sha256 != base.rows_sha256:
            raise DataError(f"{outcome.experiment.name}: has other {split} rows than the base; leave the data as it is")
    header = f"| {' | '.join(COLUMNS).format(split)} |\n|{' --- |' * len(COLUMNS)}"
    return "\n".join([header, *(table_row(outcome, base) for outcome in outcomes)])


def train_all(experiments: Sequence[Experiment], seeds: Sequence[int], out: Path) -> None:
    """Train unfinished runs: all with the first seed, then all with the next, so that partial results are useful."""
    runs = [(experiment, seed) for seed in seeds for experiment in experiments]
    for number, (experiment, seed) in enumerate(runs, start=1):
        print(f"{number} of {len(runs)}: {experiment.name}, seed {seed}", file=sys.stderr, flush=True)
        train_to_end(out / experiment.run_name(seed), experiment.arguments(seed))


def run(arguments: argparse.Namespace) -> None:
    """Train and print the table."""
    plan = Plan.read(arguments.plan)
    experiments = plan.experiments(arguments.start, arguments.settings)
    if not arguments.finished:
        train_all(experiments, arguments.seeds, arguments.out)
    scope = Scope("test" if arguments.test else "validation", arguments.rows)
    answers = [answer(experiment, arguments.seeds, arguments.out, scope) for experiment in experiments]
    if answers[0] is None:
        raise DataError(f"{arguments.out}: no run of the base has ended, so there is nothing to compare with")
    print(table([outcome for outcome in answers if outcome is not None], scope.split))


def main() -> None:
    """Run the script; a user error is one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path, help="a YAML file such as scripts/experiments/ablation.yaml")
    parser.add_argument("--from", dest="start", metavar="DIR|NAME", help="starting point of the base")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE", help="for all runs")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=Path("runs/ablation"), help="the folder of the runs")
    parser.add_argument("--test", action="store_true", help="measure on the test rows, after all choices are made")
    parser.add_argument("--finished", action="store_true", help="print the table of finished runs, and train nothing")
    parser.add_argument("--rows", type=int, metavar="N", help="measure on the first N rows only")
    arguments = parser.parse_args()
    with failures_end_the_script():
        run(arguments)


if __name__ == "__main__":
    main()
