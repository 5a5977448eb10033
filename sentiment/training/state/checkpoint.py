"""Checkpoints: the state of a training on disk, either complete or absent."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from sentiment.errors import OutputError, TrainingError
from sentiment.files import CHECKSUM_KEY, UnreadableError, checksum_of
from sentiment.model_dir import RECORD_FILE
from sentiment.model_dir.safetensors_header import check_safetensors
from sentiment.training.state.files import (
    START_AGAIN,
    first_fault,
    read_state,
    read_state_object,
)
from sentiment.writing import write_whole

STATE_FILE = "state.json"
CHECKPOINT_VERSION = 3
MAX_STATE_BYTES = 64 * 2**20
MAX_TENSOR_BYTES = 2**36

_Digest = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


@dataclass(frozen=True)
class Checkpoint:
    """What a training needs to resume as if uninterrupted.

    Attributes:
        progress: position, history and sums, as JSON values.
        tensors: weights, their average and the optimiser's state, by name.
        best: the weights of the best epoch so far, by name; empty before the first epoch ends.
    """

    progress: dict[str, Any]
    tensors: Mapping[str, Tensor]
    best: Mapping[str, Tensor]


def write_checkpoint(directory: Path, checkpoint: Checkpoint, training_id: str) -> None:
    """Write a checkpoint; at every moment the directory holds a complete one, old or new.

    Tensors go to separate files, named after their content; `state.json`, replaced last and atomically, refers to
    them and has its own checksum.

    Args:
        directory: of the training's state.
        checkpoint: to write.
        training_id: of the training that it belongs to.

    Raises:
        OutputError: the directory cannot be written to.
    """
    try:
        state = {
            "checkpoint_version": CHECKPOINT_VERSION,
            "training_id": training_id,
            "progress": checkpoint.progress,
            "tensors": _write_tensors(directory, checkpoint.tensors),
            "best": _write_tensors(directory, checkpoint.best),
        }
        content = json.dumps(state | {CHECKSUM_KEY: checksum_of(state)}, indent=1)
        write_whole(directory / STATE_FILE, content.encode())
        for path in directory.glob("*.safetensors"):
            if path.stem not in (state["tensors"], state["best"]):
                path.unlink()
    except OSError as error:
        raise OutputError(f"{directory}: the checkpoint cannot be written: {error.strerror}") from error


def read_checkpoint(directory: Path, training_id: str) -> Checkpoint | None:
    """Return the last checkpoint, or None if a training stopped before its first.

    Args:
        directory: of the training's state.
        training_id: of the training that is resumed.

    Raises:
        TrainingError: it is truncated, altered, of another version or of another training.
    """
    path = directory / STATE_FILE
    if not os.path.lexists(path):
        return None
    try:
        state = _State.model_validate(
            read_state_object(path, MAX_STATE_BYTES, "checkpoint_version", CHECKPOINT_VERSION)
        )
    except ValidationError as error:
        raise TrainingError(f"{path}: not a readable checkpoint ({first_fault(error)}); {START_AGAIN}") from error
    if state.training_id != training_id:
        raise TrainingError(f"{path}: belongs to another training than {RECORD_FILE}; {START_AGAIN}")
    return Checkpoint(state.progress, _read_tensors(directory, state.tensors), _read_tensors(directory, state.best))


class _State(BaseModel):
    """The content of `state.json`."""

    model_config = ConfigDict(strict=True, extra="forbid")

    training_id: str
    progress: dict[str, Any]
    tensors: _Digest
    best: _Digest


def _write_tensors(directory: Path, tensors: Mapping[str, Tensor]) -> str:
    content = save({name: tensor.detach().contiguous() for name, tensor in tensors.items()})
    digest = hashlib.sha256(content).hexdigest()
    path = directory / f"{digest}.safetensors"
    if not path.exists():
        write_whole(path, content)
    return digest


def _read_tensors(directory: Path, digest: str) -> dict[str, Tensor]:
    path = directory / f"{digest}.safetensors"
    content = read_state(path, MAX_TENSOR_BYTES)
    if hashlib.sha256(content).hexdigest() != digest:
        raise TrainingError(f"{path}: truncated or altered; {START_AGAIN}")
    try:
        check_safetensors(content)
        return load(content)
    except (UnreadableError, SafetensorError) as error:
        raise TrainingError(f"{path}: not readable ({error}); {START_AGAIN}") from error
