"""The model that a command asks, and what is said of it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.cli.console import Notify

if TYPE_CHECKING:
    from sentiment.inference import Classifier


def load_classifier(model: str | None, threads: int | None, notify: Notify) -> "tuple[Classifier, Path]":
    """Load the model that `--model` names, or the default one, and say which it is.

    Raises:
        ModelDirectoryError: There is none, or it is not sound.
    """
    if threads is not None:
        # The tokenizers share their work among as many threads; they read this when they first do.
        os.environ.setdefault("RAYON_NUM_THREADS", str(threads))
    from sentiment.inference import Classifier
    from sentiment.model_dir import find_model

    path, reason = find_model(model)
    classifier = Classifier.load(path, threads=threads)
    notify(f"model: {path} ({reason})")
    return classifier, path
