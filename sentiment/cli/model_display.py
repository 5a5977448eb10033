"""Display of models in `sentiment models`."""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sentiment.config import Config, ModelConfig
    from sentiment.model_dir import ModelSummary


FEW_ROWS = 200
"""With fewer, the 95 % interval of an accuracy of 85 % is wider than ten points."""


def megabytes(size_bytes: int) -> str:
    """Format a size in MB (10^6 bytes), with one decimal, or three if it would be 0.0."""
    digits = 1 if size_bytes >= 50_000 else 3
    return f"{size_bytes / 1e6:,.{digits}f}" if sys.stdout.isatty() else f"{size_bytes / 1e6:.{digits}f}"


def created(summary: "ModelSummary") -> str:
    """Format the creation time of a model: in local time for people, with its time zone for programs."""
    if sys.stdout.isatty():
        return f"{summary.created.astimezone():%Y-%m-%d %H:%M}"
    return summary.created.isoformat(timespec="seconds")


def accuracy(summary: "ModelSummary") -> str:
    """Format the accuracy on the validation rows, if known."""
    return _filled("{:.2%}" if sys.stdout.isatty() else "{:.4f}", summary.validation_accuracy)


def validation_rows(summary: "ModelSummary") -> tuple[str, str]:
    """Format the number of rows of the accuracy, and their data; both empty if unknown or without rows."""
    number, name = summary.figure("data", "validation", "counts", "used"), summary.figure("data", "validation", "name")
    if not isinstance(number, int) or not number or not isinstance(name, str):
        return "", ""
    return f"{number:,}" if sys.stdout.isatty() else str(number), name


def accuracy_and_rows(summary: "ModelSummary") -> tuple[str, str]:
    """Format the accuracy for people, and its rows: by cross-validation if none were held out; few ones are marked."""
    number, data = validation_rows(summary)
    before = ", before calibration" if _is_calibrated(summary) else ""
    if number:
        few = _few_mark(summary.figure("data", "validation", "counts", "used"))
        return accuracy(summary), f"{number} rows of {data}{few}{before}"
    found, n = (summary.figure("cross_validation", name) for name in ("accuracy", "n"))
    rows = _filled("{:,} rows, cross-validated", n) + _few_mark(n)
    return _filled("{:.2%}", found) or accuracy(summary), f"{rows}{before}" if rows else ""


def _is_calibrated(summary: "ModelSummary") -> bool:
    """Return whether `sentiment calibrate` has changed the probabilities since the figures were measured."""
    return summary.figure("calibration", "data") is not None


def _few_mark(n: object) -> str:
    return " (few rows)" if isinstance(n, int) and 0 < n < FEW_ROWS else ""


def facts_for_people(summary: "ModelSummary") -> dict[str, str]:
    """Return the description of a model or an encoder as names and values; empty if its metrics have none.

    Raises:
        ModelDirectoryError: Its config is truncated or altered.
        ConfigError: It is not an experiment that this version supports.
    """
    from sentiment.model_dir import ENCODER, is_shipped

    config, figure = summary.read_config(), summary.figure
    sizes = ", ".join(f"{name} {megabytes(size)}" for name, size in summary.file_sizes.items())
    versions = figure("versions") or {"sentiment": summary.sentiment_version}
    own_facts = _encoder_facts(summary, config) if summary.kind == ENCODER else _classifier_facts(summary)
    return {
        "name": summary.path.resolve().name,
        "path": str(summary.path),
        "origin": "comes with sentiment" if is_shipped(summary.path) else "",
        "kind": summary.kind,
        "created": created(summary),
        "classes": ", ".join(summary.labels),
        "size": f"{megabytes(summary.size_bytes)} MB ({sizes})",
        "experiment": config.description,
        "network": _network(config.model) + _filled("; {:,} parameters", figure("parameters")),
        "tokens": config.tokenizer.kind + _filled(", {:,} of them", figure("vocab_size")),
        **own_facts,
        "training": _filled(
            "{:,.0f} s, seed {}, {} threads", figure("training_seconds"), figure("seed"), figure("threads")
        ),
        "versions": ", ".join(f"{package} {version}" for package, version in versions.items()),
        "command": " ".join(figure("command") or ()),
    }


