"""The directory of a training that has not ended: what is taken for one, and what is not."""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from sentiment.config import TokenizerConfig
from sentiment.errors import OutputError, TrainingError
from sentiment.files import checksum_of
from sentiment.model_dir import RECORD_FILE
from sentiment.text.tokenizer_training import train_tokenizer
from sentiment.training.state.record import TrainingRecord, read_record, read_tokenizer, write_record, write_tokenizer
from sentiment.training.state.unfinished import hold, new_unfinished


@pytest.mark.parametrize(
    "names", [(), ("tokenizer.json",), ("tokenizer.json", "state.json", f"{'0' * 64}.safetensors")]
)
def test_one_that_was_killed_before_its_record_stands_in_nobodys_way(tmp_path: Path, names: tuple[str, ...]) -> None:
    directory = tmp_path / "model.unfinished"
    directory.mkdir()
    for name in names:
        (directory / name).touch()
    with new_unfinished(tmp_path / "model", replace=False) as made:
        assert made == directory
        assert not list(directory.iterdir())


@pytest.mark.parametrize(
    ("name", "replace", "fault"),
    [
        (RECORD_FILE, False, "contains an unfinished training"),
        ("notes.txt", False, "contains notes.txt, which is no part of a training"),
        ("notes.txt", True, "contains notes.txt, which is no part of a training"),
    ],
)
def test_what_can_be_gone_on_with_or_is_not_ours_is_kept(tmp_path: Path, name: str, replace: bool, fault: str) -> None:
    directory = tmp_path / "model.unfinished"
    directory.mkdir()
    (directory / name).write_text("mine")
    with pytest.raises(OutputError, match=fault), new_unfinished(tmp_path / "model", replace=replace):
        pass
    assert (directory / name).read_text() == "mine"


@pytest.mark.parametrize(("verb", "config"), [("train", "quick"), ("pretrain", "pretrain")])
def test_it_stands_in_the_way_before_any_row_is_read(
    tmp_path: Path, run_command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, verb: str, config: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.unfinished").mkdir()
    (tmp_path / "model.unfinished" / RECORD_FILE).write_text("mine")
    (tmp_path / "empty.csv").touch()  # reading it is an error of its own
    outcome = run_command(verb, config, "--data", "empty.csv", "--out", "model")
    assert outcome.exit_code == 7
    assert "contains an unfinished training" in outcome.stderr.splitlines()[-1]


@pytest.mark.parametrize("replace", [False, True])
def test_what_a_process_trains_no_other_touches(tmp_path: Path, replace: bool) -> None:
    with new_unfinished(tmp_path / "model", replace=False) as directory:
        (directory / RECORD_FILE).write_text("mine")
        with (
            pytest.raises(OutputError, match="another process is training there"),
            new_unfinished(tmp_path / "model", replace=replace),
        ):
            pass
        with pytest.raises(OutputError, match="another process is training there"), hold(directory):
            pass
        assert (directory / RECORD_FILE).read_text() == "mine"
    with new_unfinished(tmp_path / "model", replace=True) as directory:
        assert not list(directory.iterdir())


RECORD = TrainingRecord("training: {epochs: 1}\n", {"train": "0"}, "sample", 1, replace=False, command=["sentiment"])


def begun(directory: Path) -> TrainingRecord:
    """Write what a training writes when it begins."""
    directory.mkdir()
    tokenizer = train_tokenizer(["좋다 나쁘다"], TokenizerConfig(kind="character", min_frequency=1))
    record = write_tokenizer(directory, tokenizer, RECORD)
    write_record(directory, record)
    return record


def test_what_is_gone_on_with_is_what_was_begun(tmp_path: Path) -> None:
    record = begun(tmp_path / "state")
    assert read_record(tmp_path / "state") == record
    assert read_tokenizer(tmp_path / "state", record).get_vocab_size() == 6
    assert replace(record, tokenizer_sha256="") == RECORD


@pytest.mark.parametrize("key", [field.name for field in fields(TrainingRecord)])
def test_no_key_of_a_record_is_altered_in_silence(tmp_path: Path, key: str) -> None:
    begun(tmp_path / "state")
    path = tmp_path / "state" / RECORD_FILE
    for change in ({key: "other"}, {f"{key}2": 1}):
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
        with pytest.raises(TrainingError, match=r"training\.json: altered \(its checksum does not match its content\)"):
            read_record(tmp_path / "state")


def test_an_altered_tokenizer_is_refused(tmp_path: Path) -> None:
    record = begun(tmp_path / "state")
    path = tmp_path / "state" / "tokenizer.json"
    path.write_text(path.read_text().replace("좋", "나"))
    with pytest.raises(TrainingError, match=r"tokenizer\.json: truncated or altered; restart the training with `f"):
        read_tokenizer(tmp_path / "state", record)
    path.unlink()
    with pytest.raises(TrainingError, match=r"tokenizer\.json: cannot be read \(No such file or directory\)"):
        read_tokenizer(tmp_path / "state", record)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"threads": 0}, "not a readable record \\('threads'"),
        ({"threads": 10**30}, "not a readable record \\('threads'"),
        ({"command": "sentiment"}, "not a readable record \\('command'"),
        ({"data_sha256": []}, "not a readable record \\('data_sha256'"),
        ({"teacher": {"path": "a"}}, "not a readable record \\(teacher\\)"),
        ({"more": 1}, "not a readable record \\('more'"),
        ({"record_version": 1}, "version 1 is not 2; resume with the version of sentiment that started it, or "),
        ({"verb": "pretrain"}, "not started by train; resume with: sentiment pretrain --resume"),
    ],
)
def test_a_record_that_was_made_up_is_refused(tmp_path: Path, changes: dict[str, Any], fault: str) -> None:
    begun(tmp_path / "state")
    path = tmp_path / "state" / RECORD_FILE
    values = json.loads(path.read_text()) | changes
    path.write_text(json.dumps(values | {"checksum": checksum_of(values)}))
    with pytest.raises(TrainingError, match=fault):
        read_record(tmp_path / "state")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 10**6, b"[" + b"0," * 10**7])
def test_what_is_no_record_is_refused_in_a_line(tmp_path: Path, content: bytes) -> None:
    begun(tmp_path / "state")
    (tmp_path / "state" / RECORD_FILE).write_bytes(content)
    with pytest.raises(TrainingError, match=r"training\.json: .*; restart the training with `force`$"):
        read_record(tmp_path / "state")


def test_a_command_that_is_not_utf_8_is_kept(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    record = replace(RECORD, command=["sentiment", "train", "--data", "\udcff.csv"])
    write_record(tmp_path / "state", record)
    assert read_record(tmp_path / "state") == record


@pytest.mark.parametrize("verb", ["train", "pretrain"])
def test_a_training_that_runs_is_not_gone_on_with(
    tmp_path: Path, run_command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with new_unfinished(tmp_path / "model", replace=False) as directory:
        write_record(directory, TrainingRecord("", {}, "", 1, replace=False, command=[], verb=verb))
        outcome = run_command(verb, "--resume", "model")
    assert outcome.exit_code == 7
    assert "another process is training there" in outcome.stderr.splitlines()[-1]
