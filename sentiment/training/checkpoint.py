"""Checkpoints: the state of a training on disk, complete or not there."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from sentiment.errors import OutputError, TrainingError

STATE_FILE = "state.json"
CHECKPOINT_VERSION = 1


@dataclass(frozen=True)
class Checkpoint:
    """What a training needs to go on as if it had never stopped.

    Attributes:
        progress: position, history and sums, as JSON values.
        tensors: weights, their average and the optimiser's state, by name.
        best: the weights of the best epoch so far, by name; empty before the first epoch ends.
    """

    progress: dict[str, Any]
    tensors: Mapping[str, Tensor]
    best: Mapping[str, Tensor]


def write_checkpoint(directory: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; whatever happens meanwhile, the directory holds a complete one, old or new.

    Tensors go to files of their own, named after their content; `state.json`, replaced last and at once, points to
    them with SHA-256 sums, since safetensors has none.

    Raises:
        OutputError: the directory cannot be written to.
    """
    try:
        state = {
            "checkpoint_version": CHECKPOINT_VERSION,
            "progress": checkpoint.progress,
            "tensors": _write_tensors(directory, checkpoint.tensors),
            "best": _write_tensors(directory, checkpoint.best),
        }
        _write_synced(directory / STATE_FILE, json.dumps(state, indent=1).encode())
        _sync_directory(directory)
        for path in directory.glob("*.safetensors"):
            if path.stem not in (state["tensors"], state["best"]):
                path.unlink()
    except OSError as error:
        raise OutputError(f"{directory}: the checkpoint cannot be written: {error.strerror}") from error


def read_checkpoint(directory: Path) -> Checkpoint | None:
    """Read the last checkpoint, or None where a training stopped before its first.

    Raises:
        TrainingError: it is truncated, altered, or of another version.
    """
    path = directory / STATE_FILE
    if not path.exists():
        return None
    try:
        state = json.loads(path.read_bytes())
        if state["checkpoint_version"] != CHECKPOINT_VERSION:
            raise TrainingError(f"{path}: checkpoint version {state['checkpoint_version']} is not {CHECKPOINT_VERSION}")
        return Checkpoint(
            state["progress"], _read_tensors(directory, state["tensors"]), _read_tensors(directory, state["best"])
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise TrainingError(f"{path}: not a readable checkpoint ({error}); start the training again") from error


def _write_tensors(directory: Path, tensors: Mapping[str, Tensor]) -> str:
    content = save({name: tensor.detach().contiguous() for name, tensor in tensors.items()})
    digest = hashlib.sha256(content).hexdigest()
    path = directory / f"{digest}.safetensors"
    if not path.exists():
        _write_synced(path, content)
    return digest


def _read_tensors(directory: Path, digest: str) -> dict[str, Tensor]:
    path = directory / f"{digest}.safetensors"
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise TrainingError(f"{path}: truncated or altered; start the training again")
    return load(content)


def _write_synced(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Flatten an optimiser's state to tensors named `<parameter number>.<key>`."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}.{key}": value
        for number, values in state.items()
        for key, value in values.items()
        if isinstance(value, Tensor)
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put back what `optimizer_tensors` took."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        number, key = name.split(".", 1)
        state.setdefault(int(number), {})[key] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
