"""The rows of the real corpus, and how many of its test texts a model has seen in training."""

import os
from dataclasses import replace

import pytest

from sentiment.config import DataConfig
from sentiment.data import LabelledTexts, load_splits, rows_also_in
from sentiment.data.rows import RowCounts
from sentiment.evaluation import training_origin
from sentiment.evaluation.rows import (
    CROSS_VALIDATION,
    EvaluationRows,
    WantedRows,
    drawn_at_random,
    load_evaluation_rows,
)
from sentiment.evaluation.training_origin import TrainingOrigin


def ignore(text: str) -> None:
    """Hear a note."""


@pytest.mark.skipif("SENTIMENT_DATA" not in os.environ, reason="SENTIMENT_DATA names no folder with NSMC in it")
def test_nsmc_has_the_faults_it_is_known_for(monkeypatch: pytest.MonkeyPatch) -> None:
    config = DataConfig(source="nsmc")
    splits = load_splits(config, allow_fallback=False, notify=ignore)
    assert splits.test is not None
    read = [(rows.counts.read, rows.counts.empty) for rows in (splits.train, splits.validation, splits.test)]
    assert sum(rows for rows, _ in read[:2]) == 150_000
    assert (sum(empty for _, empty in read[:2]), read[2]) == (5, (50_000, 3))
    monkeypatch.setattr(training_origin, "load_splits", lambda *_, **__: splits)  # which takes seconds
    origin = TrainingOrigin(config, "nsmc", False, (splits.train.sha256, splits.validation.sha256))
    chosen = load_evaluation_rows(origin, WantedRows(), ignore)
    assert chosen.training is not None
    seen = sum(text in chosen.training.known_texts for text in chosen.rows.texts)
    # 1,571 of the 50,000 test rows stand in train word for word; three of them are empty, and those are not scored.
    assert len(rows_also_in(splits.test.texts, [*splits.train.texts, *splits.validation.texts])) == 1_571 - 3
    assert (len(chosen.rows.texts), chosen.rows.counts.empty, seen) == (49_997, 3, 1_571 - 3)


def test_the_scores_of_a_cross_validation_are_of_all_rows_of_a_review_sheet() -> None:
    cells = {"sampled": ["random", "least certain"]}
    rows = LabelledTexts("", ["good", "bad"], ["1", "0"], RowCounts(2, 2), "text", "label", cells=cells)
    scored = EvaluationRows(rows, "check.csv", CROSS_VALIDATION, None)
    assert drawn_at_random(scored, ignore) == (scored, None)
    fair, others = drawn_at_random(replace(scored, split=None), ignore)
    assert (fair.rows.texts, others and others.texts) == (["good"], ["bad"])
