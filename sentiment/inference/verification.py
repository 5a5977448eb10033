"""Check that a model directory is intact, and that a classifier can predict."""

from pathlib import Path

from sentiment.errors import ModelDirectoryError
from sentiment.inference.classifier import Classifier
from sentiment.model_dir import ENCODER, TOKENIZER_FILE, ModelDirectory
from sentiment.text.tokenizer_file import load_tokenizer

PROBE = "이 영화 정말 최고예요. A good film, 10/10!"


def verify_model(path: Path) -> ModelDirectory:
    """Compare every byte of a model directory with its manifest, then load it and predict a sentence.

    An encoder makes no predictions: its bytes are compared, its config and tokenizer read.

    Returns:
        The directory, fully checked.

    Raises:
        ModelDirectoryError: A file is missing, truncated or altered, or its parts do not fit together.
        ConfigError: An encoder's config is not an experiment that this version supports.
    """
    directory = ModelDirectory.open(path, allow_encoder=True)
    directory.verify()
    if directory.manifest.kind == ENCODER:
        _ = directory.config
        load_tokenizer(directory.read(TOKENIZER_FILE), str(path / TOKENIZER_FILE))
        return directory
    (answer,) = Classifier.load(path, threads=1).predict([PROBE])
    if answer.label is None:
        raise ModelDirectoryError(f"{path}: its tokenizer finds no token in {PROBE!r}; train the model again")
    return directory
