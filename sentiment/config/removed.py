"""Removed keys of experiments, whose measured benefit was nil."""

from collections.abc import Mapping

REMOVED: Mapping[str, object] = {
    "training.frozen_epochs": 0,
    "training.label_smoothing": 0.0,
    "model.ngram_dropout": 0.0,
}
"""Each key with the value that disables it, which files may still have."""

REASON = "no longer supported, as it gained no accuracy (docs/tried.md); remove it"
