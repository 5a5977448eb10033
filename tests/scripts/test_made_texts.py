"""Texts made to learn from or to measure on: the files, and what the targets get of them."""

import csv
from argparse import Namespace
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import english_sentences
import english_targets
import korean_sentences
import korean_texts
from made_texts import MadeTexts
from sentiment.data import load_rows
from targets import SURE

FILES = {
    korean_texts.WRITTEN: {*korean_texts.LABELS},
    english_targets.WRITTEN: {*english_targets.LABELS},
    Path(korean_texts.MEASURED_ON[-1]): {"negative", "positive"},
    Path(english_targets.MEASURED_ON[-1]): {"negative", "positive"},
}
KOREAN = (korean_texts.korean_texts, korean_texts.MEASURED_ON)
ENGLISH = (english_targets.english_texts, english_targets.MEASURED_ON)

Make = Callable[[Namespace], MadeTexts]


def chosen(folder: Path, rows: list[tuple[str, str]], sentences: int = 0) -> Namespace:
    """Return options that take these rows as the written ones."""
    with (folder / "written.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return Namespace(sentences=sentences, written=folder / "written.csv", seed=0)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_rows_differ_and_each_domain_has_as_many_of_both_sides(file: Path) -> None:
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert len({row["text"].casefold() for row in rows}) == len(rows)
    assert all(row["text"] == row["text"].strip() != "" for row in rows)
    assert {row["label"] for row in rows} == FILES[file]
    counts = Counter((row["domain"], row["label"]) for row in rows)
    for domain in {row["domain"] for row in rows}:
        assert counts[domain, "positive"] >= 50
        assert counts[domain, "positive"] == pytest.approx(counts[domain, "negative"], rel=0.1)


def test_labels_are_in_the_order_of_the_composed_classes() -> None:
    numbers = (korean_sentences.NEGATIVE, korean_sentences.NEUTRAL, korean_sentences.POSITIVE)
    assert [korean_texts.LABELS[number] for number in numbers] == ["negative", "neutral", "positive"]
    sides = (english_sentences.NEGATIVE, english_sentences.POSITIVE)
    assert [english_targets.LABELS[number] for number in sides] == ["negative", "positive"]


@pytest.mark.parametrize(("make", "num_classes"), [(KOREAN[0], 3), (ENGLISH[0], 2)], ids=["korean", "english"])
def test_written_ones_follow_composed_ones(make: Make, num_classes: int, tmp_path: Path) -> None:
    made = make(chosen(tmp_path, [("또 갈게요", "positive"), ("never again", "negative")], sentences=30))
    assert len(made.texts) == len(set(made.texts)) == 32
    assert made.num_composed == 30
    assert made.texts[30:] == ["또 갈게요", "never again"]
    np.testing.assert_array_equal(made.classes[30:], [num_classes - 1, 0])
    assert {*Counter(made.classes[:30].tolist()).values()} == {30 // num_classes}


@pytest.mark.parametrize(("make", "measured_on"), [KOREAN, ENGLISH], ids=["korean", "english"])
def test_none_is_measured_on(make: Make, measured_on: tuple[str, ...], tmp_path: Path) -> None:
    measured = [load_rows(source, notify=lambda _line: None).texts[0] for source in measured_on]
    others = [(f"{text.upper()} ", "positive") for text in measured]
    made = make(chosen(tmp_path, [*others, ("또 갈게요", "positive")]))
    assert made.texts == ["또 갈게요"]


def test_a_model_should_be_sure_of_the_class() -> None:
    targets = MadeTexts(["a", "b"], np.array([2, 0]), 1).targets(3)
    rest = (1 - SURE) / 2
    np.testing.assert_allclose(targets, [[rest, rest, SURE], [SURE, rest, rest]])
