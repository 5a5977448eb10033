"""The classifier: texts in, labels and probabilities out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import ModelDirectoryError
from sentiment.inference.background import Background
from sentiment.inference.network import Network
from sentiment.inference.prediction import Prediction, Scores
from sentiment.inference.reading import read_windows
from sentiment.inference.texts import checked_texts, chunks_of
from sentiment.model_dir import (
    CONFIG_FILE,
    METRICS_FILE,
    ONNX_FILE,
    TOKENIZER_FILE,
    ModelDirectory,
    is_shipped,
    locate_model,
)
from sentiment.probabilities import mean_over_windows, most_probable, scaled_softmax, softmax
from sentiment.processor import MOST_THREADS, available_cores
from sentiment.text.long_texts import encode_whole
from sentiment.text.sequences import TokenSequences
from sentiment.text.tokenizer_file import load_tokenizer
from sentiment.text.tokenizer_training import UNKNOWN
from sentiment.text.windows import cut_into_windows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from sentiment.config import ModelConfig
    from sentiment.inference.inside import Explanation, Gates, Trace
    from sentiment.inference.inside.deletion_curve import DeletionCurve
    from sentiment.inference.inside.ngrams import Ngrams
    from sentiment.inference.inside.opened import OpenedNetwork
    from sentiment.inference.inside.placed_tokens import PlacedTokens
    from sentiment.text.many_texts import ManyTextsEncoder
    from sentiment.text.words import Word

DEFAULT_BATCH_SIZE = 128
"""Twice as many exceed the cache of the cores and take longer."""
MANY_TEXTS = 1_024
"""Texts of all calls from which a second tokenizer pays off: making it takes as long as encoding a thousand texts."""
_FILES = (ONNX_FILE, TOKENIZER_FILE)
"""The files that a prediction needs."""
_FURTHER_FILES = (CONFIG_FILE, METRICS_FILE)
"""What is read of a model only to look into it, if it is there."""
UNPICKLED_KEPT = 2
"""Classifiers from pickles that a process keeps, so that a worker loads its model with the first task only."""
_unpickled: "dict[tuple[object, ...], Classifier]" = {}


class Classifier:
    """A trained model, ready to predict.

    A prediction depends on its text alone, whatever other texts are predicted with it, and no text is cut. It is
    thread-safe, and calls change no later prediction. A pickle of it contains the whole model, is checked like in
    `load` when a process reads it for the first time, and gives the same predictions.

    Example:
        >>> classifier = Classifier.load("korean-sentiment")
        >>> classifier.predict(["이 영화 정말 최고예요"])[0].label
        'positive'

    Attributes:
        labels: Names of the classes, in the order of the columns of `probabilities`.
        max_tokens: Tokens that the model reads at once; a longer text is read in several windows. The manifest's
            value, unless a window of that length could take more than 4 GiB.
        fingerprint: A SHA-256 over every file of the model: equal fingerprints mean equal predictions.
    """

    def __init__(
        self,
        directory: ModelDirectory,
        read: Callable[[str], bytes],
        tokenizer: "Tokenizer",
        network: Network,
        threads: int | None,
    ) -> None:
        self.labels = directory.labels
        self.max_tokens = min(directory.max_tokens, network.max_window_tokens)
        self.fingerprint = directory.fingerprint()
        self._manifest = directory.manifest
        self._directory = directory
        self._read_file = read
        self._tokenizer = tokenizer
        self._network = network
        self._given_threads = threads
        self._threads = threads or available_cores()
        self._num_texts = 0

    @property
    def path(self) -> Path:
        """The model directory that it was loaded from, which may have been replaced or removed since."""
        return self._directory.path

    @classmethod
    def load(cls, path_or_name: str | Path, *, threads: int | None = None, in_memory: bool = False) -> Self:
        """Load a model and check everything that is read.

        Args:
            path_or_name: A model directory, or a name: of a finished run, as in `runs/NAME`, or `korean-sentiment`,
                which comes with the package. A directory of that name comes first, and a `Path` is always a path.
            threads: Batches that run at the same time; one per core if None.
            in_memory: Keep the files in memory, so that it can be pickled after its directory is gone.

        Raises:
            ModelDirectoryError: It is missing, truncated, altered, of a newer format, or its parts do not fit together.
            ValueError: `threads` is below 1 or above 1,024.
        """
        if threads is not None and not 1 <= threads <= MOST_THREADS:
            raise ValueError(f"threads is {threads}; it must be 1 to {MOST_THREADS:,}, or None for one per core")
        directory = ModelDirectory.open(locate_model(path_or_name))
        read = _all_files(directory, directory.read).__getitem__ if in_memory else directory.read
        return cls._assemble(directory, read, threads, is_shipped=is_shipped(directory.path))

    @classmethod
    def _assemble(
        cls, directory: ModelDirectory, read: Callable[[str], bytes], threads: int | None, *, is_shipped: bool
    ) -> Self:
        """Build a classifier from the files of a directory, as returned by `read`."""

        def load_network() -> Network:
            path, num_labels = directory.path / ONNX_FILE, len(directory.labels)
            return Network(read(ONNX_FILE), path, num_labels, is_shipped=is_shipped)

        # In parallel: the two are independent, and onnxruntime releases the GIL.
        with Background(load_network) as loading:
            source = str(directory.path / TOKENIZER_FILE)
            tokenizer = load_tokenizer(read(TOKENIZER_FILE), source, is_shipped=is_shipped)
            network = loading.result().prove(vocab_size=tokenizer.get_vocab_size())
        return cls(directory, read, tokenizer, network, threads)

    def warm_up(self) -> Self:
        """Prepare for many texts now, and not with the first of them, and return this classifier.

        It takes some 0.1 s. Predictions are the same without it.
        """
        self._num_texts = MANY_TEXTS
        self._network.prepare_pads()
        self.predict(["a", "b c"])
        return self

    def score(self, texts: Sequence[str], batch_size: int = DEFAULT_BATCH_SIZE) -> Scores:
        """Predict every text, as arrays: the fastest way for many texts.

        A text of more than `max_tokens` tokens is read in windows of equal length, or one token less, that share no
        token; its probabilities are the mean of theirs, weighted by their tokens.

        Args:
            texts: Any texts of any length, even with line breaks or lone surrogates.
            batch_size: Most windows per batch. It affects speed and memory, not the predictions.

        Raises:
            TypeError: `texts` is a single string, or contains something other than strings.
            ValueError: `batch_size` is below 1.
        """
        several = checked_texts(texts)
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; it must be 1 or more")
        self._num_texts += len(several)
        has_many = self._num_texts >= MANY_TEXTS
        sequences = self._many_texts.encode(several) if has_many else encode_whole(self._tokenizer, several)
        if len(several) == 1 and 0 < len(sequences.input_ids) <= self.max_tokens:
            return self._score_window(sequences)
        windows, num_windows = cut_into_windows(sequences, self.max_tokens)
        probabilities = mean_over_windows(self._read(windows, batch_size), windows.lengths, num_windows)
        return Scores(probabilities, sequences.lengths, num_windows)

    def probabilities(self, texts: Sequence[str], batch_size: int = DEFAULT_BATCH_SIZE) -> NDArray[np.float32]:
        """Return the probability of every class for every text, as in `score`.

        Args:
            texts: Any text of any length.
            batch_size: Windows a batch, at most.

        Returns:
            (n, classes); a row sums to 1, or is NaN where the text is empty.
        """
        return self.score(texts, batch_size).probabilities

    def predictors(self, texts: Sequence[str]) -> "list[tuple[Sequence[int], Classifier]]":
        """Return the rows that each classifier predicts: all by this one. `ClassifierByScript` has several."""
        return [(range(len(texts)), self)]

    def predict(
        self, texts: Sequence[str], batch_size: int = DEFAULT_BATCH_SIZE, *, unsure_below: float = 0.0
    ) -> list[Prediction]:
        """Predict every text, in order.

        Args:
            texts: Any text of any length.
            batch_size: Windows a batch, at most.
            unsure_below: Texts whose probability is below this get no label.
        """
        several = checked_texts(texts)
        scores = self.score(several, batch_size)
        best = most_probable(scores.probabilities)
        columns = (scores.probabilities, best, scores.num_tokens, scores.num_windows)
        rows = zip(several, *(column.tolist() for column in columns), strict=True)
        return [self._prediction(*row, unsure_below=unsure_below) for row in rows]

    def predict_batches(self, texts: Iterable[str], batch_size: int = DEFAULT_BATCH_SIZE) -> Iterator[Prediction]:
        """Predict texts as they arrive, in order and in flat memory.

        Some thousand texts are read ahead, so that texts of equal length share batches.

        Args:
            texts: Any iterable, such as a generator or an open file. It is read only as fast as results are consumed.
            batch_size: Windows a batch, at most.

        Raises:
            TypeError: As in `score`.
        """
        return (prediction for chunk in chunks_of(texts) for prediction in self.predict(chunk, batch_size))

    def explain(self, text: str) -> "Explanation":
        """Explain the prediction for one text: what each word did for it, found by leaving words out.

        It takes some hundred predictions; a very long text is explained in phrases of several words.

        Args:
            text: Any text of any length.

        Raises:
            TypeError: `text` is not a string.
        """
        from sentiment.inference.inside.explanation import explain
        from sentiment.inference.inside.ngrams import ngram_log_odds

        (prediction,) = self.predict([text])
        ngrams = self._ngrams
        if ngrams is None:
            return explain(prediction, self.labels, self.probabilities, None, self._trust)
        tokens = self._placed(text)

        def exact_part(words: "Sequence[Word]", label: int) -> list[float]:
            return ngram_log_odds(ngrams, tokens, words, label, self._manifest.class_scales)

        return explain(prediction, self.labels, self.probabilities, exact_part, self._trust)

    def trace(self, text: str) -> "Trace":
        """Trace the prediction for one text: the probabilities after every word, and for the whole.

        Args:
            text: Any text of any length.

        Raises:
            TypeError: `text` is not a string.
            ModelDirectoryError: The network is not built as this version exports networks.
        """
        from sentiment.inference.inside.trace import trace

        checked_texts([text])
        tokens = self._placed(text)
        of_windows = self._read(tokens.windows, DEFAULT_BATCH_SIZE)
        num_windows = np.array([len(tokens.windows)])
        row = mean_over_windows(of_windows, tokens.windows.lengths, num_windows)
        best = int(most_probable(row)[0])
        prediction = self._prediction(
            text, row[0].tolist(), best, len(tokens.input_ids), len(tokens.windows), unsure_below=0.0
        )
        return trace(prediction, tokens, of_windows, self._opened, self._calibrated)

    def gates(self, text: str) -> "Gates":
        """Return the gates and states of every cell at every token of one text.

        Args:
            text: Any text of at most 4,096 tokens.

        Raises:
            TypeError: `text` is not a string.
            ValueError: It is longer.
            ModelDirectoryError: The network is not built as this version exports networks.
        """
        from sentiment.inference.inside.gates import gates

        checked_texts([text])
        tokens = self._placed(text)
        return gates(text, tokens, self._tokenizer.id_to_token, self._opened)

    def unknown_tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return how many tokens of each text stand for characters that the model has never seen, (n,)."""
        sequences = encode_whole(self._tokenizer, checked_texts(texts))
        is_unknown = sequences.input_ids == (self._tokenizer.token_to_id(UNKNOWN) or 0)
        counts = np.concatenate([[0], np.cumsum(is_unknown)])
        return np.asarray(counts[sequences.offsets[1:]] - counts[sequences.offsets[:-1]], dtype=np.int64)

    def recalibrated(
        self, temperature: float, scales: tuple[float, ...] | None = None, biases: tuple[float, ...] | None = None
    ) -> Self:
        """Return the same model with another calibration; its directory stays as it is.

        Args:
            temperature: Divides the logits.
            scales: Of each class, in place of the temperature; None for the temperature alone.
            biases: Of each class, with `scales`.
        """
        manifest = replace(self._manifest, temperature=temperature, scales=scales, biases=biases)
        directory = replace(self._directory, manifest=manifest)
        return type(self)(directory, self._read_file, self._tokenizer, self._network, self._given_threads)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the classifier itself: it is immutable, so a copy would only waste memory."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the files, read and checked again, so that a process without access to the directory can predict.

        Raises:
            ModelDirectoryError: The directory is gone or was replaced, and its files were not kept in memory.
        """
        files = _all_files(self._directory, self._read_file)
        return _from_pickle, (type(self), self._directory, files, self._given_threads)

    @cached_property
    def _many_texts(self) -> "ManyTextsEncoder":
        from sentiment.text.many_texts import ManyTextsEncoder

        return ManyTextsEncoder(self._tokenizer)

    @cached_property
    def _opened(self) -> "OpenedNetwork":
        from sentiment.inference.inside.opened import OpenedNetwork
        from sentiment.text.token_spelling import spell_tokens

        return OpenedNetwork.open(
            self._read_file(ONNX_FILE),
            self.path / ONNX_FILE,
            self._network.logits,
            self._model_config,
            lambda: spell_tokens(self._tokenizer),
        )

    @cached_property
    def _ngrams(self) -> "Ngrams | None":
        from sentiment.inference.inside.head import NGRAM_WEIGHTS

        return self._opened.ngrams if NGRAM_WEIGHTS.encode() in self._read_file(ONNX_FILE) else None

    @cached_property
    def _trust(self) -> "DeletionCurve | None":
        from sentiment.files import UnreadableError, parse_json
        from sentiment.inference.inside.deletion_curve import DELETION_CURVE, DeletionCurve

        if METRICS_FILE not in self._directory.manifest.files:
            return None
        try:
            metrics = parse_json(self._read_file(METRICS_FILE), allow_surrogates=True)
        except (ModelDirectoryError, UnreadableError):  # a model predicts without its metrics
            return None
        return DeletionCurve.from_record(metrics.get(DELETION_CURVE)) if isinstance(metrics, dict) else None

    def _model_config(self) -> "ModelConfig":
        from sentiment.config import parse_config

        content, source = self._read_file(CONFIG_FILE), str(self.path / CONFIG_FILE)
        return parse_config(content, source=source, is_record=True).model

    def _placed(self, text: str) -> "PlacedTokens":
        from sentiment.inference.inside.placed_tokens import PlacedTokens

        return PlacedTokens.of(text, self._tokenizer, self.max_tokens)

    def _score_window(self, window: TokenSequences) -> Scores:
        """Score a text of one window as the general case does: arranging batches takes a fifth of its time."""
        logits = self._network.logits(window.input_ids[np.newaxis].astype(np.int64))
        return Scores(self._calibrated(logits).astype(np.float32), window.lengths, np.ones(1, dtype=np.int64))

    def _read(self, windows: TokenSequences, batch_size: int) -> NDArray[np.float32]:
        """Return the probabilities of every window, (windows, classes)."""
        logits = read_windows(self._network, windows, batch_size, self._threads)
        return self._calibrated(logits).astype(np.float32)

    def _calibrated(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        manifest = self._manifest
        if manifest.scales is None or manifest.biases is None:
            return softmax(logits, manifest.temperature)
        return scaled_softmax(logits, manifest.scales, manifest.biases)

    def _prediction(
        self, text: str, row: list[float], best: int, num_tokens: int, num_windows: int, *, unsure_below: float
    ) -> Prediction:
        if num_tokens == 0:
            return Prediction(text, None, None, None, num_tokens, num_windows)
        probabilities = dict(zip(self.labels, row, strict=True))
        label = self.labels[best] if row[best] >= unsure_below else None
        return Prediction(text, label, row[best], probabilities, num_tokens, num_windows)


def _all_files(directory: ModelDirectory, read: Callable[[str], bytes]) -> dict[str, bytes]:
    further = [name for name in _FURTHER_FILES if name in directory.manifest.files]
    return {name: read(name) for name in (*_FILES, *further)}


def _from_pickle(
    kind: type[Classifier], directory: ModelDirectory, files: dict[str, bytes], threads: int | None
) -> Classifier:
    key = (kind, directory.path, directory.fingerprint(), threads)
    if (kept := _unpickled.get(key)) is not None:
        return kept
    # A pickle's path is not trusted.
    classifier = kind._assemble(directory, files.__getitem__, threads, is_shipped=False)
    for oldest in list(_unpickled)[: max(0, len(_unpickled) - UNPICKLED_KEPT + 1)]:
        _unpickled.pop(oldest, None)
    return _unpickled.setdefault(key, classifier)
