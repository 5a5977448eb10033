"""A model's answers are computed once, kept, checked when they are read, and all that a figure is made of."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment.data import LabelledTexts
from sentiment.evaluation import Answers, answers_to
from sentiment.evaluation.cache import read_entry, write_entry
from sentiment.evaluation.report import Score
from sentiment.files import checksum_of
from sentiment.inference import Classifier
from sentiment.metrics import classification_metrics
from sentiment.model_dir import MANIFEST_FILE, ModelDirectory

KEPT = "using the model's answers to these {} rows from an earlier evaluation"


@pytest.fixture
def ask(trained: Any) -> Callable[..., tuple[Answers, list[str]]]:
    """Let the model answer its test rows, and return what it says and what is told."""

    def ask_model(rows: LabelledTexts | None = None) -> tuple[Answers, list[str]]:
        notes: list[str] = []
        directory = ModelDirectory.open(trained.model)
        wanted = trained.splits().test if rows is None else rows
        return answers_to(wanted, directory, threads=1, cache=None, notify=notes.append), notes

    return ask_model


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The function from which on no model can be loaded."""

    def load(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked again")

    return lambda: monkeypatch.setattr(Classifier, "load", load)


def test_they_are_those_of_the_classifier(trained: Any, ask: Callable[..., Any]) -> None:
    answers, notes = ask()
    test, classifier = trained.splits().test, Classifier.load(trained.model)
    scores = classifier.score(test.texts)
    assert notes == []
    assert answers.texts == test.texts
    assert [answers.labels[number] for number in answers.truth] == test.labels
    np.testing.assert_array_equal(answers.probabilities, scores.probabilities)
    np.testing.assert_array_equal(answers.num_tokens, scores.num_tokens)
    np.testing.assert_array_equal(answers.num_windows, scores.num_windows)


def test_a_second_time_they_come_from_the_cache(
    ask: Callable[..., Any], own_cache: Path, no_network: Callable[[], None]
) -> None:
    first, _ = ask()
    no_network()
    second, notes = ask()
    assert notes == [KEPT.format(len(first))]
    assert len(list((own_cache / "answers").iterdir())) == 1
    for name, value in vars(first).items():
        np.testing.assert_array_equal(getattr(second, name), value)


def test_other_labels_of_the_same_texts_need_no_network(
    trained: Any, ask: Callable[..., Any], no_network: Callable[[], None]
) -> None:
    first, _ = ask()
    no_network()
    test = trained.splits().test
    swapped = [trained.splits().train.labels[0]] * len(test.texts)
    second, _ = ask(LabelledTexts(test.name, test.texts, swapped, test.counts, "text", "label"))
    assert set(second.truth) == {second.labels.index(swapped[0])}
    np.testing.assert_array_equal(second.probabilities, first.probabilities)


def test_another_model_or_other_texts_are_asked_anew(trained: Any, ask: Callable[..., Any], own_cache: Path) -> None:
    ask()
    train = trained.splits().train
    assert ask(train)[1] == []
    manifest = json.loads((trained.model / MANIFEST_FILE).read_text())
    manifest["temperature"] = 2.0
    manifest["checksum"] = checksum_of(manifest)
    (trained.model / MANIFEST_FILE).write_text(json.dumps(manifest))
    assert ask()[1] == []
    assert len(list((own_cache / "answers").iterdir())) == 3


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:200] + b"\x00" + b[201:]])
def test_a_damaged_entry_is_computed_again(
    ask: Callable[..., Any], own_cache: Path, damage: Callable[[bytes], bytes]
) -> None:
    first, _ = ask()
    (entry,) = (own_cache / "answers").iterdir()
    whole = entry.read_bytes()
    entry.write_bytes(damage(whole))
    second, notes = ask()
    assert notes == [f"{entry}: the cache entry is damaged; computing it again"]
    np.testing.assert_array_equal(second.probabilities, first.probabilities)
    assert entry.read_bytes() == whole


def test_an_entry_of_other_rows_is_not_taken(ask: Callable[..., Any], own_cache: Path) -> None:
    first, _ = ask()
    (entry,) = (own_cache / "answers").iterdir()
    fewer = {name: getattr(first, name)[1:] for name in ("probabilities", "num_tokens", "num_windows")}
    write_entry(entry, fewer, pytest.fail)
    second, notes = ask()
    assert notes == [f"{entry}: the cache entry is damaged; computing it again"]
    assert len(second) == len(first)


def test_the_folder_keeps_what_was_used_last_within_its_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentiment.evaluation.cache.MAX_FOLDER_BYTES", 20_000)
    (tmp_path / "notes.npz").write_bytes(bytes(50_000))
    paths = [tmp_path / f"{number:064x}.npz" for number in range(4)]
    arrays = {"probabilities": np.zeros(1_500, np.float32)}
    for number, path in enumerate(paths[:3]):
        write_entry(path, arrays, pytest.fail)
        os.utime(path, (number, number))
    assert read_entry(paths[0], pytest.fail) is not None
    write_entry(paths[3], arrays, pytest.fail)
    assert {path.name for path in tmp_path.iterdir()} == {"notes.npz", paths[0].name, paths[2].name, paths[3].name}
    notes: list[str] = []
    write_entry(paths[1], {"probabilities": np.zeros(6_000, np.float32)}, notes.append)
    assert notes[0].startswith(f"{paths[1]}: cannot be cached (24,")
    assert len(list(tmp_path.iterdir())) == 4


def test_every_figure_follows_from_the_answers(trained: Any, ask: Callable[..., Any]) -> None:
    answers, _ = ask()
    known = frozenset(answers.texts[:3])
    score = Score.of(answers, known)
    assert score.metrics == classification_metrics(answers.truth, answers.probabilities, answers.labels)
    assert score.without_seen is not None
    assert (score.without_seen.seen, score.without_seen.n) == (3, len(answers) - 3)
    assert score.without_seen.accuracy == answers.is_right[3:].mean()
    perfect = answers.by_another(np.eye(len(answers.labels), dtype=np.float32)[answers.truth])
    assert Score.of(perfect, None).metrics.accuracy == 1.0


def test_a_second_evaluation_says_so_and_finds_the_same(
    trained: Any, no_network: Callable[[], None], run_command: Callable[..., Any]
) -> None:
    first = run_command("eval", "--model", str(trained.model), "--json")
    no_network()
    second = run_command("eval", "--model", str(trained.model), "--json")
    assert (second.exit_code, second.stdout) == (0, first.stdout)
    note = KEPT.format(json.loads(first.stdout)["n"])
    assert note in second.stderr
    assert note not in first.stderr
