"""Checkpoints: what is read is what was written, and nothing half-written is ever taken for whole."""

import json
import os
from pathlib import Path

import pytest
import torch

from sentiment.errors import OutputError, TrainingError
from sentiment.training.checkpoint import STATE_FILE, Checkpoint, read_checkpoint, write_checkpoint


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
    write_checkpoint(tmp_path, written)
    assert_equal(read_checkpoint(tmp_path), written)


def test_before_the_first_there_is_none(tmp_path: Path) -> None:
    assert read_checkpoint(tmp_path) is None


def test_a_new_checkpoint_replaces_the_old_and_leaves_no_litter(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, checkpoint(1.0))
    write_checkpoint(tmp_path, checkpoint(2.0))
    assert_equal(read_checkpoint(tmp_path), checkpoint(2.0))
    assert len(list(tmp_path.iterdir())) == 3


def test_a_write_that_fails_midway_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_checkpoint(tmp_path, checkpoint(1.0))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="No space left on device"):
            write_checkpoint(tmp_path, checkpoint(2.0))
    assert_equal(read_checkpoint(tmp_path), checkpoint(1.0))


@pytest.mark.parametrize("harm", ["truncate", "alter"])
def test_a_harmed_tensor_file_is_refused(tmp_path: Path, harm: str) -> None:
    write_checkpoint(tmp_path, checkpoint(1.0))
    path = max(tmp_path.glob("*.safetensors"), key=lambda file: file.stat().st_size)
    content = bytearray(path.read_bytes())
    if harm == "truncate":
        del content[-4:]
    else:
        content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(TrainingError, match="truncated or altered"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"checkpoint_version": 1}'])
def test_a_harmed_state_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / STATE_FILE).write_text(content)
    with pytest.raises(TrainingError, match="not a readable checkpoint"):
        read_checkpoint(tmp_path)


def test_another_version_is_refused(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, checkpoint(1.0))
    path = tmp_path / STATE_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | {"checkpoint_version": 99}))
    with pytest.raises(TrainingError, match="checkpoint version 99 is not 1"):
        read_checkpoint(tmp_path)
