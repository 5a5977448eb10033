r"""Measure over many draws what evaluation promises: errors of sure answers, corrected shares, calibration.

    SENTIMENT_DATA=... python scripts/experiments/promises.py nsmc --other korean-comments/kodoli.csv

The model predicts the rows once. A draw calibrates on some of them, taken at random, and is checked on the others; it
is also checked on rows of another source, for which nothing is promised. Of a file, rows with a label of the model
count.
"""

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment import Classifier
from sentiment.data import data_folder, load_rows
from sentiment.evaluation.rows import number_labels
from sentiment.metrics import expected_calibration_error
from sentiment.probabilities import most_probable, softmax
from sentiment.stats.quantification import adjusted_count
from sentiment.stats.scaling import fit_temperature
from sentiment.stats.selective import safe_threshold

MAX_ERRORS = (0.02, 0.05, 0.1)
CALIBRATION_ROWS = (1_000, 2_000)
KNOWN_ROWS, SHARE_ROWS, SHARES = 2_000, 1_000, (0.05, 0.95)
FEW_ROWS = 200


@dataclass(frozen=True, eq=False)
class Predicted:
    """Rows with their predictions.

    Attributes:
        probabilities: (n, classes).
        truth: (n,).
    """

    probabilities: NDArray[np.float32]
    truth: NDArray[np.int64]

    @property
    def is_right(self) -> NDArray[np.bool_]:
        """Whether each row is predicted right, (n,)."""
        return np.asarray(most_probable(self.probabilities) == self.truth)

    @property
    def confidence(self) -> NDArray[np.float32]:
        """The probability of the predicted class, (n,)."""
        return np.asarray(self.probabilities.max(axis=1))

    def select(self, rows: NDArray[np.int64]) -> "Predicted":
        """Return some of the rows."""
        return Predicted(self.probabilities[rows], self.truth[rows])


def promised_errors(rows: Predicted, other: Predicted, num_draws: int, seed: int) -> Iterator[str]:
    """Yield a line for each number of calibration rows and each promised error."""
    rng = np.random.default_rng(seed)
    for n in CALIBRATION_ROWS:
        for max_error in MAX_ERRORS:
            kept, answered, elsewhere, without = 0, [], [], 0
            for _ in range(num_draws):
                order = rng.permutation(len(rows.truth))
                drawn, rest = rows.select(order[:n]), rows.select(order[n:])
                found = safe_threshold(drawn.confidence, drawn.is_right, max_error)
                if found is None:
                    without += 1
                    continue
                sure = rest.confidence >= found.threshold
                kept += bool((~rest.is_right[sure]).mean() <= max_error)
                answered.append(float(sure.mean()))
                elsewhere.append(float((~other.is_right[other.confidence >= found.threshold]).mean()))
            kept_elsewhere = np.sum(np.array(elsewhere) <= max_error)
            yield (
                f"{n:,} rows, at most {max_error:.0%} wrong: {num_draws - without:,} of {num_draws:,} draws have a "
                f"threshold, and {kept:,} of those keep it; answered {np.mean(answered or [0.0]):.1%}; on the other "
                f"rows {np.mean(elsewhere or [0.0]):.2%} wrong on average, kept in {kept_elsewhere:,}"
            )


def corrected_shares(rows: Predicted, num_draws: int, seed: int) -> str:
    """Return how often the interval of the second class covers its share, and the mean errors."""
    rng = np.random.default_rng(seed)
    predicted = most_probable(rows.probabilities)
    covered, corrected, raw = 0, 0.0, 0.0
    for _ in range(num_draws):
        order = rng.permutation(len(rows.truth))
        known, rest = order[:KNOWN_ROWS], order[KNOWN_ROWS:]
        confusion = np.zeros((2, 2), dtype=np.int64)
        np.add.at(confusion, (rows.truth[known], predicted[known]), 1)
        positives = round(rng.uniform(*SHARES) * SHARE_ROWS)
        drawn = [rest[rows.truth[rest] == 1][:positives], rest[rows.truth[rest] == 0][: SHARE_ROWS - positives]]
        counted = np.bincount(predicted[np.concatenate(drawn)], minlength=2)
        shares, intervals = adjusted_count(counted, confusion)
        true = positives / SHARE_ROWS
        covered += bool(intervals[1, 0] <= true <= intervals[1, 1])
        corrected += abs(float(shares[1]) - true)
        raw += abs(float(counted[1]) / SHARE_ROWS - true)
    return (
        f"corrected shares: the interval covers in {covered / num_draws:.1%} of draws; mean error "
        f"{corrected / num_draws:.2%}, of the plain count {raw / num_draws:.2%}"
    )


def calibration_of_few(other: Predicted, num_draws: int, seed: int) -> str:
    """Return the calibration error before and after a temperature is fitted on a few rows of another source."""
    rng = np.random.default_rng(seed)
    logits = np.log(np.maximum(other.probabilities.astype(np.float64), np.finfo(np.float32).tiny))
    before, after = [], []
    for _ in range(num_draws):
        order = rng.permutation(len(other.truth))
        few, rest = order[:FEW_ROWS], order[FEW_ROWS:]
        temperature = fit_temperature(logits[few], other.truth[few])
        assert isinstance(temperature, float), temperature
        before.append(expected_calibration_error(other.truth[rest], other.probabilities[rest]))
        after.append(expected_calibration_error(other.truth[rest], softmax(logits[rest], temperature)))
    halved = np.mean(np.array(after) <= np.array(before) / 2)
    return (
        f"calibration error on the other rows: {np.mean(before):.4f} before, {np.mean(after):.4f} after {FEW_ROWS} "
        f"rows; halved in {halved:.0%} of {num_draws} draws"
    )


def predict(model: Classifier, source: str) -> Predicted:
    """Predict a named data set, or the rows of a file that have a label of the model's."""
    folder = data_folder()
    path = folder / source if folder is not None else Path(source)
    if not path.is_file():
        rows = load_rows(source, split="test", notify=print)
        texts, truth = rows.texts, number_labels(rows, model.labels)
    else:
        with path.open(encoding="utf-8", newline="") as file:
            labelled = [row for row in csv.DictReader(file) if row["sentiment"] in model.labels]
        texts = [row["text"] for row in labelled]
        truth = np.array([model.labels.index(row["sentiment"]) for row in labelled])
    probabilities = model.probabilities(texts)
    read = ~np.isnan(probabilities[:, 0])
    return Predicted(probabilities[read], truth[read])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("--other", required=True)
    parser.add_argument("--model", default="korean-sentiment")
    parser.add_argument("--draws", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    model = Classifier.load(options.model, threads=1)
    rows, other = predict(model, options.source), predict(model, options.other)
    print(f"accuracy {rows.is_right.mean():.2%}, on the other rows {other.is_right.mean():.2%}")
    print(corrected_shares(rows, options.draws // 2, options.seed))
    print(calibration_of_few(other, max(options.draws // 50, 1), options.seed))
    for line in promised_errors(rows, other, options.draws, options.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
