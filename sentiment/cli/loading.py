"""Loading the model of a command."""

import gc
import os
import signal
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sentiment.callbacks import Notify
from sentiment.text.scripts import unread_script, without_unread

if TYPE_CHECKING:
    from sentiment.inference import Classifier, Prediction


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


@contextmanager
def without_collection() -> Iterator[None]:
    """Spare the garbage collector what imports and models make: it all stays to the end, and each pass takes time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@dataclass(frozen=True)
class LoadedModel:
    """A model, and what it is asked about.

    Attributes:
        classifier: The model.
        name: What people call it.
        scripts: The scripts whose texts it answers; None for all, as where it was named.
    """

    classifier: "Classifier"
    name: str
    scripts: Collection[str] | None

    def predict(self, texts: Sequence[str], batch_size: int) -> "list[Prediction]":
        """Answer every text, in their order; one in a script that is not read gets the answer of an empty one."""
        if self.scripts is None:
            return self.classifier.predict(texts, batch_size)
        answers = self.classifier.predict(without_unread(texts, self.scripts), batch_size)
        return [replace(answer, text=text) for answer, text in zip(answers, texts, strict=True)]

    def fault_of(self, text: str) -> str | None:
        """Say why a text is not answered, if it is for its script."""
        if self.scripts is None or (script := unread_script([text], self.scripts)) is None:
            return None
        return f"written in {script}, which {self.name} does not read; choose a model with --model"


def load_model(model: str | None, threads: int | None, notify: Notify) -> LoadedModel:
    """Load the model that `--model` names, or the default one, and say which it is.

    Raises:
        ModelDirectoryError: There is none, or it is not sound.
    """
    with ending_at_interrupt(), without_collection():
        from sentiment.inference import Classifier
        from sentiment.model_dir import MODEL_VARIABLE, SHIPPED_SCRIPTS, called, find_model, is_shipped

        path, reason = find_model(model)
        classifier = Classifier.load(path, threads=threads)
    notify(f"model: {called(path)} ({reason})")
    is_named = model is not None or bool(os.environ.get(MODEL_VARIABLE))
    return LoadedModel(classifier, called(path), SHIPPED_SCRIPTS if is_shipped(path) and not is_named else None)
