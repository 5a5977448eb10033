"""The least that is a model directory, for tests that run no network."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment.files import checksum_of
from sentiment.model_dir import CONFIG_FILE, MANIFEST_FILE, ONNX_FILE, TOKENIZER_FILE, staged_model_dir


def write(path: Path, *, tokenizer: str = "old", replace: bool = False) -> Path:
    with staged_model_dir(path, labels=("negative", "positive"), replace=replace) as stage:
        (stage / CONFIG_FILE).write_text("tokenizer: {max_tokens: 7}\n")
        (stage / TOKENIZER_FILE).write_text(tokenizer)
        (stage / ONNX_FILE).write_bytes(b"graph")
    return path


def change(path: Path, **changes: Any) -> None:
    """Set fields and, unless it is among them, the checksum."""
    fields = json.loads((path / MANIFEST_FILE).read_text()) | changes
    kept = {key: value for key, value in fields.items() if value is not None}
    if "checksum" not in changes:
        kept["checksum"] = checksum_of(kept)
    (path / MANIFEST_FILE).write_text(json.dumps(kept))


@pytest.fixture(scope="session")
def write_minimal() -> Callable[..., Path]:
    """The function that writes a directory with no more than a model must have, and returns its path."""
    return write


@pytest.fixture(scope="session")
def change_manifest() -> Callable[..., None]:
    """The function that sets fields of a directory's manifest; None removes one."""
    return change
