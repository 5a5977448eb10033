"""Many to one against many to many: the answer after part of a text, and after all of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sentiment import Classifier
from sentiment.data import LabelledTexts, load_rows
from textbook_stages.figures import percent
from textbook_stages.stage import Case, Result, Stage, markdown, of

CLASSIFIER = "korean-sentiment"
TRACED, FEWEST_WORDS = 300, 4
SHARES = (0.25, 0.5, 0.75, 1.0)


def _cases(seeds: Sequence[int]) -> Iterator[Case]:
    yield from ({"what": "answers", "seed": seed} for seed in seeds)


def _test_reviews(seed: int, number: int) -> LabelledTexts:
    """Draw test reviews of a few words or more, which no shipped model was trained on."""
    rows = load_rows("nsmc", split="test", notify=lambda _: None)
    long = np.array([row for row, text in enumerate(rows.texts) if len(text.split()) >= FEWEST_WORDS])
    return rows.select("drawn", np.random.default_rng(seed).permutation(long)[:number], with_unused=False)


def _measure(case: Case, _: Path) -> Result:
    """Return how often the answer is right after shares of the words, read forward, and after all, read both ways."""
    classifier, rows = Classifier.load(CLASSIFIER, threads=1), _test_reviews(case["seed"], TRACED)
    right: dict[float, list[bool]] = {share: [] for share in SHARES}
    whole = []
    for text, label in zip(rows.texts, rows.labels, strict=True):
        traced = classifier.trace(text)
        whole.append(traced.label == label)
        for share in SHARES:
            step = traced.steps[max(0, round(share * len(traced.steps)) - 1)]
            right[share].append(max(step.probabilities, key=step.probabilities.__getitem__) == label)
    return {"forward": [float(np.mean(right[share])) for share in SHARES], "whole": float(np.mean(whole))}


def _table(results: list[Result]) -> str:
    heads = ["share of the words read", *(f"{100 * share:.0f} %" for share in SHARES), "all, both directions"]
    columns = [*zip(*of(results, "forward"), strict=True), of(results, "whole")]
    return markdown(heads, [["right answers %", *map(percent, columns)]])


STAGE = Stage(seeds=(0,), cases=_cases, measure=_measure, table=_table)
