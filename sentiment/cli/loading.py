"""Loading the model of a command."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sentiment.callbacks import Notify

if TYPE_CHECKING:
    from sentiment.inference import Classifier


@contextmanager
def ending_at_interrupt() -> Iterator[None]:
    """Let Ctrl-C end the process at once: nothing is begun yet, and an import that is cut in two raises anything."""
    previous = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def limit_tokenizer_threads(threads: int | None) -> None:
    """Let the tokenizers use as many threads, before they first share their work: they read this once."""
    if threads is not None:
        os.environ.setdefault("RAYON_NUM_THREADS", str(threads))


def tokenize_on_the_calling_thread() -> None:
    """Keep a tokenizer from sharing its work among threads, where the caller's threads fill the cores already."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def load_classifier(model: str | None, threads: int | None, notify: Notify) -> "Classifier":
    """Load the model that `--model` names, or the default one, and say which it is.

    Raises:
        ModelDirectoryError: There is none, or it is not sound.
    """
    with ending_at_interrupt():
        from sentiment.inference import Classifier
        from sentiment.model_dir import called, find_model

        path, reason = find_model(model)
        classifier = Classifier.load(path, threads=threads)
    notify(f"model: {called(path)} ({reason})")
    return classifier
