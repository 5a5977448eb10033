"""A model trained further, beside the one that it started from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment.errors import DataError
from sentiment.evaluation import before_and_after, evaluate
from sentiment.evaluation.before_after import BeforeAfter
from sentiment.inference import Classifier
from sentiment.stats.comparing import mcnemar
from tests.evaluation.conftest import TRAINING_ROWS, rewrite_metrics

Train = Callable[..., Any]


def quiet(text: str) -> None:
    pass


def scores_of(n: int) -> dict[str, Any]:
    """Return metrics of n rows, three quarters of them right."""
    scores = {"n": n, "accuracy": 0.75, "accuracy_interval": [0.6, 0.85], "macro_f1": 0.7, "log_loss": 0.5}
    return scores | {"brier": 0.3, "ece": 0.1, "per_class": {}, "confusion_matrix": []}


@pytest.mark.parametrize("fraction", [0.0, 0.2])
def test_both_predict_the_same_rows(train: Train, fraction: float) -> None:
    old, new = train(out="old", swapped=True, test_fraction=fraction), train(out="new", test_fraction=fraction)
    found = before_and_after(new.model, old.model, quiet)
    assert found is not None
    rows = new.splits().test if fraction else new.splits().validation
    labels = [one.label for one in Classifier.load(new.model).predict(rows.texts)]
    right = sum(label == true for label, true in zip(labels, rows.labels, strict=True))
    assert found.rows == ("test rows" if fraction else "validation rows")
    assert (found.n, found.after, found.before) == (len(labels), right / len(labels), 1 - right / len(labels))
    assert found.p_value == mcnemar(right, len(labels) - right)
    assert found.is_worse == (found.after < found.before)
    backwards = before_and_after(old.model, new.model, quiet)
    assert backwards is not None
    assert (backwards.before, backwards.after) == (found.after, found.before)
    assert backwards.is_worse == (backwards.after < backwards.before)


def test_without_held_out_rows_the_new_model_has_its_cross_validation(train: Train, tmp_path: Path) -> None:
    whole = {"validation_fraction": 0.0, "test_fraction": 0.0}
    old, new = train(out="old", **whole), train(out="new", **whole)
    assert before_and_after(new.model, old.model, quiet) is None
    n = len(new.splits().train.texts)
    rewrite_metrics(new.model, tmp_path / "again", {"cross_validation": scores_of(n)})
    found = before_and_after(tmp_path / "again", old.model, quiet)
    assert found is not None
    assert (found.n, found.after, found.p_value) == (n, 0.75, None)
    texts, labels = new.splits().train.texts, new.splits().train.labels
    predicted = [one.label for one in Classifier.load(old.model).predict(texts)]
    assert found.before == sum(one == true for one, true in zip(predicted, labels, strict=True)) / n
    assert "rows, which the new model predicts by cross-validation: the new model 75.00% (60.00% to 85.00%)" in (
        found.summary()
    )
    rewrite_metrics(new.model, tmp_path / "part", {"cross_validation": scores_of(n - 5)})
    part = before_and_after(tmp_path / "part", old.model, quiet)
    assert part is not None
    assert f"on {n} training rows, {n - 5} of which the new model predicts by cross-validation" in part.summary()


def test_rows_that_a_cross_validation_left_out_are_not_unreadable(train: Train, tmp_path: Path) -> None:
    new = train(validation_fraction=0.0, test_fraction=0.0)
    rewrite_metrics(new.model, tmp_path / "part", {"cross_validation": scores_of(20)})
    report = evaluate(tmp_path / "part", notify=quiet, with_baselines=False)
    assert (report.score.metrics.n, report.without_tokens) == (20, 0)


def review_sheet(every: int) -> list[tuple[str, ...]]:
    """Return the training rows as a review sheet of which each `every`-th row was drawn at random."""
    return [
        (text, label, "least certain" if number % every else "random")
        for number, (text, label) in enumerate(TRAINING_ROWS * 3)
    ]


@pytest.mark.parametrize("fraction", [0.0, 0.4])
def test_of_a_review_sheet_only_the_random_rows_count(train: Train, fraction: float) -> None:
    sheet = review_sheet(every=2)
    old = train(out="old", rows=sheet, swapped=True, test_fraction=fraction, validation_fraction=0.4)
    new = train(out="new", rows=sheet, test_fraction=fraction, validation_fraction=0.4)
    found = before_and_after(new.model, old.model, quiet)
    assert found is not None
    splits = new.splits()
    held_out = splits.test if fraction else splits.validation
    pairs = zip(held_out.texts, held_out.labels, held_out.cells["sampled"], strict=True)
    drawn = [(text, label) for text, label, kind in pairs if kind == "random"]
    answers = Classifier.load(new.model).predict([text for text, _ in drawn])
    right = sum(one.label == label for one, (_, label) in zip(answers, drawn, strict=True))
    assert (found.n, found.after, found.before) == (len(drawn), right / len(drawn), 1 - right / len(drawn))
    assert 0 < len(drawn) < len(held_out.texts)
    left_out = len(held_out.texts) - len(drawn)
    kind = "test" if fraction else "validation"
    assert found.summary().startswith(
        f"on {len(drawn)} {kind} rows drawn at random, without {left_out} chosen because a model was unsure: the new"
    )


def test_too_few_random_rows_of_a_review_sheet_compare_nothing(train: Train) -> None:
    sheet = review_sheet(every=30)
    old, new = train(out="old", rows=sheet, swapped=True), train(out="new", rows=sheet)
    with pytest.raises(DataError, match=r"only \d of the \d+ test rows were drawn at random, at least 10 are needed"):
        before_and_after(new.model, old.model, quiet)


@pytest.mark.parametrize("is_on_drawn", [True, False])
def test_cross_validation_of_a_review_sheet_is_compared_on_its_random_rows(
    train: Train, tmp_path: Path, is_on_drawn: bool
) -> None:
    whole = {"validation_fraction": 0.0, "test_fraction": 0.0, "rows": review_sheet(every=2)}
    old, new = train(out="old", **whole), train(out="new", **whole)
    n = len(TRAINING_ROWS) * 3 // 2
    told = {"cross_validation": scores_of(n), "cross_validated_rows": "random" if is_on_drawn else None}
    rewrite_metrics(new.model, tmp_path / "again", told)
    if not is_on_drawn:
        with pytest.raises(DataError, match="favours the new one"):
            before_and_after(tmp_path / "again", old.model, quiet)
        return
    found = before_and_after(tmp_path / "again", old.model, quiet)
    assert found is not None
    train_rows = new.splits().train
    drawn = [place for place, kind in enumerate(train_rows.cells["sampled"]) if kind == "random"]
    predicted = Classifier.load(old.model).predict([train_rows.texts[place] for place in drawn])
    right = sum(one.label == train_rows.labels[place] for one, place in zip(predicted, drawn, strict=True))
    assert (found.n, len(drawn), found.after, found.before) == (n, n, 0.75, right / n)
    assert f"on {n} training rows drawn at random, without {n} chosen because" in found.summary()


def test_other_classes_cannot_be_compared(train: Train) -> None:
    old = train(out="old", rows=[("가 나", "yes"), ("다 라", "no")] * 20)
    new = train(out="new")
    assert before_and_after(new.model, old.model, quiet) is None


@pytest.mark.parametrize(("p_value", "shown"), [(0.0004, "p < 0.001"), (0.0312, "p = 0.031"), (1.0, "p = 1.000")])
def test_a_small_p_value_is_not_said_to_be_0(p_value: float, shown: str) -> None:
    interval = (0.5, 0.6)
    found = BeforeAfter("old", "test rows", 100, 0.5, 0.6, interval, interval, p_value)
    assert found.summary().endswith(f"; McNemar, exact: {shown}")
