"""The state files of an unfinished training, checked when they are read."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sentiment.errors import TrainingError
from sentiment.files import CHECKSUM_KEY, UnreadableError, checksum_of, parse_json, read_file
from sentiment.model_dir.known import MAX_STATE_STRUCTURE

START_AGAIN = "restart the training with `force`"


def read_state(path: Path, max_bytes: int) -> bytes:
    """Read a file of a training's state.

    Raises:
        TrainingError: it is missing, not a regular file, or too large.
    """
    try:
        return read_file(path, max_bytes)
    except UnreadableError as error:
        raise TrainingError(f"{path}: {error}; {START_AGAIN}") from error
    except OSError as error:
        raise TrainingError(f"{path}: cannot be read ({error.strerror}); {START_AGAIN}") from error


def read_state_object(path: Path, max_bytes: int, version_key: str, version: int) -> dict[str, Any]:
    """Read a JSON object of a training's state; return it without its version and checksum.

    Raises:
        TrainingError: it cannot be read, has another version, or was altered.
    """
    try:
        fields = parse_json(
            read_state(path, max_bytes), max_structure=MAX_STATE_STRUCTURE, allow_nan=True, allow_surrogates=True
        )
    except UnreadableError as error:
        raise TrainingError(f"{path}: {error}; {START_AGAIN}") from error
    if not isinstance(fields, dict):
        raise TrainingError(f"{path}: not a JSON object; {START_AGAIN}")
    found = fields.get(version_key)
    if type(found) is int and 0 < found != version:
        raise TrainingError(
            f"{path}: version {found} is not {version}; resume with the version of sentiment that started it, "
            f"or {START_AGAIN}"
        )
    if found != version or fields.get(CHECKSUM_KEY) != checksum_of(fields):
        raise TrainingError(f"{path}: altered (its checksum does not match its content); {START_AGAIN}")
    return {key: value for key, value in fields.items() if key not in (version_key, CHECKSUM_KEY)}


def first_fault(error: ValidationError) -> str:
    """Return a one-line description of the first fault."""
    fault = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, fault['loc']))[:80]!r}: {fault['msg']}"
