"""Texts written to learn from or to measure on: the files, and how they are read."""

import csv
from collections import Counter
from pathlib import Path

import pytest

import english_targets
import korean_texts
from written_texts import written_texts

FILES = {
    korean_texts.WRITTEN: {"negative", "neutral", "positive"},
    english_targets.WRITTEN: {"negative", "positive"},
    Path(korean_texts.MEASURED_ON[-1]): {"negative", "positive"},
    Path(english_targets.MEASURED_ON): {"negative", "positive"},
}


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


def test_a_text_that_is_measured_on_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "written.csv"
    file.write_text("text,label\nWorth it,yes\nnever again,no\n", encoding="utf-8")
    texts, classes = written_texts(file, {"no": 0, "yes": 1}, ["never  AGAIN"])
    assert (texts, classes.tolist()) == (["Worth it"], [1])
    texts, classes = written_texts(file, {"no": 0, "yes": 1}, ["worth it", "never again"])
    assert (texts, classes.tolist()) == ([], [])
