"""One-to-many, many-to-one and many-to-many, with the models that come with the package."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from sentiment import Classifier
from sentiment.data import LabelledTexts, load_rows
from sentiment.generation import TextGenerator
from sentiment.generation.network.language_model import BACKWARD, FORWARD
from textbook_stages.directions import ENCODER, language_model_of
from textbook_stages.stage import Case, Result, Stage, markdown

CLASSIFIER = "korean-sentiment"
GENERATED, CANDIDATES = 40, 16
LABELS = (None, "1", "10")
TRACED, PREDICTED = 300, 200
SHARES = (0.25, 0.5, 0.75, 1.0)
PLACES = ((0, 0), (1, 1), (2, 4), (5, 9), (10, 200))
"""Of a word in a text, counted from 0 in the direction of reading."""


def _cases(seeds: Sequence[int]) -> Iterator[Case]:
    for seed in seeds:
        yield from ({"form": "one-to-many", "label": label, "seed": seed} for label in LABELS)
        yield {"form": "many-to-many", "seed": seed}
        yield {"form": "language model", "seed": seed}


def _measure(case: Case, _: Path) -> Result:
    return {"one-to-many": _one_to_many, "many-to-many": _trace, "language model": _language_model}[case["form"]](case)


@cache
def _classifier() -> Classifier:
    return Classifier.load(CLASSIFIER, threads=1)


def _test_reviews(seed: int, number: int) -> LabelledTexts:
    """Draw test reviews of four words or more, which no model here was trained on."""
    rows = load_rows("nsmc", split="test", notify=lambda _: None)
    long = np.array([row for row, text in enumerate(rows.texts) if len(text.split()) >= 4])
    return rows.select("drawn", np.random.default_rng(seed).permutation(long)[:number], with_unused=False)


def _one_to_many(case: Case) -> Result:
    generator, seed = TextGenerator.load(ENCODER), case["seed"]
    if case["label"] is None:
        drawn = generator.sample(number=GENERATED, seed=seed)
    else:
        judge = generator.rating_judge(case["label"])
        drawn = generator.sample_labelled(judge, number=GENERATED, candidates=CANDIDATES * GENERATED, seed=seed)
    texts = [one.text for one in drawn]
    column = _classifier().labels.index("positive")
    return {"positive": float((np.nan_to_num(_classifier().probabilities(texts))[:, column] > 0.5).mean())}


def _trace(case: Case) -> Result:
    rows = _test_reviews(case["seed"], TRACED)
    right: dict[float, list[bool]] = {share: [] for share in SHARES}
    whole = []
    for text, label in zip(rows.texts, rows.labels, strict=True):
        traced = _classifier().trace(text)
        whole.append(traced.label == label)
        for share in SHARES:
            step = traced.steps[max(0, round(share * len(traced.steps)) - 1)]
            right[share].append(max(step.probabilities, key=step.probabilities.__getitem__) == label)
    return {"forward": [float(np.mean(right[share])) for share in SHARES], "whole": float(np.mean(whole))}


def _language_model(case: Case) -> Result:
    """Return the mean nats of a word by its place, of both directions, and the words there."""
    language_model, vocabulary = language_model_of(ENCODER)
    texts = _test_reviews(case["seed"], PREDICTED).texts
    figures: Result = {}
    for name, direction in (("forward", FORWARD), ("backward", BACKWARD)):
        nats: list[list[float]] = [[] for _ in PLACES]
        for text in texts:
            tokens = vocabulary.tokenize(text)
            reading = language_model.begin(direction, 1)
            for place, token in enumerate(tokens if direction == FORWARD else reversed(tokens)):
                (column,) = (i for i, (first, last) in enumerate(PLACES) if first <= place <= last)
                nats[column].append(-float(reading.log_probabilities[0, token]))
                reading = reading.advance(np.array([token]))
        figures[name] = [float(np.exp(np.mean(part))) for part in nats]
    return figures


def _table(results: list[Result]) -> str:
    tables = []
    for result in results:
        if result["form"] == "many-to-many":
            heads = ["share of the words read", *(f"{100 * share:.0f} %" for share in SHARES), "all, both directions"]
            row = ["right answers %", *(f"{100 * share:.1f}" for share in (*result["forward"], result["whole"]))]
            tables.append(markdown(heads, [row]))
        if result["form"] == "language model":
            heads = [
                "place of the word",
                *(str(1 + first) if first == last else f"{1 + first} to {1 + last}" for first, last in PLACES[:-1]),
            ]
            rows = [
                [f"perplexity, {name}", *(f"{value:,.0f}" for value in result[name])]
                for name in ("forward", "backward")
            ]
            tables.append(markdown([*heads, f"from {1 + PLACES[-1][0]}"], rows))
    generated = [
        [result["label"] or "none", f"{100 * result['positive']:.1f}"] for result in results if "label" in result
    ]
    return "\n\n".join([markdown(["label", "of the texts positive %"], generated), *tables])


STAGE = Stage(seeds=(0,), cases=_cases, measure=_measure, table=_table)
