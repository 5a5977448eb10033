"""A model trained further, beside the one that it started from."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment.evaluation import before_and_after
from sentiment.evaluation.before_after import BeforeAfter
from sentiment.inference import Classifier
from sentiment.model_dir import METRICS_FILE, ModelDirectory, staged_model_dir
from sentiment.stats.comparing import mcnemar

Train = Callable[..., Any]


def quiet(text: str) -> None:
    pass


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
    directory = ModelDirectory.open(new.model)
    n = len(new.splits().train.texts)
    scores = {"n": n, "accuracy": 0.75, "accuracy_interval": [0.6, 0.85], "macro_f1": 0.7, "log_loss": 0.5}
    scores |= {"brier": 0.3, "ece": 0.1, "per_class": {}, "confusion_matrix": []}
    with staged_model_dir(tmp_path / "again", labels=directory.labels, replace=False) as stage:
        for name in directory.manifest.files:
            (stage / name).write_bytes(directory.read(name))
        (stage / METRICS_FILE).write_text(json.dumps({**directory.metrics(), "cross_validation": scores}))
    found = before_and_after(tmp_path / "again", old.model, quiet)
    assert found is not None
    assert (found.n, found.after, found.p_value) == (n, 0.75, None)
    texts, labels = new.splits().train.texts, new.splits().train.labels
    predicted = [one.label for one in Classifier.load(old.model).predict(texts)]
    assert found.before == sum(one == true for one, true in zip(predicted, labels, strict=True)) / n
    assert "by cross-validation: the new model 75.00% (60.00% to 85.00%)" in found.summary()


def test_other_classes_cannot_be_compared(train: Train) -> None:
    old = train(out="old", rows=[("가 나", "yes"), ("다 라", "no")] * 20)
    new = train(out="new")
    assert before_and_after(new.model, old.model, quiet) is None


@pytest.mark.parametrize(("p_value", "shown"), [(0.0004, "p < 0.001"), (0.0312, "p = 0.031"), (1.0, "p = 1.000")])
def test_a_small_p_value_is_not_said_to_be_0(p_value: float, shown: str) -> None:
    interval = (0.5, 0.6)
    found = BeforeAfter("old", "test rows", 100, 0.5, 0.6, interval, interval, p_value)
    assert found.summary().endswith(f"; McNemar, exact: {shown}")
