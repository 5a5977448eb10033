r"""Train on few labels with the real command, from an encoder and in other ways, and print the table.

    SENTIMENT_DATA=... python scripts/experiments/few_labels.py --from runs/encoder --rows 20 100 1000 --out runs/few
    SENTIMENT_DATA=... python scripts/experiments/few_labels.py --from runs/encoder --data chatbot/ChatbotData.csv \
        --text-column Q --rows 1000 all --scratch small --out runs/few-chatbot

Rows are drawn at random, not stratified by class. NSMC is tested on its test rows, other files on a tenth of their own,
a different tenth for each draw; training rows that equal a tested one are left out. With --validate, training rows that
no draw tests are held out and predicted in place of the test rows. Finished trainings are not repeated.
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
    """Rows to train on and rows to predict.

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
    """The source of rows, and which of them are predicted.

    Attributes:
        num_draws: with seeds 0, 1, ...; validation rows are tested in none of them, nor in any of the usual ones.
    """

    source: str
    text_column: str | None
    label_column: str | None
    validate: bool
    num_draws: int

    def draw(self, num_rows: int | None, seed: int) -> Draw:
        """Draw rows to train on; None takes all."""
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
    """Write the training rows, unless the file exists.

    Raises:
        DataError: the file contains other rows.
    """
    content = io.StringIO(newline="")
    csv.writer(content).writerows([("text", "label"), *zip(draw.training.texts, draw.training.labels, strict=True)])
    table = out / f"{draw.name}.csv"
    if not table.exists():
        out.mkdir(parents=True, exist_ok=True)
        write_whole(table, content.getvalue().encode())
    elif table.read_bytes() != content.getvalue().encode():
        raise DataError(f"{table}: contains other rows than this draw; choose another folder with --out, or delete it")
    return table


def network(draw: Draw, out: Path, kind: str, choices: Sequence[str]) -> NDArray[np.float32]:
    """Train with the command, unless the model exists, and return its probabilities; it holds out no test rows.

    A text without tokens, which has no prediction, gets equal probabilities.
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
        raise DataError(f"{draw.name}: only {len(names)} labels were drawn, without {min(unknown)!r}; draw more rows")
    truth = np.array([names.index(label) for label in draw.answered.labels])
    return 100 * float(getattr(classification_metrics(truth, probabilities, names), metric))


def main() -> None:
    """Print a table row for each number of training rows and each method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="start", required=True, help="encoder directory, or the name of one")
    parser.add_argument("--data", default=NSMC)
    parser.add_argument("--text-column")
    parser.add_argument("--label-column")
    parser.add_argument("--rows", nargs="+", default=["20", "100", "1000"], help="numbers of rows, or all")
    parser.add_argument("--draws", type=int, default=USUAL_DRAWS)
    parser.add_argument("--config", help="experiment; by default chosen by the number of rows, as in the command")
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="settings of the training")
    parser.add_argument("--name", default="from", help="name of these settings, in the models' names and in the table")
    parser.add_argument("--scratch", help="experiment to train from random weights for comparison")
    parser.add_argument("--no-linear", action="store_true")
    parser.add_argument("--validate", action="store_true", help="predict held-out training rows, for making choices")
    parser.add_argument("--out", type=Path, default=Path("runs/few"))
    arguments = parser.parse_args()
    with failures_end_the_script():
        run(arguments)


def run(arguments: argparse.Namespace) -> None:
    """Train missing models, and print the table row by row."""
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
