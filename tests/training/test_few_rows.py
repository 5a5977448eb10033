"""A training on few rows of one's own, from an encoder: what it begins with, and which experiment is chosen."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from sentiment.config import DataConfig, Override, TokenizerConfig
from sentiment.data import ABSENT, LabelledTexts, RowCounts, Splits
from sentiment.errors import DownloadError, Interrupted
from sentiment.inference import Classifier
from sentiment.nn import RecurrentClassifier
from sentiment.text.encoding import encode
from sentiment.text.sequences import TokenSequences
from sentiment.text.tokenizer_training import train_tokenizer
from sentiment.training.classification.choice import choose_experiment, validation_advice
from sentiment.training.loop.answers import pooled_vectors
from sentiment.training.probing.polarity import fit_polarity, polarity_tensors, stored_polarity
from sentiment.training.probing.probe import fit_probe

Build = Callable[..., RecurrentClassifier]


ENCODER = """\
tokenizer: {vocab_size: 300}
model: {embedding_size: 8, hidden_size: 12, pooling: [mean, max, last]}
pretraining: {sources: [sample], label: 1.0, held_out_texts: 5}
training: {epochs: 1}
"""


@pytest.fixture
def sentences_tokenizer() -> Tokenizer:
    return train_tokenizer(["가 나 좋 다 라 싫"], TokenizerConfig(kind="word", min_frequency=1))


def sequences_with(tokens: list[list[int]]) -> TokenSequences:
    offsets = np.cumsum([0, *map(len, tokens)]).astype(np.int64)
    return TokenSequences(np.concatenate(tokens).astype(np.int32), offsets, np.zeros(len(tokens), dtype=np.bool_))


def rows_by_token(number: int) -> tuple[TokenSequences, np.ndarray[Any, np.dtype[np.int64]]]:
    """Make rows of three tokens, the second of which tells the class."""
    rng = np.random.default_rng(0)
    labels = np.arange(number) % 2
    tokens = [[int(rng.integers(50, 100)), 10 + int(label), int(rng.integers(50, 100))] for label in labels]
    return sequences_with(tokens), labels


def test_vectors_stand_in_the_order_of_the_rows(build_network: Build) -> None:
    model = build_network(output_dropout=0.5).train()
    sequences = sequences_with([[1, 2, 3], [4], [5, 6], [7, 8, 9]])
    together = pooled_vectors(model, sequences, np.array([2, 0, 3, 1]))
    assert model.training, "it is left as it was found"
    for place, row in enumerate([2, 0, 3, 1]):
        np.testing.assert_allclose(together[place], pooled_vectors(model, sequences, np.array([row]))[0], atol=1e-6)


def test_the_output_layer_begins_fitted(build_network: Build) -> None:
    model = build_network()
    sequences, labels = rows_by_token(200)
    encoder = {name: value.clone() for name, value in model.state_dict().items() if not name.startswith("output.")}
    probe = fit_probe(model, sequences, labels, None, seed=0)
    with torch.inference_mode():
        answers = model(torch.from_numpy(sequences.batch(np.arange(200)))).argmax(dim=1).numpy()
    assert (answers == labels).mean() > 0.95
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in encoder.items())
    assert probe.cross_validation is not None
    assert probe.cross_validation.accuracy > 0.95
    assert len(probe.cross_validation.labels) == 200
    assert "200 rows" in probe.summary()


def test_a_row_without_a_label_is_not_fitted(build_network: Build) -> None:
    sequences, labels = rows_by_token(200)
    partly = np.where(np.arange(200) < 100, labels, ABSENT)
    one, other = build_network(), build_network()
    assert fit_probe(one, sequences, partly, None, seed=0).num_rows == 100
    labelled = sequences_with([sequences.batch(np.array([row]))[0].tolist() for row in range(100)])
    fit_probe(other, labelled, labels[:100], None, seed=0)
    torch.testing.assert_close(one.output.weight, other.output.weight)


def test_the_direction_points_from_bad_to_good(build_network: Build, sentences_tokenizer: Tokenizer) -> None:
    model = build_network()
    texts = ["가 나 좋", "다 라 싫"] * 100
    grades = np.array([9, 1] * 100)
    sequences = encode(sentences_tokenizer, texts, None)
    found = fit_polarity(model, sequences, grades, num_grades=10, seed=0)
    assert found is not None
    scores = pooled_vectors(model, sequences, np.arange(len(texts))) @ found.weight + found.bias
    assert ((scores > 0) == (grades == 9)).all()
    stored = stored_polarity(polarity_tensors(found), len(found.weight))
    assert stored is not None
    np.testing.assert_array_equal(stored.weight, found.weight)
    assert stored_polarity(polarity_tensors(found), len(found.weight) + 1) is None
    assert stored_polarity({}, 4) is None
    assert polarity_tensors(None) == {}


@pytest.mark.parametrize("grades", [[9, 9], [0, 1], [-1, -1], [5, 6]])
def test_without_bad_and_good_texts_there_is_no_direction(
    build_network: Build, sentences_tokenizer: Tokenizer, grades: list[int]
) -> None:
    model = build_network()
    sequences = encode(sentences_tokenizer, ["가 나 좋", "다 라 싫"], None)
    assert fit_polarity(model, sequences, np.array(grades), num_grades=10, seed=0) is None


def test_rows_that_cannot_be_reached_choose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SENTIMENT_DATA", raising=False)
    monkeypatch.setenv("SENTIMENT_NSMC_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _name: tmp_path / "cache")
    with pytest.raises(DownloadError):
        choose_experiment([Override("data.source", "nsmc", "--data")], print)


def check_cross_validation(told: str, run_command: Callable[..., Any]) -> None:
    """Compare what `train` told of runs/few with what it stored, and with what the other commands tell."""
    metrics = json.loads(Path("runs/few/metrics.json").read_text(encoding="utf-8"))
    found = metrics["cross_validation"]
    assert metrics["validation"] is None
    assert metrics["cross_validated_rows"] is None
    assert sum(one["support"] for one in found["per_class"].values()) == found["n"] == 20
    assert f"cross-validated accuracy {found['accuracy']:.2%} (" in told
    assert "each of the 20 rows was predicted by a fit on the others; always predicting '싫음' gives 50.00%" in told
    line, counts = (line for line in told.splitlines() if line.startswith("좋음 "))
    positive = found["per_class"]["좋음"]
    figures = [f"{positive[name]:.4f}" for name in ("precision", "recall", "f1")]
    assert line.split()[1:] == [*figures, str(positive["support"])]
    assert counts.split()[1:] == list(map(str, found["confusion_matrix"][list(found["per_class"]).index("좋음")]))
    shown = run_command("models", "show", "few").stdout
    assert f"cross-validation\taccuracy {found['accuracy']:.2%} (" in shown
    assert f"좋음: precision {figures[0]}, recall {figures[1]}, F1 {figures[2]}, 10 rows" in shown
    measured = run_command("eval", "--model", "few")
    assert measured.exit_code == 0
    assert "20 rows; the model was trained on all of them, so these are the cross-validation scores" in measured.stdout
    assert "No baselines: the model was trained on all of these rows" in measured.stdout
    report = json.loads(run_command("eval", "--model", "few", "--data", "my.csv", "--json").stdout)
    assert report["data"]["split"] == "cross-validation"
    assert {name: report[name] for name in found} == found
    assert json.loads(run_command("eval", "--model", "few", "--split", "train", "--json").stdout)["n"] == 20
    assert run_command("eval", "--model", "few", "--split", "test").exit_code == 4


def labelled_rows(good: str, bad: str) -> str:
    """Return twenty rows of different texts."""
    return "".join(f"{'good film ' * times},{good}\n{'bad film ' * times},{bad}\n" for times in range(1, 11))


def test_some_rows_and_no_choice_give_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_command: Callable[..., Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(ENCODER, encoding="utf-8")
    assert run_command("pretrain", "./tiny.yaml", "--out", "encoder", "--threads", "1").exit_code == 0
    Path("my.csv").write_text("text,label\n" + labelled_rows("좋음", "싫음"), encoding="utf-8")
    outcome = run_command("train", "--from", "encoder", "--data", "my.csv", "--threads", "1")
    assert outcome.exit_code == 0, outcome.stderr
    assert "20 rows: training few from encoder; to choose otherwise, name an experiment" in outcome.stderr
    assert "2 classes: '싫음', '좋음'" in outcome.stderr
    assert "output layer fitted on the encoder's vectors" in outcome.stderr
    assert "next: sentiment eval --model runs/few --data FILE" in outcome.stderr
    check_cross_validation(outcome.stderr, run_command)
    assert run_command("predict", "good film", "--model", "few").stdout.split()[0] in {"좋음", "싫음"}
    # The same classes once more, told the other way round: what the model knew of them must not stand.
    Path("turned.csv").write_text("text,label\n" + labelled_rows("싫음", "좋음"), encoding="utf-8")
    outcome = run_command("train", "--from", "few", "--data", "turned.csv", "--threads", "1", "--out", "turned")
    assert outcome.exit_code == 0, outcome.stderr
    before, after = (Classifier.load(name).probabilities(["good film", "bad film"]) for name in ("few", "turned"))
    assert (before.argmax(axis=1) != after.argmax(axis=1)).all()
    refused = run_command("train", "few", "--from", "few", "--data", "my.csv", "--set", "training.probe=false")
    assert refused.exit_code == 3
    assert "learns nothing from the rows" in refused.stderr
    for unread in (("--teacher", "teacher.csv"), ("--set", "training.learning_rate=0.1")):
        refused = run_command("train", "few", "--from", "encoder", "--data", "my.csv", "--out", "none", *unread)
        assert refused.exit_code == 3
        assert unread[0] in refused.stderr.splitlines()[-1]
    monkeypatch.chdir(tmp_path.parent)
    elsewhere = run_command("eval", "--model", str(tmp_path / "runs" / "few"))
    assert elsewhere.exit_code == 4
    assert "my.csv: the file that the model was trained on is not here" in elsewhere.stderr
    monkeypatch.chdir(tmp_path)
    without_ngrams = ("--set", "model.character_ngrams=0", "--set", "model.word_ngrams=0")
    refused = run_command("train", "few", "--data", "my.csv", *without_ngrams)
    assert refused.exit_code == 3
    assert "start from an encoder, with --from, or enable n-grams" in refused.stderr
    for start in ("encoder", "none"):
        refused = run_command("train", "few", "--from", start, "--data", "my.csv", "--set", "training.probe=false")
        assert refused.exit_code == 3
        assert "training.probe: false with training.epochs 0 learns nothing from the rows" in refused.stderr
    assert not Path("runs/few-2.unfinished").exists()


def test_a_language_without_an_encoder_learns_from_all_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_command: Callable[..., Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"das war {word} Nummer {row},{label}" for row in range(30) for word, label in (("gut", 1), ("übel", 0))]
    Path("my.csv").write_text("text,label\n" + "\n".join(rows), encoding="utf-8")
    outcome = run_command("train", "--data", "my.csv", "--threads", "1")
    assert outcome.exit_code == 0, outcome.stderr
    assert "60 rows: training few from random weights" in outcome.stderr
    assert "output layer fitted on the vectors of random weights, 60 rows" in outcome.stderr
    assert "each of the 60 rows was predicted by a fit on the others" in outcome.stderr
    metrics = json.loads(Path("runs/few/metrics.json").read_text(encoding="utf-8"))
    assert metrics["cross_validation"]["n"] == 60
    assert metrics["cross_validation"]["accuracy"] > 0.9
    answers = Classifier.load("few").predict(["gut", "das war übel"])
    assert [answer.label for answer in answers] == ["1", "0"]


@pytest.mark.parametrize("start", ["encoder", "none"])
def test_one_that_was_stopped_before_it_was_written_ends_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_command: Callable[..., Any], start: str
) -> None:
    def stop(*_: object) -> None:
        raise Interrupted("stopped")

    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(ENCODER, encoding="utf-8")
    assert run_command("pretrain", "./tiny.yaml", "--out", "encoder", "--threads", "1").exit_code == 0
    Path("my.csv").write_text("text,label\n" + labelled_rows("좋음", "싫음"), encoding="utf-8")
    options = ("train", "few", "--from", start, "--data", "my.csv", "--threads", "1")
    assert run_command(*options, "--out", "whole").exit_code == 0
    with monkeypatch.context() as patch:
        patch.setattr("sentiment.training.runner.runner._write", stop)
        assert run_command(*options, "--out", "stopped").exit_code == Interrupted.exit_code
    resumed = run_command("train", "--resume", "stopped")
    assert resumed.exit_code == 0, resumed.stderr
    whole, stopped = (
        json.loads(Path(name, "metrics.json").read_text(encoding="utf-8")) for name in ("whole", "stopped")
    )
    assert whole["calibration"]["by_cross_validation"]
    for part in ("calibration", "cross_validation"):
        assert stopped[part] == whole[part]
    for file in ("model.onnx", "model.safetensors"):
        assert Path("stopped", file).read_bytes() == Path("whole", file).read_bytes()


SIZES = """\
tokenizer: {vocab_size: 300}
model: {embedding_size: 8, hidden_size: 8}
training: {epochs: 1, threads: 1}
"""


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("a,1\nb,0\n", "('0' has 1, '1' has 1); all rows of such a class are used for training"),
        ("a,1\nb,0\nc,1\n", "('0' has 1, '1' has 2); all rows of such a class are used for training"),
        ("a,1\nA,1\na ,1\n" + "b,0\n" * 10, "('0' has 1, '1' has 1); all rows of such a class are used for training"),
        ("😀,1\n😡,0\n😀😀,1\n😡😡,0\n", "('0' has 2, '1' has 2); all rows of such a class are used for training"),
    ],
    ids=["two rows", "three rows", "two texts again and again", "emoji"],
)
def test_classes_too_small_to_split_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_command: Callable[..., Any], rows: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(SIZES, encoding="utf-8")
    Path("my.csv").write_text("text,label\n" + rows, encoding="utf-8")
    trained = run_command("train", "./tiny.yaml", "--data", "my.csv")
    assert trained.exit_code == 0, trained.stderr
    assert f"my.csv: a class needs 3 different texts to hold one out {told}" in trained.stderr
    assert "my.csv: too few rows to validate on, 0, to choose an epoch" in trained.stderr
    assert "best so far" not in trained.stderr
    measured = run_command("eval", "--model", "tiny")
    assert measured.exit_code == 4
    last = measured.stderr.splitlines()[-1]
    assert last.startswith("error: my.csv: the training held out no test rows, because a class needs 3 different texts")
    assert "test_fraction" not in measured.stderr


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("", "contains no rows"),
        ("a,1\n", "all labels are '1'"),
        ("a,1\nb,1\nc,1\n", "all labels are '1'"),
        ("\u200b,1\n\u2800,0\n\u200b\u200b,1\n", "no text is left after normalisation"),
        ("a,\nb,\n", "column 'label' is empty in all 2 rows with a text"),
    ],
    ids=["no row", "one row", "one class", "nothing visible", "no label"],
)
def test_rows_that_teach_nothing_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_command: Callable[..., Any], rows: str, fault: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.csv").write_text("text,label\n" + rows, encoding="utf-8")
    refused = run_command("train", "quick", "--data", "my.csv")
    assert refused.exit_code == 4
    assert fault in refused.stderr.splitlines()[-1]
    assert not Path("runs").exists()


def rows_of(number: int, text: str = "글", **choices: Any) -> Splits:
    """Return some validation rows, and many to train on."""

    def labelled(number: int) -> LabelledTexts:
        texts = [f"{text} {row}" for row in range(number)]
        labels = [str(row % 2) for row in range(number)]
        return LabelledTexts("", texts, labels, RowCounts(number, number), "text", "label")

    return Splits(labelled(100), labelled(number), None, DataConfig(source="내 글.csv", **choices))


@pytest.mark.usefixtures("shipped")
def test_the_advice_names_a_start_for_the_language_if_there_is_one() -> None:
    for text in ("ein Satz", "they said that it was just fine"):
        advice = validation_advice(rows_of(2, text))
        assert advice is not None
        assert advice.endswith(
            "to measure the model; add rows, or learn from all of them: sentiment train few --data '내 글.csv'"
        )


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("number", [0, 1, 2, 49])
def test_too_few_rows_to_validate_on_get_an_advice(number: int) -> None:
    assert validation_advice(rows_of(number, text_column="it's")) == (
        f"내 글.csv: too few rows to validate on, {number}, to choose an epoch or to measure the model; "
        "add rows, or learn from all of them: sentiment train --from korean-reviews --data '내 글.csv' "
        """--text-column 'it'"'"'s'"""
    )
    own = validation_advice(rows_of(number, validation_source="v.csv"))
    assert own is not None
    assert own.startswith("v.csv: too few rows")
    assert own.endswith("add more with `eval_data`")


def test_enough_rows_and_rows_that_nobody_wanted_get_none() -> None:
    assert validation_advice(rows_of(50)) is None
    assert validation_advice(rows_of(0, validation_fraction=0.0)) is None


@pytest.mark.parametrize("is_final", [True, False])
def test_what_stands_beside_the_network_is_weighed_by_rows_left_out(build_network: Build, is_final: bool) -> None:
    model = build_network(character_ngrams=2, ngram_buckets=100)
    assert model.ngrams is not None
    torch.nn.init.ones_(model.ngrams.weight)
    sequences, labels = rows_by_token(200)
    noise = np.random.default_rng(1).normal(size=(200, 3)).astype(np.float32)
    probe = fit_probe(model, sequences, labels, None, 0, noise, is_final=is_final)
    assert probe.cross_validation is not None
    assert probe.cross_validation.accuracy > 0.9
    scaled = model.ngrams.weight[0, 0].item()
    assert scaled < 0.5 if is_final else scaled == 1.0


def test_ngrams_that_too_few_rows_have_taught_are_left_out(build_network: Build) -> None:
    model = build_network(character_ngrams=2, ngram_buckets=100)
    assert model.ngrams is not None
    torch.nn.init.ones_(model.ngrams.weight)
    sequences, labels = rows_by_token(2)
    probe = fit_probe(model, sequences, labels, None, 0, np.ones((2, 3), np.float32), is_final=True)
    assert probe.cross_validation is None
    assert not model.ngrams.weight.any()


def test_random_weights_count_for_nothing_where_rows_are_too_few_to_tell(build_network: Build) -> None:
    model = build_network(character_ngrams=2, ngram_buckets=100)
    assert model.ngrams is not None
    torch.nn.init.ones_(model.ngrams.weight)
    sequences, labels = rows_by_token(2)
    scores = np.ones((2, 3), np.float32)
    probe = fit_probe(model, sequences, labels, None, 0, scores, is_final=True, is_pretrained=False)
    assert probe.cross_validation is None
    assert (model.ngrams.weight == 1.0).all()
    assert not model.output.weight.any()


def test_the_answers_of_cross_validation_fit_the_temperature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_command: Callable[..., Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(ENCODER, encoding="utf-8")
    assert run_command("pretrain", "./tiny.yaml", "--out", "encoder", "--threads", "1").exit_code == 0
    pairs = [("good film", "좋음"), ("bad film", "싫음")] * 60
    labels = [label if row % 5 else pairs[row - 1][1] for row, (_, label) in enumerate(pairs)]  # a fifth is wrong
    rows = "".join(f"{text} {row},{label}\n" for row, ((text, _), label) in enumerate(zip(pairs, labels, strict=True)))
    Path("my.csv").write_text(f"text,label\n{rows}", encoding="utf-8")
    train = ("train", "few", "--from", "encoder", "--data", "my.csv", "--threads", "1")
    outcome = run_command(*train)
    assert outcome.exit_code == 0, outcome.stderr
    assert "probabilities are calibrated on 120 rows, by cross-validation: temperature " in outcome.stderr
    metrics = json.loads(Path("runs/few/metrics.json").read_text(encoding="utf-8"))
    calibration, manifest = metrics["calibration"], json.loads(Path("runs/few/manifest.json").read_text())
    assert (calibration["n"], calibration["by_cross_validation"]) == (120, True)
    assert manifest["temperature"] == pytest.approx(calibration["temperature"])
    assert calibration["after"]["log_loss"] <= calibration["before"]["log_loss"]
    assert metrics["cross_validation"]["log_loss"] == pytest.approx(calibration["after"]["log_loss"])
    lines = [f"{line},{'random' if row % 3 else 'least certain'}" for row, line in enumerate(rows.splitlines())]
    Path("sheet.csv").write_text("text,label,sampled\n" + "\n".join(lines), encoding="utf-8")
    again = ("train", "few", "--from", "runs/few", "--data", "sheet.csv", "--threads", "1", "--out", "raw")
    outcome = run_command(*again, "--set", "training.calibrate=false")
    assert "probabilities are not calibrated: training.calibrate is off" in outcome.stderr
    metrics = json.loads(Path("raw/metrics.json").read_text(encoding="utf-8"))
    assert (metrics["cross_validated_rows"], metrics["cross_validation"]["n"]) == ("random", 80)
    assert "each of the 80 rows drawn at random was predicted by a fit on the others" in outcome.stderr
    assert "on 80 training rows drawn at random, without 40 chosen because a model was unsure, which" in outcome.stderr
    report = json.loads(run_command("eval", "--model", "raw", "--json").stdout)
    assert (report["n"], report["skipped"]["without_tokens"]) == (80, 0)
    assert report["accuracy"] == metrics["cross_validation"]["accuracy"]
