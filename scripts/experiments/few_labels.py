r"""Train on few labels with the real command, from an encoder and beside it in other ways, and print the table.

    SENTIMENT_DATA=... python scripts/experiments/few_labels.py --from runs/encoder --rows 20 100 1000 --out runs/few
    SENTIMENT_DATA=... python scripts/experiments/few_labels.py --from runs/encoder --data chatbot/ChatbotData.csv \
        --text-column Q --rows 1000 all --scratch small --out runs/few-chatbot

Rows are drawn plainly at random, not class by class. NSMC is tested on its test rows, another file on a tenth of its
own, another tenth each draw; a training row that equals one of them is left out. --validate keeps the test out of it:
rows to learn from that no draw tests are held out and answered instead. Trainings that have ended are not repeated.
"""

import argparse
import csv
import io
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment import Classifier
from sentiment.data import LabelledTexts, grouping_key, label_names, load_rows
from sentiment.errors import DataError
from sentiment.evaluation.linear import LinearSettings, NumberedRows, linear_probabilities
from sentiment.metrics import classification_metrics
from sentiment.writing import write_whole
from trainings import failures_end_the_script, train_as_asked

NSMC = "nsmc"
USUAL_DRAWS = 5
HELD_OUT_SEED = 1
NSMC_HELD_OUT = 10_000


@dataclass(frozen=True)
class Draw:
    """Rows to learn from and rows to answer.

    Attributes:
        name: of its files.
        seed: of the draw, and of the training.
    """

    name: str
    seed: int
    training: LabelledTexts
    answered: LabelledTexts


