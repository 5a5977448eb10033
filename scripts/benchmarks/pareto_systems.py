"""The systems measured in this process: our models, the linear model and the textbook network."""

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sentiment import Classifier
from sentiment.callbacks import Notify
from sentiment.config import Config, dump_config, load_config
from sentiment.data import LabelledTexts, label_names
from sentiment.evaluation import LinearSettings, NumberedRows, fit_linear
from sentiment.evaluation.rows import number_labels
from sentiment.model_dir import CURVES_FILE, MANIFEST_FILE, METRICS_FILE, README_FILE, WEIGHTS_FILE, ModelDirectory
from sentiment.probabilities import most_probable
from sentiment.text.encoding import encode
from sentiment.text.tokenizer_file import load_tokenizer
from sentiment.text.tokenizer_training import train_tokenizer
from training_speed import TextbookClassifier, padded_to, textbook_steps

NOT_FOR_ANSWERING = {WEIGHTS_FILE, CURVES_FILE, METRICS_FILE, README_FILE}
TEXTBOOK_BATCH_SIZE = 256
TEXTBOOK_SEED = 0


@dataclass(frozen=True)
class Answers:
    """The predictions of a system: a label per text, None if it has none, and the seconds it took."""

    labels: Sequence[str | None]
    seconds: float


class System(Protocol):
    """A system to compare."""

    @property
    def name(self) -> str:
        """Name for people."""

    @property
    def megabytes(self) -> float:
        """Size of what must be stored to predict, in 10^6 bytes."""

    @property
    def stored(self) -> str:
        """Description of what is stored."""

    def answer(self, texts: Sequence[str]) -> Answers:
        """Answer texts, and time it."""


@dataclass(frozen=True)
class LocalSystem:
    """A system that predicts in this process."""

    name: str
    megabytes: float
    stored: str
    predict: Callable[[Sequence[str]], Sequence[str | None]]

    def answer(self, texts: Sequence[str]) -> Answers:
        """Answer texts, and time it."""
        started = time.perf_counter()
        labels = self.predict(texts)
        return Answers(labels, time.perf_counter() - started)


def named(labels: Sequence[str], probabilities: NDArray[np.float32]) -> list[str | None]:
    """Return the label of each row's highest probability, (rows, labels), or None where it is NaN."""
    names: list[str | None] = [*labels, None]
    best = np.where(np.isnan(probabilities[:, 0]), len(labels), most_probable(probabilities))
    return [names[number] for number in best.tolist()]


def our_model(name: str, path: Path, threads: int) -> LocalSystem:
    """Load one of our models; the stored size is that of files needed to predict, not to train further."""
    directory = ModelDirectory.open(path)
    files = {file: record.size_bytes for file, record in directory.manifest.files.items()}
    size = (path / MANIFEST_FILE).stat().st_size + sum(files[file] for file in files.keys() - NOT_FOR_ANSWERING)
    classifier = Classifier.load(path, threads=threads)
    return LocalSystem(
        name,
        size / 1e6,
        "its directory without what only training and people read",
        lambda texts: named(classifier.labels, classifier.probabilities(texts)),
    )


def linear_model(rows: LabelledTexts, folder: Path, notify: Notify) -> LocalSystem:
    """Fit the linear model on character n-grams, and write the files that it would need."""
    labels = label_names(rows.labels)
    training = NumberedRows(rows.texts, number_labels(rows, labels), len(labels))
    model = fit_linear(training, LinearSettings.for_rows(len(rows.texts)), notify)
    vocabulary, weights = folder / "vocabulary.json", folder / "weights.npz"
    ngrams = model.vectorizer.get_feature_names_out().tolist()
    vocabulary.write_text(json.dumps(ngrams, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    learned = (model.classifier.coef_, model.classifier.intercept_, model.vectorizer.idf_)
    np.savez(weights, *(array.astype(np.float32) for array in learned))
    return LocalSystem(
        "TF-IDF + linear",
        (vocabulary.stat().st_size + weights.stat().st_size) / 1e6,
        f"{len(ngrams):,} n-grams as JSON; their weights and IDF as float32",
        lambda texts: named(labels, model.probabilities(texts)),
    )


def textbook_net(rows: LabelledTexts, epochs: int, cache: Path, threads: int, notify: Notify) -> LocalSystem:
    """Train the textbook network with the textbook loop, or load it from the cache."""
    config, labels = load_config("textbook").config, label_names(rows.labels)
    key = hashlib.sha256(f"{dump_config(config)}{rows.sha256} {epochs} {TEXTBOOK_SEED}".encode()).hexdigest()
    folder = cache / f"textbook-{key[:16]}"
    torch.set_num_threads(threads)
    if not folder.exists():
        notify(f"training the textbook's network, {epochs} epochs of {len(rows.texts):,} rows")
        _train_textbook(config, rows, number_labels(rows, labels), epochs, folder)
    files = [folder / "tokenizer.json", folder / "model.safetensors"]
    tokenizer = load_tokenizer(files[0].read_bytes(), str(files[0]))
    model = TextbookClassifier(config, tokenizer.get_vocab_size(), len(labels)).eval()
    model.load_state_dict(safetensors.torch.load_file(files[1]))
    return LocalSystem(
        "textbook BiLSTM",
        sum(file.stat().st_size for file in files) / 1e6,
        f"weights as float32, tokenizer; {epochs} epochs",
        lambda texts: named(labels, _textbook_scores(model, tokenizer, texts, config.tokenizer.max_tokens)),
    )


def _train_textbook(config: Config, rows: LabelledTexts, labels: NDArray[np.int64], epochs: int, folder: Path) -> None:
    """Train, and write the folder atomically."""
    torch.manual_seed(TEXTBOOK_SEED)
    tokenizer = train_tokenizer(rows.texts, config.tokenizer)
    model = TextbookClassifier(config, tokenizer.get_vocab_size(), int(labels.max()) + 1)
    sequences = encode(tokenizer, rows.texts, config.tokenizer.max_tokens)
    steps = epochs * -(-len(sequences) // config.training.batch_size)
    for _ in islice(textbook_steps(model, config, sequences, labels), steps):
        pass
    folder.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".textbook-", dir=folder.parent))
    try:
        (stage / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
        safetensors.torch.save_file(model.state_dict(), stage / "model.safetensors")
        stage.rename(folder)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _textbook_scores(
    model: TextbookClassifier, tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int
) -> NDArray[np.float32]:
    """Score texts padded, as in a textbook; (texts, labels)."""
    padded = torch.from_numpy(padded_to(max_tokens, encode(tokenizer, texts, max_tokens), model.padding))
    begins = range(0, len(padded), TEXTBOOK_BATCH_SIZE)
    with torch.inference_mode():
        scores = [model(padded[begin : begin + TEXTBOOK_BATCH_SIZE]) for begin in begins]
    return torch.cat(scores).numpy()
