"""A model directory is read with every byte checked."""

import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.config.schema import MOST
from sentiment.errors import ConfigError, ModelDirectoryError
from sentiment.model_dir import CONFIG_FILE, FORMAT_VERSION, MANIFEST_FILE, ONNX_FILE, FileRecord, ModelDirectory
from sentiment.model_dir.manifest import MOST_TOKENS

FORMAT_1: dict[str, Any] = {"format_version": 1, "format_minor": 1, "task": None, "temperature": None}
"""What makes a manifest of format 1 of one of format 2."""

WriteModel = Callable[..., Path]
Change = Callable[..., None]


def test_what_is_no_model_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cases = {
        "missing": "no such model directory; check the path, or train one with: sentiment train quick",
        "file": "a file, not a model directory; pass the directory that contains it",
        ".": "not a model directory (no manifest.json); pass one",
    }
    for name, fault in cases.items():
        with pytest.raises(ModelDirectoryError, match=re.escape(fault)):
            ModelDirectory.open(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "not valid JSON (line 1: Expecting value)"),
        (b'{"format_version": 2,', "not valid JSON"),
        (b"\xff\xfe\xfa", "not valid JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "not a JSON object"),
        (b"{}", "format_version is missing"),
        (b'{"format_version": ' + b"9" * 5_000 + b"}", "manifest.json: contains an integer of 5,000 digits"),
        (b'{"format_version": 1, "format_version": 1}', "contains the key 'format_version' twice"),
        (rb'{"labels": ["a\ud800"]}', "half a surrogate pair"),
        (b" " * (2**24 + 1), "manifest.json: has 16,777,217 bytes, but such a file has at most 16,777,216"),
        (b"[" + b"0," * 2**20, "manifest.json: contains more than the 1,000,000 values"),
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
        ({"format_version": FORMAT_VERSION + 1}, "is newer than the 2 that this version reads; upgrade sentiment"),
        ({"format_version": 0}, "format_version is 0"),
        ({"format_version": True}, "format_version must be an integer"),
        ({"format_version": "1"}, "format_version must be an integer"),
        ({"format_version": None}, "format_version is missing"),
        ({"labels": None}, "labels is missing"),
        ({"labels": "ab"}, "labels must be a list"),
        ({"labels": ["one"]}, "labels must be at least two, got 1"),
        ({"labels": ["same", "same"]}, "labels must all differ"),
        ({"labels": ["", "b"]}, "labels must be non-empty strings"),
        ({"labels": [0, 1]}, "labels must be non-empty strings"),
        ({"task": "multi_label"}, "task is 'multi_label', but this version supports single_label; upgrade sentiment"),
        ({"task": "multi_label", "labels": []}, "this version supports single_label; upgrade sentiment"),
        ({"task": "x" * 10**6}, f"task is '{'x' * 80}', but"),
        ({"task": 1}, "task must be a string"),
        ({"task": None}, "task is missing"),
        ({"temperature": None}, "temperature is missing"),
        ({"temperature": "1"}, "temperature must be a number"),
        ({"temperature": True}, "temperature must be a number"),
        ({"temperature": 0.0}, "temperature is 0, not 0.015625 to 64"),
        ({"temperature": -1}, "temperature is -1, not 0.015625 to 64"),
        ({"temperature": 10**250}, "temperature is 1e+250, not 0"),
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"max_tokens": 2**31}, "max_tokens is 2147483648, not 1 to 2147483647"),
        ({"max_tokens": 10**250}, "max_tokens is 1000"),
        ({"kind": "x" * 10**6}, f"kind is '{'x' * 80}', not one of"),
        ({"created": "0001-01-01T00:00:00+00:00"}, "created is not a possible time"),
        ({"created": "9999-12-31T23:59:59-12:00"}, "created is not a possible time"),
        ({"created": "yesterday"}, "created is not an ISO 8601 time: 'yesterday'"),
        ({"created": "2026-01-01T00:00:00"}, "created has no time zone"),
        ({"files": []}, "files must be an object"),
        ({"files": {}}, "files does not list config.yaml"),
        ({"files": {ONNX_FILE: 5}}, "files: model.onnx must be an object"),
        ({"files": {ONNX_FILE: {"size_bytes": -1, "sha256": "0" * 64}}}, "has an invalid size or SHA-256"),
        ({"files": {ONNX_FILE: {"size_bytes": 2**63, "sha256": "0" * 64}}}, "has an invalid size or SHA-256"),
        ({"files": {ONNX_FILE: {"size_bytes": 5, "sha256": "xyz"}}}, "has an invalid size or SHA-256"),
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
    with pytest.raises(ModelDirectoryError, match="not a plain file name"):
        ModelDirectory.open(path)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"checksum": None}, "checksum is missing"),
        ({"checksum": "0" * 64}, r"altered \(its checksum does not match its content\)"),
        ({"checksum": 5}, "checksum must be a string"),
        (FORMAT_1 | {"checksum": None}, "checksum is missing"),
        (FORMAT_1 | {"format_minor": True}, "format_minor must be an integer"),
    ],
)
def test_a_manifest_without_its_checksum(
    tmp_path: Path, changes: dict[str, Any], fault: str, write_minimal: WriteModel, change_manifest: Change
) -> None:
    path = write_minimal(tmp_path / "model")
    change_manifest(path, **changes)
    with pytest.raises(ModelDirectoryError, match=rf"manifest\.json: {fault}; train it again, or copy it again"):
        ModelDirectory.open(path)