@dataclass(frozen=True)
class Task:
    """Where rows come from, and which of them are answered.

    Attributes:
        num_draws: with seeds 0, 1, ...; a validation row is tested in none of them, nor in any of the usual ones.
    """

    source: str
    text_column: str | None
    label_column: str | None
    validate: bool
    num_draws: int

    def draw(self, num_rows: int | None, seed: int) -> Draw:
        """Draw rows to learn from; None takes all that there are."""
        pool, answered = self._pool_and_answered(seed)
        rows = np.random.default_rng([seed, num_rows or 0]).permutation(len(pool.texts))[:num_rows]
        kind = "validate" if self.validate else "test"
        name = f"{Path(self.source).stem}-{kind}-{num_rows or 'all'}-{seed}"
        return Draw(name, seed, _take(pool, rows), answered)

    def _pool_and_answered(self, seed: int) -> tuple[LabelledTexts, LabelledTexts]:
        if self.source == NSMC:
            whole = _rows(NSMC, None, None, "train")
            order = np.random.default_rng(HELD_OUT_SEED).permutation(len(whole.texts))
            held_out, pool = _take(whole, order[:NSMC_HELD_OUT]), _take(whole, order[NSMC_HELD_OUT:])
            answered = held_out if self.validate else _rows(NSMC, None, None, "test")
        else:
            whole = _rows(self.source, self.text_column, self.label_column, None)
            order = np.random.default_rng(seed).permutation(len(whole.texts))
            tenth = len(order) // 10
            chosen, others = order[:tenth], order[tenth:]
            if self.validate:
                tested = self._tested_rows(len(order))
                chosen = others[~np.isin(others, tested)][:tenth]
                others = others[~np.isin(others, chosen)]
            answered, pool = _take(whole, chosen), _take(whole, others)
        taken = {grouping_key(text) for text in answered.texts}
        apart = [row for row, text in enumerate(pool.texts) if grouping_key(text) not in taken]
        return _take(pool, np.array(apart)), answered

    def _tested_rows(self, num_rows: int) -> NDArray[np.int64]:
        """Return the rows of a file that some draw tests."""
        orders = [np.random.default_rng(seed).permutation(num_rows) for seed in range(max(self.num_draws, USUAL_DRAWS))]
        return np.concatenate([order[: num_rows // 10] for order in orders])


@cache
def _rows(source: str, text_column: str | None, label_column: str | None, split: str | None) -> LabelledTexts:
    return load_rows(
        source,
        text_column=text_column,
        label_column=label_column,
        split=split,
        notify=lambda line: print(line, file=sys.stderr),
    )


def _take(rows: LabelledTexts, positions: NDArray[np.int64]) -> LabelledTexts:
    return rows.select(rows.name, positions, with_unused=False)


def linear(draw: Draw) -> NDArray[np.float32]:
    """Return the probabilities of TF-IDF + logistic regression."""
    names = label_names(draw.training.labels)
    numbers = np.array([names.index(label) for label in draw.training.labels])
    rows = NumberedRows(draw.training.texts, numbers, len(names))
    settings = LinearSettings.for_rows(len(numbers))
    return linear_probabilities(rows, draw.answered.texts, settings, lambda line: print(line, file=sys.stderr))


def write_table(draw: Draw, out: Path) -> Path:
    """Write the rows to learn from, unless they are there.

    Raises:
        DataError: other rows are there.
    """
    content = io.StringIO(newline="")
    csv.writer(content).writerows([("text", "label"), *zip(draw.training.texts, draw.training.labels, strict=True)])
    table = out / f"{draw.name}.csv"
    if not table.exists():
        out.mkdir(parents=True, exist_ok=True)
        write_whole(table, content.getvalue().encode())
    elif table.read_bytes() != content.getvalue().encode():
        raise DataError(f"{table}: holds other rows than this draw; name another folder with --out, or delete it")
    return table


def network(draw: Draw, out: Path, kind: str, choices: Sequence[str]) -> NDArray[np.float32]:
    """Train with the command, unless the model is there, and return its probabilities; it has no test rows to spare.

    A text without a token, of which a model says nothing, gets alike shares.
    """
    table = write_table(draw, out)
    model = out / f"{draw.name}-{kind}"
    options = ["--data", str(table), "--seed", str(draw.seed), "--set", "data.test_fraction=0"]
    train_as_asked(model, [*choices, *options])
    classifier = Classifier.load(model)
    return np.nan_to_num(classifier.probabilities(list(draw.answered.texts)), nan=1.0 / len(classifier.labels))


def figure(draw: Draw, probabilities: NDArray[np.float32], metric: str) -> float:
    """Return accuracy or macro F1, in percent; labels are in the order of their names."""
    names = label_names(draw.training.labels)
    if unknown := set(draw.answered.labels) - set(names):
        raise DataError(f"{draw.name}: {len(names)} of the labels are drawn, and not {min(unknown)!r}; draw more rows")
    truth = np.array([names.index(label) for label in draw.answered.labels])
    return 100 * float(getattr(classification_metrics(truth, probabilities, names), metric))


def main() -> None:
    """Print a row for each number of rows and each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="start", required=True, help="encoder directory, or the name of one")
    parser.add_argument("--data", default=NSMC)
    parser.add_argument("--text-column")
    parser.add_argument("--label-column")
    parser.add_argument("--rows", nargs="+", default=["20", "100", "1000"], help="numbers of rows, or all")
    parser.add_argument("--draws", type=int, default=USUAL_DRAWS)
    parser.add_argument("--config", help="experiment; chosen by the number of rows, as the command does, if left out")
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="settings of the training")
    parser.add_argument("--name", default="from", help="of these settings, in the models' names and in the table")
    parser.add_argument("--scratch", help="experiment to train from random weights beside it")
    parser.add_argument("--no-linear", action="store_true")
    parser.add_argument("--validate", action="store_true", help="answer held-out training rows, to choose by")
    parser.add_argument("--out", type=Path, default=Path("runs/few"))
    arguments = parser.parse_args()
    with failures_end_the_script():
        run(arguments)


def run(arguments: argparse.Namespace) -> None:
    """Train what is missing, and print the table row by row."""
    task = Task(arguments.data, arguments.text_column, arguments.label_column, arguments.validate, arguments.draws)
    metric = "accuracy" if arguments.data == NSMC else "macro_f1"
    settings = [option for setting in arguments.set for option in ("--set", setting)]
    experiment = [arguments.config] if arguments.config else []
    print(f"| rows | way | {metric} %, mean | deviation | lowest | draws |\n|" + " --- |" * 6, flush=True)
    for rows in arguments.rows:
        found: dict[str, list[float]] = {}
        for seed in range(arguments.draws):
            draw = task.draw(None if rows == "all" else int(rows), seed)
            ways = {arguments.name: [*experiment, "--from", arguments.start, *settings]}
            if arguments.scratch:
                ways[f"scratch ({arguments.scratch})"] = [arguments.scratch]
            for way, choices in ways.items():
                kind = way if way == arguments.name else f"scratch-{Path(arguments.scratch).stem}"
                answer = network(draw, arguments.out, kind, choices)
                found.setdefault(way, []).append(figure(draw, answer, metric))
            if not arguments.no_linear:
                found.setdefault("TF-IDF + linear", []).append(figure(draw, linear(draw), metric))
        for way, values in found.items():
            deviation = statistics.stdev(values) if len(values) > 1 else 0.0
            mean, lowest = statistics.mean(values), min(values)
            print(f"| {rows} | {way} | {mean:.2f} | {deviation:.2f} | {lowest:.2f} | {len(values)} |", flush=True)


if __name__ == "__main__":
    main()
