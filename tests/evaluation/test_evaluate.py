"""A whole evaluation: which rows are taken, what is reported, and what is refused."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment.data import load_rows, sha256_before_division, sha256_in_any_order
from sentiment.errors import DataError, ModelDirectoryError
from sentiment.evaluation import LINEAR, MAJORITY, EvaluationReport, evaluate
from sentiment.inference import Classifier
from sentiment.metrics import classification_metrics

Train = Callable[..., Any]


def measure(model: Path, notes: list[str] | None = None, **choices: Any) -> EvaluationReport:
    heard: list[str] = [] if notes is None else notes
    return evaluate(model, notify=heard.append, **choices)


@pytest.fixture
def write_rows(tmp_path: Path) -> Callable[..., str]:
    """Write rows of text and label to a CSV file and return its path: `write_rows(("최고", "positive"), ...)`."""

    def write(*rows: tuple[str, str]) -> str:
        path = tmp_path / "other.csv"
        path.write_text("".join(f"{text},{label}\n" for text, label in [("text", "label"), *rows]), encoding="utf-8")
        return str(path)

    return write


def test_the_default_is_the_test_split_of_the_training_file(trained: Any) -> None:
    report = measure(trained.model)
    splits = trained.splits()
    assert (report.data.split, report.data.sha256) == ("test", splits.test.sha256)
    assert report.score.metrics.n == len(splits.test.texts)
    assert report.trained_on.source == str(trained.data)
    unseen = report.score.without_seen
    assert unseen is not None
    assert (unseen.n, unseen.seen, unseen.accuracy) == (len(splits.test.texts), 0, report.score.metrics.accuracy)


def test_the_score_is_that_of_the_classifier(trained: Any) -> None:
    report = measure(trained.model)
    test = trained.splits().test
    classifier = Classifier.load(trained.model)
    truth = np.array([classifier.labels.index(label) for label in test.labels])
    expected = classification_metrics(truth, classifier.probabilities(test.texts), classifier.labels)
    assert report.score.metrics == expected


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_splits_by_name(trained: Any, split: str) -> None:
    report = measure(trained.model, split=split)
    assert report.data.sha256 == getattr(trained.splits(), split).sha256
    unseen = report.score.without_seen
    assert unseen is not None
    if split == "train":
        assert (unseen.n, unseen.accuracy, unseen.accuracy_interval) == (0, None, None)
    else:
        assert unseen.seen == 0


def test_naming_the_training_file_still_means_its_test_split(trained: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    by_default = measure(trained.model)
    assert measure(trained.model, data=str(trained.data)).data == by_default.data
    monkeypatch.chdir(trained.data.parent)
    assert measure(trained.model, data=trained.data.name).data == by_default.data


def test_other_columns_of_the_training_file_are_other_rows(train: Train) -> None:
    trained = train(text_column="text", label_column="label")
    by_default = measure(trained.model).data
    same = measure(trained.model, data=str(trained.data), text_column="text", label_column="label").data
    assert same == by_default
    header, *rows = trained.data.read_text(encoding="utf-8").splitlines()
    second = trained.data.with_name("second_opinion.csv")
    rated = [f"{header},rater", f"{rows[0]},negative", *(f"{row},{row.rpartition(',')[2]}" for row in rows[1:])]
    second.write_text("\n".join(rated), encoding="utf-8")
    retrained = train(source=str(second), text_column="text", label_column="label", out="second")
    whole = measure(retrained.model, data=str(second), label_column="rater")
    assert whole.data.split is None
    assert whole.score.metrics.n == len(rows)
    unseen = whole.score.without_seen
    assert unseen is not None
    assert unseen.n == by_default.counts.used


def test_named_data_is_its_test_split(trained: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    def remember(source: str, *, split: str | None, **choices: Any) -> Any:
        asked.append(split)
        return trained.splits().test

    monkeypatch.setattr("sentiment.evaluation.rows.load_rows", remember)
    assert measure(trained.model, data="nsmc").data.split == "test"
    assert measure(trained.model, data="sample").data.split is None
    assert measure(trained.model, data="hub:someone/reviews", split="validation").data.split == "validation"
    assert asked == ["test", None, "validation"]


def test_baselines_learn_from_the_models_training_rows(trained: Any) -> None:
    report = measure(trained.model)
    splits = trained.splits()
    by_name = {baseline.name: baseline.score for baseline in report.baselines}
    majority, linear = by_name[MAJORITY], by_name[LINEAR]
    assert majority is not None
    assert linear is not None
    labels = list(splits.train.labels)
    most_common = max(set(labels), key=labels.count)
    assert majority.metrics.accuracy == splits.test.labels.count(most_common) / len(splits.test.labels)
    share = labels.count("positive") / len(labels)
    positives = splits.test.labels.count("positive")
    negatives = len(splits.test.labels) - positives
    brier = (positives * 2 * (1 - share) ** 2 + negatives * 2 * share**2) / (positives + negatives)
    assert majority.metrics.brier == pytest.approx(brier)
    assert linear.metrics.accuracy > majority.metrics.accuracy
    assert linear.metrics.n == majority.metrics.n == report.score.metrics.n


def test_the_paired_comparison_agrees_with_the_accuracies(trained: Any) -> None:
    report = measure(trained.model)
    linear = report.baselines[1].score
    assert report.paired is not None
    assert linear is not None
    assert report.paired.accuracy_difference == pytest.approx(report.score.metrics.accuracy - linear.metrics.accuracy)


def test_the_linear_model_is_fitted_once(trained: Any, own_cache: Path) -> None:
    first_notes: list[str] = []
    second_notes: list[str] = []
    first, second = measure(trained.model, first_notes), measure(trained.model, second_notes)
    assert sum("fitting" in note for note in first_notes) == 1
    assert not any("fitting" in note for note in second_notes)
    assert first.to_dict() == second.to_dict()
    assert [path.suffix for path in (own_cache / "baselines").iterdir()] == [".npz", ".npz"], "the model, its answers"


def test_rows_of_another_file_and_those_seen_in_training(trained: Any, write_rows: Callable[..., str]) -> None:
    splits = trained.splits()
    rows = [("처음 보는 최고", "positive"), ("처음 보는 최악", "negative")]
    rows += [(splits.train.texts[0], splits.train.labels[0]), (splits.validation.texts[0], "positive")]
    rows += [(splits.test.texts[0], splits.test.labels[0])]
    report = measure(trained.model, data=write_rows(*rows))
    assert report.data.split is None
    unseen = report.score.without_seen
    assert unseen is not None
    assert (report.score.metrics.n, unseen.n, unseen.seen) == (5, 3, 2)
    assert all(baseline.score and baseline.score.without_seen for baseline in report.baselines)


def test_empty_rows_are_counted_and_not_scored(trained: Any, write_rows: Callable[..., str]) -> None:
    rows = [("최고", "positive"), ("", "positive"), ("   ", "negative"), ("최악", "negative"), ("최악", "")]
    report = measure(trained.model, data=write_rows(*rows))
    assert report.score.metrics.n == 2
    assert (report.skipped["empty"], report.skipped["unlabelled"]) == (2, 1)
    assert report.score.metrics.n + sum(report.skipped.values()) == report.data.counts.read == 5


def test_texts_without_a_token_are_counted_and_not_scored(
    trained: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = Classifier.score

    def leave_first_out(self: Classifier, texts: list[str]) -> Any:
        scores = answer(self, texts)
        scores.probabilities[0] = np.nan
        return scores

    whole = measure(trained.model)
    monkeypatch.setattr(Classifier, "score", leave_first_out)
    report = measure(trained.model, cache=tmp_path / "other cache")
    assert report.score.metrics.n == whole.score.metrics.n - 1
    assert report.skipped["without_tokens"] == 1
    assert all(baseline.score and baseline.score.metrics.n == report.score.metrics.n for baseline in report.baselines)


def test_unknown_labels_are_named_with_the_known_ones(trained: Any, write_rows: Callable[..., str]) -> None:
    data = write_rows(("최고", "positive"), ("최악", "0"), ("보통", "neu\ttral"))
    with pytest.raises(DataError) as caught:
        measure(trained.model, data=data)
    assert r"unknown to the model: '0', 'neu\ttral'; its labels are 'negative', 'positive'" in str(caught.value)


def test_many_unknown_labels_stay_one_line(trained: Any, write_rows: Callable[..., str]) -> None:
    data = write_rows(*((f"text {i}", f"{i % 60}" + "x" * 100) for i in range(600)))
    with pytest.raises(DataError, match="and 50 more; its labels are"):
        measure(trained.model, data=data)


def test_without_training_rows_the_baselines_say_why(trained: Any, write_rows: Callable[..., str]) -> None:
    other = write_rows(("최고", "positive"), ("최악", "negative"))
    trained.data.unlink()
    notes: list[str] = []
    report = measure(trained.model, notes, data=other)
    as_dict = report.to_dict()
    assert as_dict["paired"] is None
    assert as_dict["without_seen"] is None
    assert as_dict["trained_on"]["reason"]
    for name in (MAJORITY, LINEAR):
        assert as_dict["baselines"][name]["metrics"] is None
        assert as_dict["baselines"][name]["reason"].startswith("the model's training rows are not available: ")
        assert "training.csv" in as_dict["baselines"][name]["reason"]
    assert not any("baseline" in note for note in notes), "the report says so"


def test_without_training_rows_their_test_split_is_an_error(trained: Any) -> None:
    trained.data.unlink()
    with pytest.raises(DataError, match=r"training\.csv"):
        measure(trained.model)


def test_the_score_comes_before_anything_else_is_read(trained: Any, write_rows: Callable[..., str]) -> None:
    other = write_rows(("최고", "positive"), ("최악", "negative"))
    heard: list[str] = []
    scores: list[EvaluationReport] = []

    def scored(report: EvaluationReport) -> None:
        scores.append(report)
        heard.append("scored")
        trained.data.unlink()

    report = evaluate(trained.model, data=other, notify=heard.append, scored=scored)
    assert scores[0].score.metrics == report.score.metrics
    assert scores[0].baselines == ()
    place = heard.index("scored")
    assert not any("baseline" in note or "training.csv" in note for note in heard[:place])
    assert heard[place + 1 :] == []
    assert all("training.csv" in (baseline.reason or "") for baseline in report.baselines)


def test_baselines_that_are_not_asked_for_cost_nothing(trained: Any, write_rows: Callable[..., str]) -> None:
    other = write_rows(("최고", "positive"), ("최악", "negative"))
    with_training_rows = measure(trained.model, with_baselines=False)
    trained.data.unlink()
    notes: list[str] = []
    report = measure(trained.model, notes, data=other, with_baselines=False)
    assert not any("baselines:" in note or "fitting" in note for note in notes)
    as_dict = report.to_dict()
    assert (as_dict["paired"], as_dict["without_seen"]) == (None, None)
    assert {as_dict["baselines"][name]["reason"] for name in (MAJORITY, LINEAR)} == {"not requested"}
    assert as_dict["trained_on"]["reason"] == "not requested"
    assert with_training_rows.score.without_seen is not None
    assert with_training_rows.trained_on.reason is None


def test_without_scikit_learn_the_models_figures_stand(
    trained: Any, write_rows: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = measure(trained.model)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    notes: list[str] = []
    report = measure(trained.model, notes)
    assert report.score == whole.score
    assert report.baselines[0] == whole.baselines[0], "the majority class needs no scikit-learn"
    assert report.baselines[1].score is None
    assert "scikit-learn is not installed" in (report.baselines[1].reason or "")
    assert not any("scikit-learn" in note for note in notes), "the report says so"
    trained.data.unlink()
    other = measure(trained.model, data=write_rows(("최고", "positive"), ("최악", "negative")))
    assert other.score.metrics.n == 2
    assert all("scikit-learn" in (baseline.reason or "") for baseline in other.baselines), "nothing is read for it"


def test_changed_training_rows_are_not_taken_for_the_old_ones(trained: Any, write_rows: Callable[..., str]) -> None:
    with trained.data.open("a", encoding="utf-8") as file:
        file.writelines(f"새로운 글 {i},positive\n" for i in range(20))
    with pytest.raises(DataError, match="the rows have changed since"):
        measure(trained.model)
    other = write_rows(("최고", "positive"), ("최악", "negative"))
    assert "the rows have changed since" in (measure(trained.model, data=other).baselines[0].reason or "")


def copy_of(trained: Any, name: str) -> str:
    """Copy the training file under another name; in another format, rows and columns are in another order."""
    path = trained.data.with_name(name)
    if path.suffix == ".csv":
        shutil.copy(trained.data, path)
        return str(path)
    header, *rows = [line.split(",") for line in trained.data.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join(f"{label}\t{text}\n" for text, label in [header, *reversed(rows)]), encoding="utf-8")
    return str(path)


def assert_same_rows(report: EvaluationReport, other: EvaluationReport) -> None:
    """Check that two evaluations of one model are of the same rows, in any order, none of which it has seen."""
    assert report.score.metrics.confusion_matrix == other.score.metrics.confusion_matrix
    assert report.score.metrics.log_loss == pytest.approx(other.score.metrics.log_loss)
    assert report.score.without_seen is not None
    assert report.score.without_seen.seen == 0


@pytest.mark.parametrize("name", ["copy.csv", "reordered.tsv"])
def test_a_copy_of_the_training_file_means_its_test_split(trained: Any, name: str) -> None:
    by_default, num_validation = measure(trained.model), len(trained.splits().validation.texts)
    notes: list[str] = []
    copy = copy_of(trained, name)
    trained.data.unlink()
    report = measure(trained.model, notes, data=copy)
    assert (report.data.source, report.data.split) == (copy, "test")
    assert_same_rows(report, by_default)
    assert report.baselines[0].score is not None, "the training rows are those of the copy"
    told = f"{copy}: contains the rows of {trained.data}, which the model was trained on; of these, its test rows are"
    assert [told in note for note in notes].count(True) == 1
    validation = measure(trained.model, data=copy, split="validation", with_baselines=False)
    assert (validation.data.split, validation.score.metrics.n) == ("validation", num_validation)


def test_a_reordered_training_file_is_divided_as_before(trained: Any) -> None:
    by_default = measure(trained.model)
    header, *rows = trained.data.read_text(encoding="utf-8").splitlines()
    trained.data.write_text("\n".join([header, *sorted(rows)]) + "\n", encoding="utf-8")
    assert_same_rows(measure(trained.model), by_default)


def test_a_copy_without_test_rows_is_refused_as_the_file_is(train: Train) -> None:
    trained = train(test_fraction=0.0)
    with pytest.raises(DataError, match=r"copy\.csv: the training held out no test rows.*--split validation"):
        measure(trained.model, data=copy_of(trained, "copy.csv"))


def test_a_file_with_other_rows_too_is_no_copy(trained: Any) -> None:
    copy = copy_of(trained, "copy.csv")
    with Path(copy).open("a", encoding="utf-8") as file:
        file.write("새로운 글,positive\n")
    assert measure(trained.model, data=copy, with_baselines=False).data.split is None
    with pytest.raises(DataError, match="no split named 'test'; a file has none"):
        measure(trained.model, data=copy, split="test")


def test_an_older_model_does_not_know_a_copy(train: Train) -> None:
    trained = train(is_older=True)
    report = measure(trained.model, data=copy_of(trained, "copy.csv"), with_baselines=False)
    assert report.data.split is None


@pytest.mark.parametrize(
    ("choices", "is_known"),
    [
        ({}, True),
        ({"test_fraction": 0.0}, True),
        ({"test_fraction": 0.0, "validation_fraction": 0.0}, False),
        ({"max_training_rows": 10}, False),
        ({"max_training_rows": 1_000}, True),
        ({"source": "sample"}, False),
        ({"validation_source": "sample"}, True),
    ],
)
def test_the_digest_of_a_file_is_that_before_its_division(
    train: Train, choices: dict[str, Any], is_known: bool
) -> None:
    trained = train(**choices)
    whole = load_rows(str(trained.data), notify=lambda _: None)
    expected = sha256_in_any_order(whole) if is_known else None
    assert sha256_before_division(trained.splits()) == expected


def test_no_test_split_is_an_error(train: Train) -> None:
    trained = train(test_fraction=0.0)
    with pytest.raises(
        DataError,
        match=r"no test rows, because its experiment holds none out \(data\.test_fraction is 0\); .*`data`",
    ):
        measure(trained.model)
    assert measure(trained.model, split="validation").data.split == "validation"


def test_three_classes_one_of_them_absent(train: Train, write_rows: Callable[..., str]) -> None:
    rows = [(f"{word} {i}", label) for label, word in [("0", "최악"), ("1", "보통"), ("2", "최고")] for i in range(12)]
    trained = train(rows=rows)
    report = measure(trained.model, data=write_rows(("최악", "0"), ("최고", "2")))
    assert report.labels == ("0", "1", "2")
    assert report.score.metrics.per_class["1"].support == 0
    linear = report.baselines[1].score
    assert linear is not None
    assert linear.metrics.accuracy == 1.0


def test_a_model_of_the_fallback_sample_is_called_so(train: Train) -> None:
    trained = train(is_fallback=True)
    notes: list[str] = []
    report = measure(trained.model, notes)
    assert notes[0].startswith("WARNING: nsmc could not be reached when")
    assert report.to_dict()["trained_on"]["is_fallback"] is True


def test_the_report_is_finite_json(trained: Any) -> None:
    as_dict = measure(trained.model).to_dict()
    assert json.loads(json.dumps(as_dict, allow_nan=False)) == as_dict
    assert {"n", "accuracy", "accuracy_interval", "macro_f1", "log_loss", "brier", "ece", "model", "data"} <= set(
        as_dict
    )
    assert {"per_class", "confusion_matrix", "labels", "baselines", "paired", "without_seen", "skipped"} <= set(as_dict)


def test_metrics_that_do_not_tell_the_source_are_refused(write_model: Callable[..., Path], tmp_path: Path) -> None:
    model = write_model(tmp_path / "tiny")
    with pytest.raises(ModelDirectoryError, match=r"metrics\.json: does not say what the model was trained on"):
        measure(model)
    shutil.rmtree(model)
    with pytest.raises(ModelDirectoryError):
        measure(model)


def test_neither_torch_nor_scikit_learn_is_loaded_on_import() -> None:
    code = "import sys, sentiment.evaluation; print({'sklearn', 'scipy', 'torch', 'pyarrow'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout == "set()\n"
