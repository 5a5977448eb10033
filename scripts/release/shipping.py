"""The form in which a finished model or encoder is shipped: small, with a card, and no unneeded files."""

from collections.abc import Mapping
from pathlib import Path, PurePath
from shlex import quote
from typing import Any

from sentiment.config import dump_config
from sentiment.errors import ModelDirectoryError, OutputError
from sentiment.model_dir import (
    CONFIG_FILE,
    ENCODER,
    METRICS_FILE,
    ONNX_FILE,
    README_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    FileRecord,
    ModelDirectory,
    staged_like,
)
from sentiment.model_dir.figures import metrics_json
from sentiment.training.export.weights import read_weights, write_weights
from shipped_cards import shipped_card

MAX_BYTES = 10_000_000
"""Size limit of a shipped directory, without its manifest."""


def ship(source: Path, target: Path, report: Mapping[str, Any] | None = None) -> None:
    """Write the shipped form of a finished directory atomically; an existing one at `target` is replaced.

    A classifier keeps its model.onnx, byte for byte, and its tokenizer, which it needs to predict. An encoder keeps its
    weights, as float16. Learning curves are dropped. Absolute paths in the record are cut to their last part, as they
    are meaningless on another machine. What was shipped before gets a new card, and still says what it was made from.

    Args:
        source: a classifier or an encoder.
        target: the directory to write, with the name to ship it under.
        report: for a classifier, the output of `sentiment eval --json`, for the figures of its card.

    Raises:
        ModelDirectoryError: the source is invalid, or the report is of another model.
        OutputError: the result is larger than 10 MB, or cannot be written.
        TrainingError: float16 cannot represent a weight.
    """
    directory = ModelDirectory.open(source, allow_encoder=True)
    directory.verify()
    manifest, metrics = directory.manifest, _metrics(directory, report)
    with staged_like(target, manifest, replace=True) as stage:
        (stage / TOKENIZER_FILE).write_bytes(directory.read(TOKENIZER_FILE))
        if manifest.kind == ENCODER:
            remedy = "train it with another seed or a smaller rate"
            write_weights(stage / WEIGHTS_FILE, read_weights(directory), "float16", remedy)
        else:
            (stage / ONNX_FILE).write_bytes(directory.read(ONNX_FILE))
        (stage / CONFIG_FILE).write_bytes(_config_as_shipped(directory))
        _write_texts(stage, target.name, directory, metrics)
        size_bytes = sum(path.stat().st_size for path in stage.iterdir())
        if size_bytes > MAX_BYTES:
            raise OutputError(
                f"{target}: {size_bytes / 1e6:.1f} MB, more than the {MAX_BYTES / 1e6:.0f} that may ship; "
                "train a smaller one, or a classifier with --set export.precision=int8"
            )


def _config_as_shipped(directory: ModelDirectory) -> bytes:
    """Return the record of the experiment, unchanged where that is true, as it may hold keys of an earlier version."""
    config = directory.config
    if directory.manifest.kind != ENCODER or config.export.weights == "float16":
        return directory.read(CONFIG_FILE)
    export = config.export.model_copy(update={"weights": "float16"})
    return dump_config(config.model_copy(update={"export": export})).encode()


def _write_texts(stage: Path, name: str, directory: ModelDirectory, metrics: dict[str, Any]) -> None:
    (stage / METRICS_FILE).write_text(metrics_json(metrics), encoding="utf-8")
    files = {path.name: FileRecord.of(path) for path in sorted(stage.iterdir())}
    card = shipped_card(name, directory.manifest.kind, directory.config, metrics, files)
    (stage / README_FILE).write_text(card, encoding="utf-8")


def _metrics(directory: ModelDirectory, report: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the figures of the source and of the report, with the checksum of the weights it was first made from."""
    metrics = directory.metrics()
    if directory.manifest.kind != ENCODER:
        if report is None or report.get("model_sha256") != directory.fingerprint():
            raise ModelDirectoryError(
                f"{directory.path}: not the model that the report is of; measure it with: "
                f"sentiment eval --model {quote(str(directory.path))} --json"
            )
        metrics["test"] = {key: value for key, value in report.items() if key != "model"}
    files = directory.manifest.files
    origin = {
        "model_sha256": directory.fingerprint(),
        "weights_sha256": files[WEIGHTS_FILE].sha256 if WEIGHTS_FILE in files else None,
    }
    metrics.setdefault("shipped_from", origin)
    metrics["command"] = [_short(word) for word in metrics["command"]]
    for learned_from in ("started_from", "teacher"):
        if metrics.get(learned_from):
            metrics[learned_from] |= {"path": _short(metrics[learned_from]["path"])}
    return metrics


def _short(word: str) -> str:
    """Cut an absolute path to its last part."""
    return PurePath(word).name if PurePath(word).is_absolute() else word
