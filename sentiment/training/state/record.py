"""The record of a training: what was requested, stored with its state so that it can be resumed unchanged."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from tokenizers import Tokenizer

from sentiment.callbacks import Notify
from sentiment.config import Config, Override, dump_config
from sentiment.errors import OutputError, TrainingError
from sentiment.files import CHECKSUM_KEY, checksum_of
from sentiment.model_dir import RECORD_FILE, TOKENIZER_FILE, out_path, resume_command, unfinished_path
from sentiment.model_dir.known import MAX_RECORD_BYTES
from sentiment.model_dir.manifest import MAX_BYTES
from sentiment.text.tokenizer_file import load_tokenizer
from sentiment.training.compute.device import DeviceKind, Precision
from sentiment.training.state.files import START_AGAIN, first_fault, read_state, read_state_object
from sentiment.writing import write_whole

RECORD_VERSION = 2

PLACE = ("threads", "processes", "device", "precision")
"""What a training runs on; of each, a record and metrics.json tell the present value and the earlier ones."""


@dataclass(frozen=True)
class TrainingRecord:
    """What was requested of a training, so that it can be resumed unchanged.

    Attributes:
        config: the resolved config as YAML.
        data_sha256: of each split's source, by the split's name.
        asked_source: the requested data set; differs from the config's if it was unavailable.
        threads: the processor threads that each of its processes runs with.
        replace: whether an existing model may be replaced.
        command: the command line.
        verb: the command of `sentiment` that started it and can resume it.
        started_from: the directory of its initial weights, and their SHA-256; None for random weights.
        teacher: the file of the teacher's answers and its SHA-256; None without a teacher.
        cross_validation: the metrics of the fitted output layer on the training rows, where only that is trained.
        cross_validated_rows: "random" if they are of the randomly drawn rows of a review sheet; None if of all.
        cross_validated_calibration: of that layer on the same rows, where there are no validation rows.
        ngrams_factor: what the fitted weights of n-grams are multiplied by beside that layer.
        folder: the working directory of the command; relative paths of the config start there.
        processes: the number of its processes.
        device: that its steps run on.
        precision: of the large matrix products.
        earlier_threads: the processor threads before it was resumed with others; None if it never was.
        earlier_processes: the same for processes, and the others for what they are named after.
        id: unique to this training; its checkpoints carry it.
        tokenizer_sha256: of the tokenizer's file; empty until that is written.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")  # for what is read

    config: str
    data_sha256: dict[str, str]
    asked_source: str
    threads: Annotated[int, Field(ge=1, le=2**16)]
    replace: bool
    command: list[str]
    verb: str = "train"
    started_from: dict[str, str] | None = None
    teacher: dict[str, str] | None = None
    cross_validation: dict[str, Any] | None = None
    cross_validated_rows: str | None = None
    cross_validated_calibration: dict[str, Any] | None = None
    ngrams_factor: float = 1.0
    folder: str | None = None
    processes: Annotated[int, Field(ge=1, le=2**16)] = 1
    device: DeviceKind = "cpu"
    precision: Precision = "float32"
    earlier_threads: list[int] | None = None
    earlier_processes: list[int] | None = None
    earlier_device: list[DeviceKind] | None = None
    earlier_precision: list[Precision] | None = None
    id: str = field(default_factory=lambda: os.urandom(16).hex())
    tokenizer_sha256: str = ""

    @property
    def place(self) -> dict[str, Any]:
        """What it runs on, and what it ran on before, as JSON values."""
        earlier = {f"earlier_{name}": getattr(self, f"earlier_{name}") or [] for name in PLACE}
        return {name: getattr(self, name) for name in PLACE} | earlier

    def changed(self, config: Config, settings: Sequence[Override], place: Mapping[str, Any]) -> Self:
        """Return the record of a training resumed with other settings, which its command line includes.

        Args:
            config: with the settings.
            settings: the changes.
            place: the values of `PLACE`.
        """
        options = [option for setting in settings for option in ("--set", f"{setting.key}={setting.value}")]
        earlier: dict[str, Any] = {
            f"earlier_{name}": [*self.place[f"earlier_{name}"], self.place[name]]
            for name in PLACE
            if place[name] != self.place[name]
        }
        command = _without_settings(self.command, [setting.key for setting in settings])
        return replace(self, config=dump_config(config), command=[*command, *options], **place, **earlier)