def test_the_first_manifests_have_none(tmp_path: Path, write_minimal: WriteModel, change_manifest: Change) -> None:
    path = write_minimal(tmp_path / "model")
    change_manifest(path, **FORMAT_1)
    manifest, fingerprint = ModelDirectory.open(path).manifest, ModelDirectory.open(path).fingerprint()
    assert (manifest.task, manifest.temperature) == ("single_label", 1.0)
    change_manifest(path, format_minor=None, checksum=None)
    assert ModelDirectory.open(path).manifest == manifest
    assert ModelDirectory.open(path).fingerprint() == fingerprint


def test_another_temperature_is_another_model(
    tmp_path: Path, write_minimal: WriteModel, change_manifest: Change
) -> None:
    path = write_minimal(tmp_path / "model")
    before = ModelDirectory.open(path)
    change_manifest(path, temperature=2)
    after = ModelDirectory.open(path)
    assert (before.manifest.temperature, after.manifest.temperature) == (1.0, 2.0)
    assert before.fingerprint() != after.fingerprint()


def test_what_a_later_version_adds_is_covered_and_ignored(
    tmp_path: Path, write_minimal: WriteModel, change_manifest: Change
) -> None:
    path = write_minimal(tmp_path / "model")
    change_manifest(path, outputs=["logits"])
    assert ModelDirectory.open(path).labels == ("negative", "positive")
    manifest = (path / MANIFEST_FILE).read_text()
    (path / MANIFEST_FILE).write_text(manifest.replace('"logits"', '"hidden"'))
    with pytest.raises(ModelDirectoryError, match="its checksum does not match its content"):
        ModelDirectory.open(path)


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_cut_or_an_altered_byte_in_a_manifest_changes_nothing_in_silence(
    tmp_path_factory: pytest.TempPathFactory, write_minimal: WriteModel, data: st.DataObject
) -> None:
    path = write_minimal(tmp_path_factory.mktemp("models") / "model")
    manifest, content = ModelDirectory.open(path).manifest, (path / MANIFEST_FILE).read_bytes()
    begin = data.draw(st.integers(0, len(content) - 1))
    end = data.draw(st.integers(begin, len(content)))
    (path / MANIFEST_FILE).write_bytes(content[:begin] + data.draw(st.binary(max_size=2)) + content[end:])
    with suppress(ModelDirectoryError):
        assert ModelDirectory.open(path).manifest == manifest


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
    with pytest.raises(ModelDirectoryError, match=r"model\.onnx: altered \(its SHA-256 does not match the manifest\)"):
        ModelDirectory.open(path).verify()


def test_a_missing_file_and_one_that_never_was(tmp_path: Path, write_minimal: WriteModel) -> None:
    path = write_minimal(tmp_path / "model")
    (path / ONNX_FILE).unlink()
    with pytest.raises(ModelDirectoryError, match=r"model\.onnx: missing; copy the directory again"):
        ModelDirectory.open(path).verify()
    with pytest.raises(ModelDirectoryError, match=r"metrics\.json: the model was written without this file"):
        ModelDirectory.open(path).read("metrics.json")


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to(__file__)])
@pytest.mark.parametrize("name", [MANIFEST_FILE, CONFIG_FILE, ONNX_FILE])
def test_only_regular_files_are_opened(
    tmp_path: Path, name: str, make: Callable[[Path], None], write_minimal: WriteModel
) -> None:
    path = write_minimal(tmp_path / "model")
    (path / name).unlink()
    make(path / name)
    with pytest.raises(ModelDirectoryError, match=f"{name}: a (pipe|directory|symbolic link), not a regular file;"):
        ModelDirectory.open(path).verify()


def test_a_link_to_a_whole_directory_is_followed(tmp_path: Path, write_minimal: WriteModel) -> None:
    write_minimal(tmp_path / "model")
    (tmp_path / "link").symlink_to("model")
    ModelDirectory.open(tmp_path / "link").verify()


def test_what_a_model_reads_at_once_is_bounded_alike_in_its_config() -> None:
    assert MOST_TOKENS == MOST


def test_a_file_larger_than_any_of_its_name_is_not_read(
    tmp_path: Path, write_minimal: WriteModel, change_manifest: Change
) -> None:
    path = write_minimal(tmp_path / "model")
    (path / CONFIG_FILE).write_bytes(b" " * 2**17)
    records = json.loads((path / MANIFEST_FILE).read_text())["files"]
    change_manifest(path, files=records | {CONFIG_FILE: asdict(FileRecord.of(path / CONFIG_FILE))})
    with pytest.raises(
        ModelDirectoryError,
        match=r"config\.yaml: has 131,072 bytes, but such a file has at most 65,536;",
    ):
        _ = ModelDirectory.open(path).config


def test_a_config_that_is_not_utf_8(tmp_path: Path, write_minimal: WriteModel, change_manifest: Change) -> None:
    path = write_minimal(tmp_path / "model")
    (path / CONFIG_FILE).write_bytes(b"description: a\xff\n")
    records = json.loads((path / MANIFEST_FILE).read_text())["files"]
    change_manifest(path, files=records | {CONFIG_FILE: asdict(FileRecord.of(path / CONFIG_FILE))})
    with pytest.raises(ConfigError, match=r"config\.yaml:1: not UTF-8 \(byte 0xff\)"):
        _ = ModelDirectory.open(path).config
