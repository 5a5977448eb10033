r"""Measure how early flipped labels come in the order of suspicious rows that `sentiment data check` makes.

    SENTIMENT_DATA=... python scripts/experiments/flipped_labels.py nsmc --share 0.05

Labels of the training rows are replaced by another at random. The share of them among the first rows is printed,
ordered by the probability that a model fitted to the other rows gives to the label, and among the rows reported.
"""

import argparse
import sys

import numpy as np

from sentiment.data import load_rows, sorted_labels
from sentiment.evaluation.data_check.label_errors import cross_validated, suspicious_rows
from trainings import failures_end_the_script


def measure(source: str, share: float, seed: int) -> str:
    """Return a line with the figures."""
    rows = load_rows(source, split="train", notify=lambda line: print(line, file=sys.stderr))
    names = sorted_labels(set(rows.labels))
    labels = np.array([names.index(label) for label in rows.labels])
    rng = np.random.default_rng(seed)
    is_flipped = rng.random(len(labels)) < share
    labels[is_flipped] += rng.integers(1, len(names), int(is_flipped.sum()))
    labels %= len(names)
    probabilities = cross_validated(rows.texts, labels, len(names), seed)
    order = np.argsort(probabilities[np.arange(len(labels)), labels], kind="stable")
    first = is_flipped[order[: len(order) // 10]].sum() / is_flipped.sum()
    reported = suspicious_rows(labels, probabilities)
    found = is_flipped[reported]
    return (
        f"{source}, {100 * share:g} % flipped (seed {seed}): {100 * first:.1f} % of the flips in the first 10 % of the "
        f"rows; {100 * found.sum() / is_flipped.sum():.1f} % in the {len(reported):,} rows reported, of which "
        f"{100 * found.mean():.1f} % are flips"
    )


def main() -> None:
    """Print the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", default="nsmc", metavar="NAME", help="a named data set")
    parser.add_argument("--share", type=float, default=0.05, help="of the labels to flip")
    parser.add_argument("--seed", type=int, default=0, help="of the flips and of the folds")
    chosen = parser.parse_args()
    with failures_end_the_script():
        print(measure(chosen.source, chosen.share, chosen.seed))


if __name__ == "__main__":
    main()