def _classifier_facts(summary: "ModelSummary") -> dict[str, str]:
    figure = summary.figure
    fallback = _filled("; {} could not be reached", figure("data", "asked_source"))
    return {
        "reads": f"{summary.max_tokens:,} tokens at once, a longer text in several windows",
        "started from": figure("started_from", "path") or "",
        "trained on": _rows(summary, "train") + (fallback if figure("data", "is_fallback") else ""),
        "validated on": _rows(summary, "validation"),
        "validation": _validation(summary),
        "cross-validation": _cross_validation(summary),
        "of each class": _of_each_class(summary),
        "calibrated": _calibrated(summary),
        "note": f"it is used only when named explicitly: {summary.weakness}" if summary.weakness else "",
    }


def _encoder_facts(summary: "ModelSummary", config: "Config") -> dict[str, str]:
    pretraining, epochs = config.pretraining, summary.figure("epochs") or [{}]
    sources = summary.figure("sources") or {}
    shown_figures = ("perplexity", "rating", "label")
    figures = {
        name: value
        for name, value in epochs[-1].items()
        if name.startswith(shown_figures) and value is not None and not isinstance(value, bool)
    }
    return {
        "read": f"{pretraining.max_tokens:,} tokens of a text at most",
        "learned": ", ".join(f"{name} {weight:g}" for name, weight in pretraining.objectives.items()),
        "pretrained on": _filled("{:,} texts of ", summary.figure("training_texts")) + ", ".join(sources),
        "held-out texts": ", ".join(f"{name.replace('_', ' ')} {value:,.4g}" for name, value in figures.items()),
    }


def _network(config: "ModelConfig") -> str:
    layers = f"{config.num_layers} layer{'s' if config.num_layers > 1 else ''} of {config.hidden_size:,}"
    direction = "in both directions" if config.bidirectional else "in one direction"
    ngrams = f"; n-grams {config.ngram_kinds}" if config.has_ngrams else ""
    pooling = " + ".join(config.pooling)
    return f"{config.cell}, {layers} {direction}, embedding {config.embedding_size:,}, {pooling}{ngrams}"


def _rows(summary: "ModelSummary", split: str) -> str:
    name, used = summary.figure("data", split, "name"), summary.figure("data", split, "counts", "used")
    return _filled("{1:,} rows of {0}", name, used) if used else ""


def _validation(summary: "ModelSummary") -> str:
    low, high = summary.figure("validation", "accuracy_interval") or (None, None)
    return _filled(
        "accuracy {:.2%} (95 % interval {:.2%} to {:.2%}), macro F1 {:.4f}",
        summary.validation_accuracy,
        low,
        high,
        summary.figure("validation", "macro_f1"),
    ) + _filled("; the most frequent class alone {:.2%}", summary.figure("majority_class", "validation_accuracy"))


def _cross_validation(summary: "ModelSummary") -> str:
    low, high = summary.figure("cross_validation", "accuracy_interval") or (None, None)
    accuracy, macro_f1, n = (summary.figure("cross_validation", name) for name in ("accuracy", "macro_f1", "n"))
    return _filled(
        "accuracy {:.2%} (95 % interval {:.2%} to {:.2%}), macro F1 {:.4f}", accuracy, low, high, macro_f1
    ) + (_filled("; {:,} rows, each predicted by a fit on the others", n))


def _calibrated(summary: "ModelSummary") -> str:
    if not _is_calibrated(summary):
        return ""
    n, data = (summary.figure("calibration", name) for name in ("n", "data"))
    before, after = (summary.figure("calibration", when, "ece") for when in ("before", "after"))
    return _filled(
        "afterwards, on {:,} rows of {}; calibration error {:.4f} before and {:.4f} after", n, data, before, after
    )


def _of_each_class(summary: "ModelSummary") -> str:
    """Format the metrics of each class, from validation or else from cross-validation."""
    per_class = summary.figure("validation", "per_class") or summary.figure("cross_validation", "per_class") or {}
    return "; ".join(
        f"{name}: precision {one['precision']:.4f}, recall {one['recall']:.4f}, F1 {one['f1']:.4f}, "
        f"{one['support']:,} rows"
        for name, one in per_class.items()
    )


def _filled(template: str, *values: Any) -> str:
    """Format the values, or return an empty text if one of them is unknown."""
    return "" if None in values else template.format(*values)
