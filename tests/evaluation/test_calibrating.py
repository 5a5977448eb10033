"""Calibration of a finished model on other rows, and the answers that it then leaves out."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment.data import load_rows
from sentiment.errors import DataError, ModelDirectoryError, OutputError
from sentiment.evaluation import CalibrationReport, calibrate_model
from sentiment.evaluation.rows import number_labels
from sentiment.inference import Classifier
from sentiment.inference.abstention import Promise
from sentiment.inference.drift import WatchedClassifier
from sentiment.inference.inside.deletion_curve import deletion_curve
from sentiment.metrics import log_loss
from sentiment.model_dir import CALIBRATION_FILE, CONFIG_FILE, CalibrationRows, ModelDirectory
from sentiment.stats.selective import safe_threshold
from tests.evaluation.conftest import write_csv

Run = Callable[..., Any]
SYLLABLES = "영화배우음악이야기화면최고재밌다감동좋은연기추천웃기최악지루실망나쁜"


def quiet(text: str) -> None:
    pass


def random_texts(n: int, seed: int = 0, longest: int = 6) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list(SYLLABLES), rng.integers(1, longest + 1))) for _ in range(n)]


def rows_like_the_model(model: Path, path: Path, n: int, sharpness: float = 3.0) -> Path:
    """Write rows whose labels are drawn from the model's own probabilities, made surer or less sure."""
    rng = np.random.default_rng(1)
    classifier = Classifier.load(model)
    texts = random_texts(n)
    powers = classifier.probabilities(texts).astype(np.float64) ** sharpness
    shares = powers / powers.sum(axis=1, keepdims=True)
    return write_csv(
        path, [(text, rng.choice(classifier.labels, p=row)) for text, row in zip(texts, shares, strict=True)]
    )


@pytest.fixture
def calibrate(trained: Any, tmp_path: Path) -> Callable[..., CalibrationReport]:
    def run(n: int = 400, **choices: Any) -> CalibrationReport:
        model = choices.pop("model", trained.model)
        data = rows_like_the_model(model, tmp_path / "mine.csv", n)
        rows = load_rows(str(data), notify=quiet)
        return calibrate_model(model, rows, tmp_path / "calibrated", notify=quiet, **choices)

    return run


def test_a_temperature_fits_the_rows_and_changes_no_label(
    calibrate: Callable[..., CalibrationReport], trained: Any, tmp_path: Path
) -> None:
    report = calibrate()
    # The labels are three times as sure as the model: its temperature was 1.
    assert report.temperature == pytest.approx(1 / 3, rel=0.25)
    assert (report.scales, report.scaled_on, report.rows) == (None, 400, 400)
    assert report.after.log_loss < report.before.log_loss
    old, new = Classifier.load(trained.model), Classifier.load(report.model)
    texts = random_texts(50, seed=5)
    before, after = old.probabilities(texts), new.probabilities(texts)
    assert (before.argmax(axis=1) == after.argmax(axis=1)).all()
    powers = before.astype(np.float64) ** (1 / report.temperature)
    assert after == pytest.approx(powers / powers.sum(axis=1, keepdims=True), abs=1e-5)
    ModelDirectory.open(report.model).verify()
    rows = load_rows(str(tmp_path / "mine.csv"), notify=quiet)
    loss = log_loss(number_labels(rows, new.labels), new.probabilities(rows.texts))
    assert report.after.log_loss == pytest.approx(loss)


def test_what_was_measured_on_other_probabilities_is_measured_again(
    write_model: Callable[..., Path], tmp_path: Path
) -> None:
    old = {"deletion_curve": {"n": 100}, "calibration": {"temperature": 1.5}}
    kept = {"data": {}, "validation": {"accuracy": 0.5}}
    model = write_model(tmp_path / "model", metrics=kept | old)
    few, many = (load_rows(str(rows_like_the_model(model, tmp_path / f"{n}.csv", n)), notify=quiet) for n in (99, 400))
    as_it_was = calibrate_model(model, few, tmp_path / "few", notify=quiet)
    assert ModelDirectory.open(as_it_was.model).metrics() == kept | old
    report = calibrate_model(model, many, tmp_path / "many", notify=quiet)
    metrics = ModelDirectory.open(report.model).metrics()
    curve, calibration = (metrics.pop(name) for name in old)
    assert metrics == kept
    again = deletion_curve(many.texts, Classifier.load(report.model).probabilities)
    assert again is not None
    assert curve == again.to_dict()
    assert (calibration["temperature"], calibration["n"]) == (report.temperature, 400)
    assert calibration["after"] == {"log_loss": report.after.log_loss, "ece": report.after.ece}
    kept_config, config = (ModelDirectory.open(path).read(CONFIG_FILE) for path in (report.model, model))
    assert kept_config == config


