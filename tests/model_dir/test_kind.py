"""An encoder directory is told from a model directory, and one written before there were encoders is a model."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sentiment.errors import ModelDirectoryError
from sentiment.model_dir import (
    CLASSIFIER,
    CONFIG_FILE,
    ENCODER,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    ModelDirectory,
    staged_model_dir,
)


def write_encoder(path: Path, *files: str) -> Path:
    with staged_model_dir(path, labels=(), replace=False, kind=ENCODER) as stage:
        (stage / CONFIG_FILE).write_text("tokenizer: {max_tokens: 7}\n")
        for name in files:
            (stage / name).write_bytes(b"content")
    return path


def test_an_encoder_needs_neither_classes_nor_a_graph(tmp_path: Path) -> None:
    path = write_encoder(tmp_path / "encoder", TOKENIZER_FILE, WEIGHTS_FILE)
    directory = ModelDirectory.open(path, allow_encoder=True)
    assert (directory.manifest.kind, directory.labels) == (ENCODER, ())
    with pytest.raises(ModelDirectoryError, match="an encoder, which has no classes; train a model from it with"):
        ModelDirectory.open(path)


def test_an_encoder_without_weights_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ModelDirectoryError, match=re.escape("files does not list model.safetensors")):
        write_encoder(tmp_path / "encoder", TOKENIZER_FILE)
    assert not list(tmp_path.iterdir())


def test_a_model_may_stand_where_an_encoder_is_allowed(tmp_path: Path, write_minimal: Callable[..., Path]) -> None:
    assert ModelDirectory.open(write_minimal(tmp_path / "model"), allow_encoder=True).manifest.kind == CLASSIFIER


@pytest.mark.parametrize("kind", [None, "classifier"])
def test_a_manifest_without_a_kind_is_a_model(
    tmp_path: Path, kind: str | None, write_minimal: Callable[..., Path], change_manifest: Callable[..., None]
) -> None:
    path = write_minimal(tmp_path / "model")
    change_manifest(path, kind=kind)
    assert ModelDirectory.open(path).labels == ("negative", "positive")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"kind": "decoder"}, "kind is 'decoder', not one of classifier, encoder"),
        ({"kind": 3}, "kind must be a string"),
        ({"labels": []}, "labels must be at least two, got 0"),
    ],
)
def test_an_impossible_kind_is_refused(
    tmp_path: Path,
    changes: dict[str, object],
    fault: str,
    write_minimal: Callable[..., Path],
    change_manifest: Callable[..., None],
) -> None:
    path = write_minimal(tmp_path / "model")
    change_manifest(path, **changes)
    with pytest.raises(ModelDirectoryError, match=re.escape(fault)):
        ModelDirectory.open(path, allow_encoder=True)
