"""A model directory is read with every byte checked."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.errors import ModelDirectoryError
from sentiment.model_dir import FORMAT_VERSION, MANIFEST_FILE, ONNX_FILE, ModelDirectory

WriteModel = Callable[..., Path]
Change = Callable[..., None]


def test_what_is_no_model_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cases = {
        "missing": "no such model directory; check the path, or train one with: sentiment train quick",
        "file": "a file, not a model directory; name the directory that holds it",
        ".": "not a model directory (no manifest.json); name one that is",
    }
    for name, fault in cases.items():
        with pytest.raises(ModelDirectoryError, match=re.escape(fault)):
            ModelDirectory.open(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "not valid JSON (line 1: Expecting value)"),
        (b'{"format_version": 1,', "not valid JSON"),
        (b"\xff\xfe\xfa", "not valid JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "holds no JSON object"),
        (b"{}", "format_version is missing"),
        (b'{"format_version": ' + b"9" * 5_000 + b"}", "manifest.json: "),
    ],
)
def test_a_broken_manifest(tmp_path: Path, content: bytes, fault: str, write_minimal: WriteModel) -> None:
    path = write_minimal(tmp_path / "model")
    (path / MANIFEST_FILE).write_bytes(content)
    with pytest.raises(ModelDirectoryError, match=re.escape(fault)) as caught:
        ModelDirectory.open(path)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 5


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"format_version": FORMAT_VERSION + 1}, "is newer than the 1 that this version reads; upgrade sentiment"),
        ({"format_version": 0}, "format_version is 0"),
        ({"format_version": True}, "format_version must be an integer"),
        ({"format_version": "1"}, "format_version must be an integer"),
        ({"format_version": None}, "format_version is missing"),
        ({"labels": None}, "labels is missing"),
        ({"labels": "ab"}, "labels must be a list"),
        ({"labels": ["one"]}, "labels must be two or more, got 1"),
        ({"labels": ["same", "same"]}, "labels must all differ"),
        ({"labels": ["", "b"]}, "labels must be strings, none empty"),
        ({"labels": [0, 1]}, "labels must be strings, none empty"),
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"created": "yesterday"}, "created is not an ISO 8601 time: 'yesterday'"),
        ({"created": "2026-01-01T00:00:00"}, "created has no time zone"),
        ({"files": []}, "files must be an object"),
        ({"files": {}}, "files does not list config.yaml"),
        ({"files": {ONNX_FILE: 5}}, "files: model.onnx: must be an object"),
        ({"files": {ONNX_FILE: {"size_bytes": -1, "sha256": "0" * 64}}}, "impossible"),
        ({"files": {ONNX_FILE: {"size_bytes": 5, "sha256": "xyz"}}}, "impossible"),
        ({"files": {ONNX_FILE: {"sha256": "0" * 64}}}, "size_bytes is missing"),
    ],
)
def test_a_manifest_that_no_model_can_have(
    tmp_path: Path, changes: dict[str, Any], fault: str, write_minimal: WriteModel, change_manifest: Change
) -> None:
    path = write_minimal(tmp_path / "model")
    change_manifest(path, **changes)
    with pytest.raises(ModelDirectoryError, match=re.escape(fault)):
        ModelDirectory.open(path)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "..", ".", "", "a\\b", "C:x", "a\0b", MANIFEST_FILE])
def test_a_name_that_leads_elsewhere_is_refused(
    tmp_path: Path, name: str, write_minimal: WriteModel, change_manifest: Change
) -> None:
    path = write_minimal(tmp_path / "model")
    change_manifest(path, files={name: {"size_bytes": 0, "sha256": "0" * 64}})
    with pytest.raises(ModelDirectoryError, match="not the plain name of a file"):
        ModelDirectory.open(path)


def test_a_truncated_file(tmp_path: Path, write_minimal: WriteModel) -> None:
    path = write_minimal(tmp_path / "model")
    (path / ONNX_FILE).write_bytes(b"grap")
    model = ModelDirectory.open(path)
    with pytest.raises(ModelDirectoryError, match=r"model\.onnx: truncated or altered \(4 bytes, not 5\)"):
        model.read(ONNX_FILE)
    with pytest.raises(ModelDirectoryError, match="truncated"):
        model.verify()


@settings(max_examples=30, deadline=None)
@given(position=st.integers(0, 4), flip=st.integers(1, 255))
def test_any_altered_byte(
    tmp_path_factory: pytest.TempPathFactory, position: int, flip: int, write_minimal: WriteModel
) -> None:
    path = write_minimal(tmp_path_factory.mktemp("models") / "model")
    content = bytearray(b"graph")
    content[position] ^= flip
    (path / ONNX_FILE).write_bytes(content)
    with pytest.raises(ModelDirectoryError, match=r"model\.onnx: altered \(its SHA-256 is not the manifest's\)"):
        ModelDirectory.open(path).verify()


def test_a_missing_file_and_one_that_never_was(tmp_path: Path, write_minimal: WriteModel) -> None:
    path = write_minimal(tmp_path / "model")
    (path / ONNX_FILE).unlink()
    with pytest.raises(ModelDirectoryError, match=r"model\.onnx: missing; copy the directory again"):
        ModelDirectory.open(path).verify()
    with pytest.raises(ModelDirectoryError, match=r"metrics\.json: the model was written without this file"):
        ModelDirectory.open(path).read("metrics.json")


def test_a_pipe_in_the_place_of_a_file_does_not_hang(tmp_path: Path, write_minimal: WriteModel) -> None:
    path = write_minimal(tmp_path / "model")
    (path / ONNX_FILE).unlink()
    os.mkfifo(path / ONNX_FILE)
    with pytest.raises(ModelDirectoryError, match=r"model\.onnx: missing"):
        ModelDirectory.open(path).verify()
