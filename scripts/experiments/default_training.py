r"""Train without naming an experiment or starting point, compare with three linear models, and print the table.

    python scripts/experiments/default_training.py kodoli.csv:text:sentiment:1000 small/mr.csv:text:label

Each argument is a file under $SENTIMENT_DATA, or a path, with its text column, its label column and the number of rows
to train on, by default all. A fifth of the rows is held out, a different fifth for each seed, and the same for all
models; a text is in one part only. The linear models are TF-IDF with logistic regression on n-grams of 1 to 4
characters, on n-grams of 1 to 2 words, and on both combined. Accuracies are means over the seeds. Each finished
training is appended to --results and not repeated.
"""

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import sentiment
from sentiment.config import DataConfig
from sentiment.data import load_undivided
from sentiment.data.splitting import split_rows
from trainings import data_file, failures_end_the_script

TEST_FRACTION = 0.2
INVERSE_PENALTY = 4.0
MAX_ITERATIONS = 300
FIRST_SPLIT_SEED = 1000


@dataclass(frozen=True)
class Task:
    """Rows to train on.

    Attributes:
        file: a table.
        num_rows: rows to train on; None for all.
    """

    file: str
    text_column: str
    label_column: str
    num_rows: int | None

    @classmethod
    def parse(cls, word: str) -> "Task":
        """Parse FILE:TEXT_COLUMN:LABEL_COLUMN, optionally followed by :ROWS."""
        file, text_column, label_column, *rows = word.split(":")
        return cls(file, text_column, label_column, int(rows[0]) if rows else None)

    def divide(self, seed: int) -> "tuple[Rows, Rows]":
        """Return the rows to train on, and those held out."""
        data = DataConfig(
            source=str(data_file(self.file)), text_column=self.text_column, label_column=self.label_column
        )
        whole = load_undivided(data, allow_fallback=False, notify=_ignore).whole
        texts, labels = np.array(whole.texts, dtype=object), np.array(whole.labels, dtype=object)
        if self.num_rows is not None:
            drawn = np.random.default_rng(seed).permutation(len(texts))[: round(self.num_rows / (1 - TEST_FRACTION))]
            texts, labels = texts[drawn], labels[drawn]
        parts = split_rows(
            list(texts),
            list(labels),
            validation_fraction=0.0,
            test_fraction=TEST_FRACTION,
            seed=FIRST_SPLIT_SEED + seed,
        )
        training, held_out = (Rows(list(texts[rows]), list(labels[rows])) for rows in (parts.train, parts.test))
        return training, held_out


@dataclass(frozen=True)
class Rows:
    """Texts with their labels."""

    texts: list[str]
    labels: list[str]

    def accuracy(self, answers: Sequence[str | None]) -> float:
        """Return the accuracy of answers, in per cent."""
        return 100 * statistics.mean(answer == label for answer, label in zip(answers, self.labels, strict=True))


@dataclass(frozen=True)
class Result:
    """The results of models trained and tested on the same rows.

    Attributes:
        accuracies: in per cent, by model.
        seconds: of the training of the first.
    """

    task: str
    seed: int
    num_rows: int
    accuracies: dict[str, float]
    seconds: float


def measure(task: Task, name: str, seed: int) -> Result:
    """Train all models."""
    training, held_out = task.divide(seed)
    started = time.perf_counter()
    classifier = sentiment.train(training.texts, training.labels, seed=seed)
    seconds = time.perf_counter() - started
    answers = [prediction.label for prediction in classifier.predict(held_out.texts)]
    accuracies = {"sentiment train": held_out.accuracy(answers), **linear_accuracies(training, held_out)}
    return Result(name, seed, len(training.texts), accuracies, seconds)


def linear_accuracies(training: Rows, held_out: Rows) -> dict[str, float]:
    """Fit the linear models."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    def features(name: str) -> object:
        characters = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True, dtype=np.float32)
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32)
        return {"characters": characters, "words": words, "both": make_union(characters, words)}[name]

    accuracies = {}
    for name in ("characters", "words", "both"):
        model = make_pipeline(features(name), LogisticRegression(C=INVERSE_PENALTY, max_iter=MAX_ITERATIONS))
        accuracies[name] = held_out.accuracy(list(model.fit(training.texts, training.labels).predict(held_out.texts)))
    return accuracies


def table(results: Sequence[Result]) -> list[str]:
    """Return the rows of the table, in Markdown, one for each task."""
    models = list(results[0].accuracies)
    lines = [f"| file | rows | {' | '.join(models)} | difference | s |", "| --- " * (len(models) + 4) + "|"]
    for name in dict.fromkeys(result.task for result in results):
        own = [result for result in results if result.task == name]
        means = {model: statistics.mean(result.accuracies[model] for result in own) for model in models}
        first, *linear = means.values()
        cells = [name, f"{own[0].num_rows:,}", *(f"{mean:.2f}" for mean in means.values())]
        cells += [f"{first - max(linear):+.2f}", f"{statistics.mean(result.seconds for result in own):.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Measure missing results, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="+", metavar="FILE:TEXT:LABEL[:ROWS]")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--results", type=Path, default=Path("runs/default_training.jsonl"))
    arguments = parser.parse_args()
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    with failures_end_the_script(), arguments.results.open("a+", encoding="utf-8") as file:
        file.seek(0)
        results = {(result.task, result.seed): result for result in (Result(**json.loads(line)) for line in file)}
        for seed in arguments.seeds:
            for name in arguments.tasks:
                if (name, seed) not in results:
                    results[name, seed] = measure(Task.parse(name), name, seed)
                    print(json.dumps(asdict(results[name, seed])), file=file, flush=True)
    wanted = [results[name, seed] for name in arguments.tasks for seed in arguments.seeds]
    print("\n".join(table(wanted)))


def _ignore(_line: str) -> None:
    pass


if __name__ == "__main__":
    main()
