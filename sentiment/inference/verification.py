"""The proof that a model directory is whole and answers."""

from pathlib import Path

from sentiment.errors import ModelDirectoryError
from sentiment.inference.classifier import Classifier
from sentiment.model_dir import ModelDirectory

PROBE = "이 영화 정말 최고예요. A good film, 10/10!"


def verify_model(path: Path) -> ModelDirectory:
    """Compare every byte of a model directory with its manifest, then load it and ask it a sentence.

    Returns:
        The directory, all of it checked.

    Raises:
        ModelDirectoryError: A file is missing, truncated or altered, or the parts do not make a classifier.
    """
    directory = ModelDirectory.open(path)
    directory.verify()
    (answer,) = Classifier.load(path, threads=1).predict([PROBE])
    if answer.label is None:
        raise ModelDirectoryError(f"{path}: finds no token in {PROBE!r}; train the model again")
    return directory
