"""Training from Python: what it gives, and what it leaves as it was."""

import json
import logging
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import sentiment
from sentiment import Classifier
from sentiment.errors import ConfigError, DataError, OutputError, SentimentError
from sentiment.model_dir import ModelDirectory
from sentiment.training import EpochReport, Report, StepReport

pytestmark = pytest.mark.usefixtures("without_curves")

TEXTS = [
    f"{name} {'정말 최고예요' if good else '돈이 아까워요'} {row}"
    for row, (name, good) in enumerate(
        (name, good) for name in ("영화", "배우", "연기", "음악", "장면", "결말") * 5 for good in (True, False)
    )
]
LABELS = ["좋음", "싫음"] * 30
TINY: dict[str, Any] = {
    "model": {"embedding_size": 8, "hidden_size": 8},
    "tokenizer__vocab_size": 200,
    "training__epochs": 2,
    "training__batch_size": 8,
    "threads": 1,
}


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, with another for temporary files."""
    for name in ("here", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))


def digest(path: Path) -> str:
    return sha256((path / "model.safetensors").read_bytes()).hexdigest()


def test_it_learns() -> None:
    classifier = sentiment.train(TEXTS, LABELS, **TINY | {"training__epochs": 12, "training__learning_rate": 0.02})
    assert classifier.labels == ("싫음", "좋음")
    answers = [answer.label for answer in classifier.predict(TEXTS)]
    assert np.mean([ours == truth for ours, truth in zip(answers, LABELS, strict=True)]) > 0.95


def test_it_is_the_training_of_the_command(run_command: Callable[..., Any]) -> None:
    rows = zip(TEXTS, LABELS, strict=True)
    Path("my.csv").write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows), encoding="utf-8")
    settings = ("model.embedding_size=8", "model.hidden_size=8", "tokenizer.vocab_size=200", "training.epochs=2")
    options = [
        word for each in (*settings, "training.batch_size=8", "data.test_fraction=0") for word in ("--set", each)
    ]
    ended = run_command("train", "--data", "my.csv", "--out", "command", "--threads", "1", *options)
    assert ended.exit_code == 0, ended.stderr
    sentiment.train(TEXTS, LABELS, out="program", **TINY)
    assert digest(Path("program")) == digest(Path("command"))


def test_without_out_nothing_is_left_and_the_classifier_answers_on(tmp_path: Path) -> None:
    classifier = sentiment.train(TEXTS, LABELS, **TINY)
    assert list(Path().iterdir()) == []
    assert list((tmp_path / "temporary").iterdir()) == []
    again = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(classifier))))
    assert again.predict(TEXTS) == classifier.predict(TEXTS)


def test_a_directory_is_a_model_like_any(run_command: Callable[..., Any]) -> None:
    classifier = sentiment.train(TEXTS, LABELS, out="mine", seed=3, config="quick", **TINY)
    assert [path.name for path in Path().iterdir()] == ["mine"]
    directory = ModelDirectory.open(Path("mine"))
    directory.verify()
    assert directory.config.training.seed == 3
    metrics = directory.metrics()
    assert metrics["command"] == [
        "sentiment.train(texts, labels, config='quick', seed=3, threads=1, "
        "model={'embedding_size': 8, 'hidden_size': 8}, tokenizer__vocab_size=200, training__epochs=2, "
        "training__batch_size=8)"
    ]
    assert (metrics["data"]["source"], metrics["data"]["has_test_rows"], metrics["threads"]) == ("in-memory", False, 1)
    assert Classifier.load("mine").predict(TEXTS) == classifier.predict(TEXTS)
    refused = run_command("eval", "--model", "mine")
    assert refused.exit_code == 4
    assert "error: in-memory: the model was trained on rows passed by a program; choose others with --data" in (
        refused.stderr
    )
    with pytest.raises(OutputError, match="mine"):
        sentiment.train(TEXTS, LABELS, out="mine", **TINY)
    before = digest(Path("mine"))
    sentiment.train(TEXTS, LABELS, out="mine", force=True, seed=4, **TINY)
    assert digest(Path("mine")) != before


def test_reports_come_step_by_step() -> None:
    reports: list[Report] = []
    sentiment.train(TEXTS, LABELS, validation=(TEXTS[:10], LABELS[:10]), progress=reports.append, **TINY)
    steps = [report for report in reports if isinstance(report, StepReport)]
    epochs = [report for report in reports if isinstance(report, EpochReport)]
    assert [report.step for report in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].rows == 60
    assert [report.epoch for report in epochs] == [1, 2]
    assert epochs[0].figures["accuracy"] is not None


@pytest.mark.usefixtures("shipped")
def test_what_people_should_know_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="sentiment"):
        sentiment.train([*TEXTS, " ", "쓸데없는 글"], [*LABELS, "좋음", None], **TINY)
    assert "in-memory: 2 of 62 rows are left out: 1 without text, 1 without label" in caplog.messages
    assert any(message.endswith("start_from='korean-reviews'") for message in caplog.messages)


def test_signals_threads_and_random_numbers_are_left_alone() -> None:
    def look(_report: Report) -> None:
        found.add((signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)))

    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    found: set[Any] = set()
    torch.set_num_threads(2)
    torch.manual_seed(5)
    state = torch.get_rng_state()
    sentiment.train(TEXTS, LABELS, progress=look, **TINY)
    assert found == {handlers}
    assert torch.get_num_threads() == 2
    assert torch.equal(torch.get_rng_state(), state)
    with pytest.raises(DataError):
        sentiment.train(TEXTS, ["좋음"] * 60, **TINY)
    assert torch.get_num_threads() == 2


def test_threads_train_as_each_would_alone() -> None:
    def train(seed: int) -> None:
        sentiment.train(TEXTS, LABELS, seed=seed, out=f"beside-{seed}", **TINY)

    for seed in (0, 1):
        sentiment.train(TEXTS, LABELS, seed=seed, out=f"alone-{seed}", **TINY)
    threads = [threading.Thread(target=train, args=(seed,)) for seed in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    digests = [[digest(Path(f"{how}-{seed}")) for seed in (0, 1)] for how in ("alone", "beside")]
    assert digests[0] == digests[1]
    assert len(set(digests[0])) == 2


def test_one_that_is_interrupted_leaves_what_stood_there(tmp_path: Path) -> None:
    def interrupt(report: Report) -> None:
        if isinstance(report, EpochReport):
            raise KeyboardInterrupt

    sentiment.train(TEXTS, LABELS, out="mine", **TINY)
    before = digest(Path("mine"))
    with pytest.raises(KeyboardInterrupt):
        sentiment.train(TEXTS, LABELS, out="mine", force=True, seed=1, progress=interrupt, **TINY)
    assert [path.name for path in Path().iterdir()] == ["mine"]
    assert list((tmp_path / "temporary").iterdir()) == []
    assert digest(Path("mine")) == before


def test_it_starts_from_an_encoder_and_the_rows_choose_the_experiment(
    run_command: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    Path("tiny.yaml").write_text(
        "tokenizer: {vocab_size: 300}\nmodel: {embedding_size: 8, hidden_size: 12}\ntraining: {epochs: 1}\n"
        "pretraining: {sources: [sample], label: 1.0, held_out_texts: 5}\n"
    )
    assert run_command("pretrain", "./tiny.yaml", "--out", "encoder", "--threads", "1").exit_code == 0
    with caplog.at_level(logging.INFO, logger="sentiment"):
        sentiment.train(TEXTS, LABELS, start_from="encoder", out="tuned", threads=1)
    assert any(message.startswith("60 rows: training few from encoder; ") for message in caplog.messages)
    metrics = json.loads(Path("tuned/metrics.json").read_text(encoding="utf-8"))
    assert metrics["started_from"]["path"] == "encoder"
    assert metrics["cross_validation"]["n"] == 60
    with pytest.raises(ConfigError, match="model__hidden_size: got 8, but encoder was trained with 12; remove it"):
        sentiment.train(TEXTS, LABELS, start_from="encoder", model__hidden_size=8, threads=1)


def test_it_starts_from_a_classifier_whose_directory_is_there() -> None:
    first = sentiment.train(TEXTS, LABELS, out="first", **TINY)
    sentiment.train(TEXTS, LABELS, start_from=first, out="second", training__epochs=1, threads=1)
    record = json.loads(Path("second/metrics.json").read_text(encoding="utf-8"))
    assert record["started_from"]["path"] == "first"
    assert "start_from='first'" in json.dumps(record)
    sentiment.train(TEXTS, LABELS, out="first", force=True, **(TINY | {"seed": 1}))
    for other in (first, sentiment.train(TEXTS, LABELS, **TINY)):
        with pytest.raises(
            ConfigError, match=r"start_from: .* does not exist or contains another model; train it with `out`"
        ):
            sentiment.train(TEXTS, LABELS, start_from=other)


def test_labels_of_many_types_are_spelled_as_in_a_table() -> None:
    texts = [f"{text} {row}" for row, text in enumerate(TEXTS * 2)]
    labels = [1, 0.0, np.int64(1), Decimal(0), np.float32(1.0), "0", True, False][:6] * 20
    assert sentiment.train(iter(texts), iter(labels), **TINY).labels == ("0", "1")
    assert sentiment.train(np.array(TEXTS), np.array([True, False] * 30), **TINY).labels == ("False", "True")


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"epochs": 3}, "epochs=3: unknown key; did you mean training__epochs?"),
        ({"training__epoch": 3}, "training__epoch=3: unknown key; did you mean training__epochs?"),
        ({"training": {"epoch": 3}}, "training__epoch=3: unknown key; did you mean training__epochs?"),
        ({"training.epoch": 3}, "training__epoch=3: unknown key; did you mean training__epochs?"),
        ({"training": 3}, "training=3: a section, set one of its keys, such as training__epochs"),
        ({"training__epochs": "3"}, "training__epochs='3': got '3', wanted an integer >= 0"),
        ({"model__cell": "gruu"}, "did you mean gru?"),
        ({"data__source": "nsmc"}, "data__source: "),
        ({"data": {"test_fraction": 0.1}}, "data__test_fraction: "),
        ({"pretraining__rating": 1.0}, "pretraining__rating: "),
        ({"config": "quik"}, "quik: no such file or shipped experiment; did you mean quick?"),
        (
            {"training__epochs": 0, "model__character_ngrams": 0, "model__word_ngrams": 0},
            "training.epochs: 0 leaves random",
        ),
        ({"start_from": "nowhere"}, "nowhere"),
    ],
)
def test_wrong_settings_are_one_line(settings: dict[str, Any], fault: str) -> None:
    with pytest.raises(SentimentError) as raised:
        sentiment.train(TEXTS, LABELS, **settings)
    assert fault in str(raised.value)
    assert "\n" not in str(raised.value)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("texts", "labels", "fault", "kind"),
    [
        ("good film", LABELS, "texts must be a list of strings, not a single string", TypeError),
        (TEXTS, "positive", "labels must be a list, not a single string", TypeError),
        ([None], ["a"], "texts must be strings, and number 1 is of type NoneType", TypeError),
        (
            ["a", "b"],
            ["a", object()],
            "labels must be strings, numbers or booleans, and number 2 is of type object",
            TypeError,
        ),
        (["a", "b"], ["a"], "there are 2 texts and 1 labels", ValueError),
        ([], [], "in-memory: contains no rows", DataError),
        (["a", "b"], ["a", "a"], "all labels are 'a'", DataError),
        (["", " "], ["a", "b"], "in-memory: no row can be used", DataError),
        (["\u200b", "\u2800"] * 3, ["a", "b"] * 3, "no text is left after normalisation", DataError),
        (
            ["\u200b", "good"] * 3,
            ["a", "b"] * 3,
            "no text of label 'a' is left after normalisation; add texts",
            DataError,
        ),
        ([str(row) for row in range(20)], range(20), "20 different labels in 20 rows", DataError),
    ],
)
def test_wrong_rows_are_named(texts: Any, labels: Any, fault: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=fault):
        sentiment.train(texts, labels, **TINY)


def test_it_measures_as_the_command_does(run_command: Callable[..., Any]) -> None:
    classifier = sentiment.train(TEXTS, LABELS, out="mine", **TINY)
    texts, labels = [*TEXTS[:20], "\u200b"], LABELS[1:22]
    rows = zip(texts, labels, strict=True)
    Path("my.csv").write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows), encoding="utf-8")
    told = run_command("eval", "--model", "mine", "--data", "my.csv", "--no-baseline", "--json")
    report = json.loads(told.stdout)
    for model in (classifier, "mine", Path("mine")):
        found = sentiment.evaluate(model, iter(texts), labels).to_dict()
        assert found["n"] == 20
        assert {name: report[name] for name in found} == found


@pytest.mark.parametrize(
    ("texts", "labels", "fault"),
    [
        (["a"], ["neutral"], "labels unknown to the model: 'neutral'"),
        (["\u200b"], ["positive"], "no row has a text that the model can read"),
        ([], [], "contains no rows"),
    ],
)
def test_rows_that_cannot_be_measured_are_told(
    tiny_model_dir: Path, texts: list[str], labels: list[str], fault: str
) -> None:
    with pytest.raises(DataError, match=fault):
        sentiment.evaluate(tiny_model_dir, texts, labels)


@pytest.mark.parametrize("validation", [(TEXTS, LABELS, LABELS), "ab", TEXTS])
def test_validation_is_a_pair(validation: Any) -> None:
    with pytest.raises(TypeError, match="validation must be a pair"):
        sentiment.train(TEXTS, LABELS, validation=validation)


def test_the_package_is_light_until_something_is_asked_for() -> None:
    script = (
        "import sys, sentiment; sentiment.train, sentiment.evaluate, dir(sentiment);"
        "print([name for name in ('numpy', 'onnxruntime', 'pydantic', 'torch') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
