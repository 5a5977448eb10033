"""The model of a Spark job: sent to the Python workers as one file, or found there."""

import socket
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Any

from sentiment.errors import ModelDirectoryError
from sentiment.model_dir import MANIFEST_FILE, ONNX_FILE, TOKENIZER_FILE, ModelDirectory, called, is_shipped
from sentiment.processor import limit_tokenizer_threads, tokenize_on_the_calling_thread

if TYPE_CHECKING:
    from sentiment.inference import Classifier
    from sentiment.inference.by_script import ClassifierByScript

MODELS_KEPT = 2
"""Classifiers that a Python worker keeps: a plan may alternate between two models."""
_packing = Lock()
_SENT_FILES = (ONNX_FILE, TOKENIZER_FILE)
"""What a prediction reads, apart from the manifest."""


@dataclass(frozen=True)
class WorkerModel:
    """How a Python worker gets the model.

    Attributes:
        name: Of the model, for messages.
        fingerprint: Of the model that the driver has.
        archive: Name of the file that was sent to the workers; None if the model is already there.
        path: Of the model on the workers; None if it was sent, or comes with sentiment.
    """

    name: str
    fingerprint: str
    archive: str | None
    path: str | None

    @classmethod
    def of(cls, directory: ModelDirectory, *, on_workers: bool) -> "WorkerModel":
        """Decide how a model gets to the workers.

        Args:
            directory: The model on the driver.
            on_workers: Whether every worker has the model at the same path. Those that come with sentiment are there
                in any case, found by name.
        """
        is_there = on_workers or is_shipped(directory.path)
        return cls(
            name=called(directory.path),
            fingerprint=directory.fingerprint(),
            archive=None if is_there else _archive_name(directory),
            path=str(directory.path.absolute()) if on_workers and not is_shipped(directory.path) else None,
        )

    @property
    def is_sent(self) -> bool:
        """Whether the workers get it with the job."""
        return self.archive is not None

    def load(self, threads: int) -> "Classifier":
        """Load the model on a worker, and check it against the manifest and the driver's fingerprint.

        Raises:
            ModelDirectoryError: It is not there, is damaged, or is another model.
        """
        from sentiment.inference import Classifier

        _limit_tokenizers(threads)
        if self.archive is not None:
            classifier = _unpacked(self.archive, threads)
        else:
            path = _shipped_path(self.name) if self.path is None else Path(self.path)
            classifier = Classifier.load(path, threads=threads)
        self.check(classifier.fingerprint)
        return classifier

    def check(self, fingerprint: str) -> None:
        """Check the fingerprint of the model on a worker against the driver's.

        Raises:
            ModelDirectoryError: It is another model.
        """
        if fingerprint != self.fingerprint:
            raise ModelDirectoryError(
                f"{self.name}: worker {socket.gethostname()} has another model of this name than the driver; install "
                "the same version of sentiment, or copy the same model directory, on all machines"
            )


@dataclass(frozen=True)
class WorkerModelsByScript:
    """The models among which the script of each text decides. They come with sentiment, so that none is sent.

    Attributes:
        models: Script and model; the first also predicts texts without a letter.
    """

    models: tuple[tuple[str, WorkerModel], ...]
    is_sent = False

    @classmethod
    def of(cls, paths: Mapping[str, Path]) -> "WorkerModelsByScript":
        """Take the models of the driver, as `ChosenModel.by_script` has them."""
        models = {path: WorkerModel.of(ModelDirectory.open(path), on_workers=False) for path in paths.values()}
        return cls(tuple((script, models[path]) for script, path in paths.items()))

    def load(self, threads: int) -> "ClassifierByScript":
        """Find the models on a worker, and check their fingerprints; each is loaded with the first text for it.

        Raises:
            ModelDirectoryError: One is not there, or is another model.
        """
        from sentiment.inference.by_script import ClassifierByScript

        _limit_tokenizers(threads)
        paths = {}
        for script, model in self.models:
            paths[script] = _shipped_path(model.name)
            model.check(ModelDirectory.open(paths[script]).fingerprint())
        return ClassifierByScript(paths, threads=threads)


@lru_cache(maxsize=MODELS_KEPT)
def loaded(model: WorkerModel | WorkerModelsByScript, threads: int) -> "Classifier | ClassifierByScript":
    """Return the classifier of this process, which Spark keeps for further tasks."""
    return model.load(threads)


def _limit_tokenizers(threads: int) -> None:
    if threads == 1:
        tokenize_on_the_calling_thread()
    else:
        limit_tokenizer_threads(threads)


@lru_cache(maxsize=1)
def _folder() -> TemporaryDirectory[str]:
    """Return a folder of this process: Spark sends files from where they lie, for as long as the session lasts."""
    return TemporaryDirectory(prefix="sentiment-spark-")


def send(directory: ModelDirectory, session: Any) -> None:
    """Send a model to the workers of a session, classic or of Spark Connect.

    Raises:
        ModelDirectoryError: A file is missing or altered.
    """
    with _packing:
        path = _packed(directory)
    session.addArtifacts(str(path), file=True)


def _archive_name(directory: ModelDirectory) -> str:
    return f"sentiment-{directory.fingerprint()}.zip"


def _packed(directory: ModelDirectory) -> Path:
    """Return one file with all that a prediction needs; its bytes and its name depend on the model alone."""
    path = Path(_folder().name, _archive_name(directory))
    if path.exists():
        return path
    contents = {name: directory.read(name) for name in _SENT_FILES}
    contents[MANIFEST_FILE] = directory.manifest.to_json().encode()
    with zipfile.ZipFile(unfinished := path.with_suffix(".part"), "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # dated 1980, as equal files are sent once
    unfinished.replace(path)
    return path


def _unpacked(archive: str, threads: int) -> "Classifier":
    from pyspark import SparkFiles

    from sentiment.inference import Classifier

    with TemporaryDirectory(prefix="sentiment-spark-") as folder:
        with zipfile.ZipFile(SparkFiles.get(archive)) as sent:
            sent.extractall(folder)
        return Classifier.load(Path(folder), threads=threads)


def _shipped_path(name: str) -> Path:
    from sentiment.model_dir import shipped_models

    for model in shipped_models():
        if model.name == name:
            return model.path
    raise ModelDirectoryError(
        f"{name}: sentiment on worker {socket.gethostname()} comes without this model; install the same version of it "
        "on all machines"
    )