def test_calibrating_again_starts_from_the_network(calibrate: Callable[..., CalibrationReport], tmp_path: Path) -> None:
    once = calibrate()
    rows = load_rows(str(tmp_path / "mine.csv"), notify=quiet)
    twice = calibrate_model(once.model, rows, tmp_path / "again", notify=quiet)
    assert twice.temperature == pytest.approx(once.temperature, rel=1e-3)


def test_more_classes_get_a_scale_and_a_bias_each(train: Callable[..., Any], tmp_path: Path) -> None:
    words = {"negative": "나쁘다", "neutral": "보통", "positive": "좋다"}
    trained = train(rows=[(f"{word} {i}", label) for label, word in words.items() for i in range(20)])
    classifier = Classifier.load(trained.model)
    rng = np.random.default_rng(2)
    texts = random_texts(1_200)
    powers = classifier.probabilities(texts).astype(np.float64) ** [2.0, 3.0, 2.0] * [3.0, 1.0, 1.0]
    shares = powers / powers.sum(axis=1, keepdims=True)
    data = write_csv(
        tmp_path / "m.csv", [(t, rng.choice(classifier.labels, p=p)) for t, p in zip(texts, shares, strict=True)]
    )
    report = calibrate_model(trained.model, load_rows(str(data), notify=quiet), tmp_path / "out", notify=quiet)
    assert (report.scaled_on, report.rows) == (600, 600)
    assert report.scales is not None
    assert report.biases is not None
    assert report.biases[0] > report.biases[1]
    assert report.after.log_loss < report.before.log_loss - 0.05
    manifest = ModelDirectory.open(report.model).manifest
    assert (manifest.scales, manifest.biases) == (report.scales, report.biases)
    again = calibrate_model(report.model, load_rows(str(data), notify=quiet), tmp_path / "again", notify=quiet)
    assert again.scales == pytest.approx(report.scales, rel=0.01)


def test_a_class_without_rows_is_told_of(trained: Any, tmp_path: Path) -> None:
    labels = Classifier.load(trained.model).labels
    rows = [(text, labels[0] if number >= 9 else labels[1]) for number, text in enumerate(random_texts(200))]
    notes: list[str] = []
    data = load_rows(str(write_csv(tmp_path / "mine.csv", rows)), notify=quiet)
    calibrate_model(trained.model, data, tmp_path / "out", notify=notes.append)
    assert [note for note in notes if f"few or no rows are {labels[1]!r}" in note]


def test_few_rows_keep_the_probabilities(calibrate: Callable[..., CalibrationReport], trained: Any) -> None:
    report = calibrate(60)
    assert report.scaled_on == 0
    assert "100 rows are needed" in str(report.reason)
    assert (report.temperature, report.rows) == (ModelDirectory.open(trained.model).manifest.temperature, 60)
    with pytest.raises(DataError, match="too few to calibrate on"):
        calibrate(12, is_replacing=True)
    with pytest.raises(OutputError, match="already exists"):
        calibrate(60)


def test_the_promise_is_that_of_the_rows(calibrate: Callable[..., CalibrationReport], trained: Any) -> None:
    report = calibrate(600, max_errors=(0.3, 0.001))
    directory = ModelDirectory.open(report.model)
    rows = CalibrationRows.read(directory)
    assert rows is not None
    right = np.array(rows.truth) == np.array(rows.predicted)
    found = safe_threshold(np.array(rows.confidence), right, 0.3)
    assert found is not None
    promise = Promise.of(directory, 0.3)
    assert (promise.threshold, report.kept[0].threshold) == (found.threshold, found.threshold)
    assert promise.answered == report.kept[0].answered == found.answered / 600
    assert report.kept[1].threshold is None
    with pytest.raises(DataError, match="prove no threshold that keeps"):
        Promise.of(directory, 0.001)
    with pytest.raises(ModelDirectoryError, match=r"calibrate it with: sentiment calibrate .*model --data FILE"):
        Promise.of(ModelDirectory.open(trained.model), 0.3)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"truth": [0, 5]}, "truth has an impossible value"),
        ({"confidence": [0.5, 1.5]}, "confidence has an impossible value"),
        ({"confidence": [0.5]}, "differ in length"),
        ({"num_tokens": "many"}, "not a list"),
        ({"data": 3}, "does not say"),
    ],
)
def test_impossible_calibration_rows(change: dict[str, Any], fault: str) -> None:
    sound = json.loads(CalibrationRows("mine", (0, 1), (0, 1), (0.5, 0.75), (3, 4), (0, 0)).to_json())
    assert len(CalibrationRows._parse(sound, 2)) == 2
    with pytest.raises(ValueError, match=fault):
        CalibrationRows._parse(sound | change, 2)


