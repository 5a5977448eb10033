"""A column with the words that carried each answer."""

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from sentiment.bulk.reasons import MOST_PARTS, reasons_by_model, reasons_of
from tests.bulk.conftest import Answer, ChecksumScorer

SCORER = ChecksumScorer()


def predict(texts: Sequence[str]) -> NDArray[np.float32]:
    """Score good at 0.9, bad at 0.1, and as many of one as of the other in between."""
    goods = np.array([text.split().count("good") - text.split().count("bad") for text in texts])
    positive = np.select([goods > 0, goods < 0], [0.9, 0.1], 0.5)
    probabilities: NDArray[np.float32] = np.stack([1 - positive, positive], axis=1).astype(np.float32)
    return probabilities


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a good film", "good (+0.40)"),
        ("such a bad film!", "bad (+0.40)"),
        ("good good bad", "good (+0.40); good (+0.20); bad (-0.20)"),
        ("nothing at all", ""),
        ("", None),
    ],
)
def test_the_words_that_mattered_most_are_named(text: str, reason: str | None) -> None:
    probabilities = predict([text])
    if not text:
        probabilities[:] = np.nan
    assert reasons_of([text], probabilities, predict) == [reason]


def test_a_long_text_is_taken_in_phrases_of_which_the_beginning_is_named() -> None:
    text = " ".join(["word"] * 40 + ["good"] + ["long\tfilm"] * 40)
    asked: list[str] = []

    def count(texts: Sequence[str]) -> NDArray[np.float32]:
        asked.extend(texts)
        return predict(texts)

    (reason,) = reasons_of([text], predict([text]), count)
    assert len(asked) <= 2 * MOST_PARTS
    assert re.fullmatch(r"word word word good long fi\.\.\. \(\+0\.40\)|.{27}\.\.\. \(\+0\.40\)", reason or "")


def test_parts_of_a_text_are_predicted_by_the_model_that_predicted_it() -> None:
    texts = ["a good film", "ein guter Film", "such a bad film!"]
    probabilities = predict(texts)
    labels = ("negative", "positive")
    told = SimpleNamespace(labels=labels, probabilities=lambda parts, batch_size: predict(parts))
    half = SimpleNamespace(
        labels=labels, probabilities=lambda parts, batch_size: np.full((len(parts), 2), 0.5, np.float32)
    )
    predictors, expected = [([0, 2], told), ([1], half)], ["good (+0.40)", "", "bad (+0.40)"]
    assert reasons_by_model(texts, probabilities, labels, predictors, batch_size=8) == expected
    with_neutral = np.insert(probabilities, 1, 0.0, axis=1)
    of_three = reasons_by_model(texts, with_neutral, ("negative", "neutral", "positive"), predictors, batch_size=8)
    assert of_three == expected


def test_the_column_stands_behind_the_others(answer: Answer, tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("id,text\n1,good film\n2,\n3,bad film\n")
    rows = list(csv.reader(io.StringIO(answer(path, explain=True, all_probabilities=True).stdout.decode())))
    assert rows[0][-1] == "predicted_because"
    assert rows[2][2:] == ["", "", "", "", ""]
    assert all(re.fullmatch(r"(\w+ \([+-]0\.\d\d\)(; )?)+", rows[number][-1]) for number in (1, 3))
    plain = list(csv.reader(io.StringIO(answer(path, all_probabilities=True).stdout.decode())))
    assert [row[:-1] for row in rows] == plain


@pytest.mark.parametrize(
    ("codec", "escaped", "reason"),
    [
        ("utf-8", r"\ud800", "\N{REPLACEMENT CHARACTER}"),
        ("cp949", r"\ud800", "\N{REPLACEMENT CHARACTER}"),
        ("cp949", r"\ud83d\ude00", "\N{GRINNING FACE}"),
        ("utf-8", r"\udc80", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_word_that_the_encoding_lacks_is_escaped_in_json(
    answer: Answer, tmp_path: Path, codec: str, escaped: str, reason: str
) -> None:
    path = tmp_path / "reviews.jsonl"
    path.write_bytes(f'{{"내용": "좋아{escaped} 영화"}}\n'.encode(codec) * 3)
    written = answer(path, explain=True).stdout.decode(codec).splitlines()
    assert len(written) == 3
    assert all(f"좋아{reason} (" in json.loads(line)["predicted_because"] for line in written)