def _without_settings(command: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Return a command line without the options that set any of these keys."""
    kept: list[str] = []
    words = iter(command)
    for word in words:
        option, equals, value = word.partition("=")
        if option not in {"--set", "--threads"}:
            kept.append(word)
            continue
        if not equals:
            value = next(words, "")
        key = "training.threads" if option == "--threads" else value.partition("=")[0]
        if key not in keys:
            kept += [word] if equals else [word, value]
    return kept


def write_tokenizer(directory: Path, tokenizer: Tokenizer, record: TrainingRecord) -> TrainingRecord:
    """Write the tokenizer of a new training, and return the record with its checksum.

    Raises:
        OutputError: the directory cannot be written to.
    """
    content = tokenizer.to_str().encode()
    with _failures_as_output_errors(directory):
        write_whole(directory / TOKENIZER_FILE, content)
    return replace(record, tokenizer_sha256=hashlib.sha256(content).hexdigest())


def read_tokenizer(directory: Path, record: TrainingRecord) -> Tokenizer:
    """Read the tokenizer of a resumed training.

    Raises:
        TrainingError: it is missing or altered.
        ModelDirectoryError: it is not one that a training writes.
    """
    path = directory / TOKENIZER_FILE
    content = read_state(path, MAX_BYTES[TOKENIZER_FILE])
    if hashlib.sha256(content).hexdigest() != record.tokenizer_sha256:
        raise TrainingError(f"{path}: truncated or altered; {START_AGAIN}")
    return load_tokenizer(content, str(path))


def write_record(directory: Path, record: TrainingRecord) -> None:
    """Write the record of a new training, after everything else that resuming needs.

    Raises:
        OutputError: the directory cannot be written to.
    """
    fields = {"record_version": RECORD_VERSION} | asdict(record)
    content = json.dumps(fields | {CHECKSUM_KEY: checksum_of(fields)}, ensure_ascii=False, indent=1)
    with _failures_as_output_errors(directory):
        write_whole(directory / RECORD_FILE, content.encode("utf-8", "backslashreplace"))


def record_changes(
    directory: Path,
    record: TrainingRecord,
    config: Config,
    settings: Sequence[Override],
    place: Mapping[str, Any],
    notify: Notify,
) -> TrainingRecord:
    """Record that a training is resumed with other settings or elsewhere, and notify of the effect on its weights.

    Args:
        directory: of its state.
        record: before the change.
        config: with the settings.
        settings: the changes; empty if it is resumed unchanged.
        place: the values of `PLACE`.
        notify: gets a note on it.

    Raises:
        OutputError: the directory cannot be written to.
    """
    changed = record.changed(config, settings, place)
    if changed == record:
        return record
    write_record(directory, changed)
    differing = [name for name in PLACE if place[name] != record.place[name]]
    if differing:
        changes = ", ".join(f"{name}: {place[name]} instead of {record.place[name]}" for name in differing)
        effect = "may differ in their last bits" if differing == ["threads"] else "will differ"
        notify(f"resuming with {changes}; the weights {effect} from those of an uninterrupted training")
    return changed


def read_record(directory: Path, verb: str = "train") -> TrainingRecord:
    """Read the record of a resumed training.

    Args:
        directory: of its state.
        verb: the command that wants to resume it.

    Raises:
        TrainingError: there is none, or it is altered, not one of this version, or of another command.
    """
    path = directory / RECORD_FILE
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        raise TrainingError(f"{directory}: no unfinished training found; pass `resume` the `out` of one") from None
    except OSError as error:
        raise TrainingError(f"{directory}: cannot be read ({error.strerror}); pass the `out` of a training") from error
    values = read_state_object(path, MAX_RECORD_BYTES, "record_version", RECORD_VERSION)
    try:
        record = TypeAdapter(TrainingRecord).validate_python(values)
    except ValidationError as error:
        raise TrainingError(f"{path}: not a readable record ({first_fault(error)}); {START_AGAIN}") from error
    if record.teacher is not None and record.teacher.keys() != {"path", "sha256"}:
        raise TrainingError(f"{path}: not a readable record (teacher); {START_AGAIN}")
    if record.verb != verb:
        raise TrainingError(
            f"{directory}: not started by {verb}; resume with: {resume_command(record.verb, out_path(directory))}"
        )
    return record


def folder_of(directory: Path, verb: str, notify: Notify) -> Path:
    """Return the working directory of an unfinished training's command, or the current folder if unknown.

    Args:
        directory: the model directory it was to write, or its `.unfinished` sibling.
        verb: the command that resumes it.
        notify: gets notes on a folder that is gone.

    Raises:
        TrainingError: as for `read_record`.
    """
    folder = read_record(unfinished_path(out_path(directory)), verb).folder
    if folder is not None and Path(folder).is_dir():
        return Path(folder)
    if folder is not None:
        notify(f"{folder}, where the training began, does not exist; its files are looked for in the current folder")
    return Path.cwd()


@contextmanager
def _failures_as_output_errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{directory}: cannot be written: {error.strerror}") from error
