"""Checkpoints: what is read is what was written, and nothing half-written is ever taken for whole."""

import json
import os
from pathlib import Path

import pytest
import torch

from sentiment.errors import OutputError, TrainingError
from sentiment.files import checksum_of
from sentiment.training.state.checkpoint import STATE_FILE, Checkpoint, read_checkpoint, write_checkpoint


def checkpoint(value: float) -> Checkpoint:
    return Checkpoint({"step": 3, "loss": value}, {"model/a": torch.full((2, 3), value)}, {"a": torch.tensor([value])})


def assert_equal(read: Checkpoint | None, written: Checkpoint) -> None:
    assert read is not None
    assert read.progress == written.progress
    for group in ("tensors", "best"):
        ours, theirs = getattr(read, group), getattr(written, group)
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_checkpoint_comes_back_to_the_bit(tmp_path: Path) -> None:
    written = checkpoint(0.1 + 0.2)
    write_checkpoint(tmp_path, written, "id")
    assert_equal(read_checkpoint(tmp_path, "id"), written)


def test_before_the_first_there_is_none(tmp_path: Path) -> None:
    assert read_checkpoint(tmp_path, "id") is None


def test_a_new_checkpoint_replaces_the_old_and_leaves_no_litter(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, checkpoint(1.0), "id")
    write_checkpoint(tmp_path, checkpoint(2.0), "id")
    assert_equal(read_checkpoint(tmp_path, "id"), checkpoint(2.0))
    assert len(list(tmp_path.iterdir())) == 3


def test_a_write_that_fails_midway_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_checkpoint(tmp_path, checkpoint(1.0), "id")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="No space left on device"):
            write_checkpoint(tmp_path, checkpoint(2.0), "id")
    assert_equal(read_checkpoint(tmp_path, "id"), checkpoint(1.0))


@pytest.mark.parametrize("harm", ["truncate", "alter"])
def test_a_harmed_tensor_file_is_refused(tmp_path: Path, harm: str) -> None:
    write_checkpoint(tmp_path, checkpoint(1.0), "id")
    path = max(tmp_path.glob("*.safetensors"), key=lambda file: file.stat().st_size)
    content = bytearray(path.read_bytes())
    if harm == "truncate":
        del content[-4:]
    else:
        content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(TrainingError, match="truncated or altered"):
        read_checkpoint(tmp_path, "id")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff", "not UTF-8"),
        (b"[" * 10**6, "nested too deeply"),
        (b"[]", "not a JSON object"),
        (b"{}", "its checksum does not match its content"),
        (b'{"checkpoint_version": 1}', "version 1 is not 3; resume with the version of sentiment that started it, or"),
        (b'{"checkpoint_version": 99}', "version 99 is not 3"),
        (b'{"checkpoint_version": "3"}', "its checksum does not match its content"),
    ],
)
def test_a_harmed_state_is_refused(tmp_path: Path, content: bytes, fault: str) -> None:
    (tmp_path / STATE_FILE).write_bytes(content)
    with pytest.raises(TrainingError, match=rf"state\.json: .*{fault}.*restart the training with `force`$"):
        read_checkpoint(tmp_path, "id")


def change_state(directory: Path, **changes: object) -> None:
    """Set fields and the checksum."""
    path = directory / STATE_FILE
    state = json.loads(path.read_text()) | changes
    path.write_text(json.dumps(state | {"checksum": checksum_of(state)}))


@pytest.mark.parametrize("key", ["progress", "tensors", "best", "training_id", "checkpoint_version"])
def test_no_part_of_a_state_is_altered_in_silence(tmp_path: Path, key: str) -> None:
    write_checkpoint(tmp_path, checkpoint(1.0), "id")
    path = tmp_path / STATE_FILE
    state = json.loads(path.read_text())
    state[key] = {"step": 4, "loss": 1.0} if key == "progress" else state["best"] if key == "tensors" else None
    path.write_text(json.dumps(state))
    with pytest.raises(TrainingError, match="its checksum does not match its content"):
        read_checkpoint(tmp_path, "id")


def test_the_state_of_another_training_is_refused(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, checkpoint(1.0), "other")
    with pytest.raises(TrainingError, match=r"state\.json: belongs to another training than training\.json"):
        read_checkpoint(tmp_path, "id")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"progress": 5}, "not a readable checkpoint \\('progress'"),
        ({"tensors": "../secret"}, "not a readable checkpoint \\('tensors'"),
        ({"best": "0" * 64}, "cannot be read \\(No such file or directory\\)"),
        ({"more": 1}, "not a readable checkpoint \\('more'"),
    ],
)
def test_a_state_that_was_made_up_is_refused(tmp_path: Path, changes: dict[str, object], fault: str) -> None:
    write_checkpoint(tmp_path, checkpoint(1.0), "id")
    change_state(tmp_path, **changes)
    with pytest.raises(TrainingError, match=fault):
        read_checkpoint(tmp_path, "id")


@pytest.mark.parametrize("name", ["state.json", "tensors"])
def test_no_pipe_is_waited_for(tmp_path: Path, name: str) -> None:
    write_checkpoint(tmp_path, checkpoint(1.0), "id")
    path = tmp_path / name if name == STATE_FILE else next(tmp_path.glob("*.safetensors"))
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(TrainingError, match="a pipe, not a regular file"):
        read_checkpoint(tmp_path, "id")
