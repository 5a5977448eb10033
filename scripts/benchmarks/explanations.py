"""Measure how much of an answer explanations find, and what they cost beside plain predictions.

    SENTIMENT_DATA=... python scripts/benchmarks/explanations.py --rows 1000 [--model NAME ...] [--speed]

The deletion curve on drawn NSMC test reviews, for the two methods: `explain`, with the orders of words that it tries,
and `table`, the two orders of `predict --file --explain`. --speed measures ratios instead, on one thread, each pair in
turn in one process: `explain` of a table and `trace` of single texts against predictions.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from statistics import median

import numpy as np

from sentiment import Classifier
from sentiment.bulk.reasons import MOST_PARTS, reasons_of
from sentiment.data import load_rows
from sentiment.errors import DataError
from sentiment.inference.inside.deletion import forwards_and_backwards, orders_of
from sentiment.inference.inside.deletion_curve import REMOVED, Orders, curve_of
from sentiment.model_dir import DEFAULT_CLASSIFIER, FILM_CLASSIFIER

METHODS: dict[str, tuple[Orders, int]] = {
    "explain": (orders_of, 1_000),
    "table": (lambda number: forwards_and_backwards(range(number)), MOST_PARTS),
}
"""The orders of a text's words that each method tries, and the most words that it tells apart."""


def main() -> None:
    """Measure what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", help="a model; by default each shipped classifier")
    parser.add_argument("--data", default="nsmc", help="a named data set, whose test rows are read")
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--turns", type=int, default=5, help="of each timing, whose median counts")
    parser.add_argument("--speed", action="store_true")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    try:
        texts = load_rows(options.data, split="test", notify=print).texts
    except DataError as error:
        raise SystemExit(f"error: {error}") from error
    drawn = [texts[row] for row in rng.permutation(len(texts))[: options.rows].tolist()]
    for name in options.model or [FILM_CLASSIFIER, DEFAULT_CLASSIFIER]:
        classifier = Classifier.load(name, threads=1)
        if options.speed:
            print_speed(name, classifier, drawn, options.turns)
        else:
            print_curves(name, classifier, drawn, options.seed)


def print_curves(name: str, classifier: Classifier, texts: Sequence[str], seed: int) -> None:
    """Print how far the probability of the label falls without some of the words."""
    for method, (orders, most_parts) in METHODS.items():
        curve = curve_of(texts, classifier.probabilities, orders, np.random.default_rng(seed), most_parts)
        print(f"{name}, {method}, {curve.n:,} texts")
        print("  left out    strongest  random  ratio")
        for removed, strongest, at_random in zip(REMOVED, curve.strongest, curve.at_random, strict=True):
            print(f"  {removed:8.0%}    {strongest:9.3f}  {at_random:6.3f}  {strongest / at_random:5.2f}")


def print_speed(name: str, classifier: Classifier, texts: Sequence[str], turns: int) -> None:
    """Print how many times as long as plain predictions explanations and traces take."""
    few = texts[:50]
    classifier.trace(few[0])
    probabilities = classifier.probabilities(texts)
    predict, explain = in_turn(
        turns,
        lambda: classifier.probabilities(texts),
        lambda: reasons_of(texts, probabilities, classifier.probabilities),
    )
    print(f"{name}: a table of {len(texts):,} texts with --explain takes {1 + explain / predict:.1f} x as long")
    single, traced = in_turn(
        turns, lambda: [classifier.predict([text]) for text in few], lambda: [classifier.trace(text) for text in few]
    )
    print(f"{name}: a trace of a single text takes {traced / single:.1f} x as long as its prediction")


def in_turn(turns: int, *functions: Callable[[], object]) -> list[float]:
    """Return the median seconds of each function; they are run in turn."""
    seconds: list[list[float]] = [[] for _ in functions]
    for _ in range(turns):
        for taken, function in zip(seconds, functions, strict=True):
            begun = time.perf_counter()
            function()
            taken.append(time.perf_counter() - begun)
    return [median(taken) for taken in seconds]


if __name__ == "__main__":
    main()