def test_drift(calibrate: Callable[..., CalibrationReport]) -> None:
    report = calibrate(600)
    rows = CalibrationRows.read(ModelDirectory.open(report.model))
    assert rows is not None
    alike = WatchedClassifier(Classifier.load(report.model))
    alike.score(random_texts(500, seed=9))
    assert alike.drift_from(rows) == []
    longer = WatchedClassifier(Classifier.load(report.model))
    longer.score(random_texts(500, seed=9, longest=40))
    assert "tokens of a text" in [drift.what for drift in longer.drift_from(rows)]
    strange = WatchedClassifier(Classifier.load(report.model))
    strange.remember_predictions(strange.classifier.predict(["zxy" + text for text in random_texts(500, seed=9)]))
    found = {drift.what: drift for drift in strange.drift_from(rows)}
    before, after = found["share of unknown tokens"].means or (1.0, 0.0)
    assert after > before == 0.0
    few = WatchedClassifier(Classifier.load(report.model))
    few.score(["zxy"] * 40)
    assert few.drift_from(rows) == []


def test_from_calibrate_to_predict(trained: Any, tmp_path: Path, run_command: Run) -> None:
    data, out = rows_like_the_model(trained.model, tmp_path / "mine.csv", 600), tmp_path / "calibrated"
    command = ("calibrate", str(trained.model), "--data", str(data), "--out", str(out))
    outcome = run_command(*command, "--max-error", "0.3")
    assert (outcome.exit_code, outcome.stdout) == (0, f"{out}\n")
    assert "--max-error 0.3: answers " in outcome.stderr
    report = json.loads(run_command(*command, "--max-error", "0.3", "--json", "--force").stdout)
    threshold = report["kept"][0]["threshold"]
    answered = tmp_path / "answered.csv"
    predict = ("predict", "--model", str(out), "--max-error", "0.3")
    outcome = run_command(*predict, "--file", str(data), "--output", str(answered))
    assert outcome.exit_code == 0
    assert "with 95% confidence at most 30.0% of them are wrong" in outcome.stderr
    assert "WARNING" not in outcome.stderr
    with answered.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["text", "label", "predicted_label", "predicted_probability", "predicted_reason"]
    unsure = [row for row in rows if row["predicted_reason"] == "unsure"]
    assert len(unsure) == round(600 * (1 - report["kept"][0]["answered"]))
    for row in rows:
        is_unsure = float(row["predicted_probability"]) < round(threshold, 6)
        assert (row["predicted_label"] == "") == (row["predicted_reason"] == "unsure")
        if abs(float(row["predicted_probability"]) - threshold) > 1e-6:
            assert is_unsure == (row["predicted_reason"] == "unsure")
    missing = run_command("predict", "--model", str(trained.model), "--max-error", "0.3", "영화 최고")
    assert missing.exit_code == ModelDirectoryError.exit_code
    assert "sentiment calibrate" in missing.stderr
    strange = run_command(*predict, stdin="\n".join("zq" * 30 for _ in range(60)).encode())
    assert "WARNING: these texts differ from the calibration rows" in strange.stderr
    assert "share of unknown tokens (mean 0 there, " in strange.stderr
    assert "probabilities (mean" not in strange.stderr


@pytest.mark.parametrize(("texts", "printed"), [([""], "no answer: the text is empty\n"), (["", " "], "\t\t\n\t\t \n")])
def test_texts_without_an_answer_say_nothing_of_drift(
    calibrate: Callable[..., CalibrationReport], run_command: Run, texts: list[str], printed: str
) -> None:
    outcome = run_command("predict", *texts, "--model", str(calibrate().model), "--max-error", "0.5")
    assert (outcome.exit_code, outcome.stdout) == (0, printed)


def test_training_rows_are_refused(trained: Any, run_command: Run) -> None:
    command = ("calibrate", str(trained.model), "--data", str(trained.data), "--split", "train")
    assert run_command(*command).exit_code == 2


def test_the_file_is_checked(calibrate: Callable[..., CalibrationReport]) -> None:
    report = calibrate()
    path = report.model / CALIBRATION_FILE
    path.write_text(path.read_text(encoding="utf-8").replace("0", "1", 1), encoding="utf-8")
    with pytest.raises(ModelDirectoryError, match="altered"):
        Promise.of(ModelDirectory.open(report.model), 0.3)
