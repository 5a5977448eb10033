"""Load the model of a command."""

import gc
import signal
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.callbacks import Notify
from sentiment.cli.console import model_line
from sentiment.processor import MOST_THREADS
from sentiment.text.scripts import unread_script, without_unread

if TYPE_CHECKING:
    from sentiment.inference import Classifier, Prediction
    from sentiment.inference.by_script import ClassifierByScript
    from sentiment.inference.drift import WatchedClassifier

ProcessorThreads = Annotated[
    int | None,
    typer.Option(
        "--threads", min=1, max=MOST_THREADS, metavar="N", help="Processor threads.", show_default="all cores"
    ),
]


@contextmanager
def ending_at_interrupt() -> Iterator[None]:
    """Let Ctrl-C end the process at once: no work has begun, and an interrupted import may raise any exception."""
    previous = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


@contextmanager
def without_collection() -> Iterator[None]:
    """Exclude objects of imports and models from garbage collection: they all stay to the end, and passes take time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@dataclass(frozen=True)
class LoadedModel:
    """A model, and the scripts that it predicts.

    Attributes:
        classifier: The model.
        scripts: The scripts whose texts it predicts; None for all, as for a model named by the user.
        unsure_below: The lowest probability of a label; None for a label for every text that has a prediction.
        watched: Gets every prediction; None for none.
    """

    classifier: "Classifier | ClassifierByScript"
    scripts: Collection[str] | None
    unsure_below: float | None = None
    watched: "WatchedClassifier | None" = None

    def predict(self, texts: Sequence[str], batch_size: int) -> "list[Prediction]":
        """Predict every text, in order; one in a script that is not read is treated as empty."""
        read = texts if self.scripts is None else without_unread(texts, self.scripts)
        answers = self.classifier.predict(read, batch_size, unsure_below=self.unsure_below or 0.0)
        if self.watched is not None:
            self.watched.remember_predictions(answers)
        if self.scripts is None:
            return answers
        return [replace(answer, text=text) for answer, text in zip(answers, texts, strict=True)]

    def fault_of(self, text: str) -> str | None:
        """Return why a text has no prediction, if that is because of its script."""
        if self.scripts is None or (script := unread_script([text], self.scripts)) is None:
            return None
        return f"written in {script}, which no included model reads; choose a model with --model"


def load_model(model: str | None, threads: int | None, notify: Notify, texts: Sequence[str] = ()) -> LoadedModel:
    """Load the model of `--model`, or the default one, and notify which it is.

    If none is named and no run is finished, the shipped model for the script of each text is loaded when it comes.

    Args:
        model: The value of `--model`.
        threads: Batches that run at the same time; one per core if None.
        notify: Gets a line for each model.
        texts: The first texts, as far as they are known: the models for them are loaded now.

    Raises:
        ModelDirectoryError: There is none, or it is invalid.
    """
    with ending_at_interrupt(), without_collection():
        from sentiment.inference import Classifier
        from sentiment.model_dir import choose_model

        chosen = choose_model(model)
        if chosen.by_script is None:
            classifier = Classifier.load(chosen.path, threads=threads)
            notify(model_line(chosen.path, chosen.reason))
            return LoadedModel(classifier, chosen.scripts)
        from sentiment.inference.by_script import ClassifierByScript

        def tell(script: str, loaded: Path) -> None:
            notify(model_line(loaded, f"{chosen.reason} for texts in {script}"))

        several = ClassifierByScript(chosen.by_script, threads=threads, loaded=tell)
        if texts:
            several.prepare(texts)
    return LoadedModel(several, chosen.scripts)
