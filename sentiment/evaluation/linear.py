"""The linear model over character n-grams that every network has to beat."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import MissingExtraError
from sentiment.evaluation.cache import cached_array

MANY_ROWS = 10_000


@dataclass(frozen=True)
class LinearSettings:
    """TF-IDF of character n-grams with logistic regression (Zhang et al. 2015 show how strong such models are).

    Attributes:
        shortest: characters of the shortest n-gram.
        longest: characters of the longest.
        min_df: training texts that an n-gram must occur in.
        sublinear_tf: count an n-gram of a text as 1 + ln(count).
        inverse_penalty: scikit-learn's C; the L2 penalty is 1 / (2 C) beside the summed loss.
        balanced: weigh rows so that every class counts the same, however many it has.
        max_iterations: of L-BFGS, which needs about 100 on 150,000 reviews.
    """

    shortest: int = 1
    longest: int = 4
    min_df: int = 3
    sublinear_tf: bool = True
    inverse_penalty: float = 4.0
    balanced: bool = False
    max_iterations: int = 1_000

    @classmethod
    def for_rows(cls, num_rows: int) -> "LinearSettings":
        """Return what suits that many training rows: n-grams seen once or twice are noise in many, signal in few."""
        return cls(min_df=3 if num_rows >= MANY_ROWS else 1)


@dataclass(frozen=True)
class NumberedRows:
    """Training rows with their classes as numbers.

    Attributes:
        texts: n of them, none empty.
        labels: (n,), int64, 0 to num_classes - 1.
        num_classes: 2 or more; some may have no row.
    """

    texts: Sequence[str]
    labels: NDArray[np.int64]
    num_classes: int


@dataclass(frozen=True)
class LinearModel:
    """A linear model that has learned.

    Attributes:
        vectorizer: scikit-learn's TfidfVectorizer.
        classifier: scikit-learn's LogisticRegression.
        num_classes: as in the training rows; some may have had none.
    """

    vectorizer: Any
    classifier: Any
    num_classes: int

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return those of every class for every text, (len(texts), num_classes); a class without rows gets 0."""
        probabilities = np.zeros((len(texts), self.num_classes), dtype=np.float32)
        probabilities[:, self.classifier.classes_] = self.classifier.predict_proba(self.vectorizer.transform(texts))
        return probabilities


def fit_linear(training: NumberedRows, settings: LinearSettings, notify: Callable[[str], None]) -> LinearModel:
    """Fit the linear model; 150,000 short reviews take about 70 s and 1 GB.

    Args:
        training: rows of two classes or more.
        settings: of the model.
        notify: hears if the fit did not converge.

    Raises:
        MissingExtraError: if scikit-learn is not installed.
    """
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
    except ModuleNotFoundError as error:
        raise MissingExtraError("scikit-learn", "eval") from error

    vectorizer = TfidfVectorizer(
        analyzer="char",
        ngram_range=(settings.shortest, settings.longest),
        min_df=settings.min_df,
        sublinear_tf=settings.sublinear_tf,
        dtype=np.float32,
    )
    features = vectorizer.fit_transform(training.texts)
    classifier = LogisticRegression(
        C=settings.inverse_penalty,
        class_weight="balanced" if settings.balanced else None,
        max_iter=settings.max_iterations,
    )
    classifier.fit(features, training.labels)
    if classifier.n_iter_.max() >= settings.max_iterations:
        notify(f"the linear baseline has not converged after {settings.max_iterations:,} iterations; it may be weaker")
    return LinearModel(vectorizer, classifier, training.num_classes)


def linear_probabilities(
    training: NumberedRows, texts: Sequence[str], settings: LinearSettings, notify: Callable[[str], None]
) -> NDArray[np.float32]:
    """Fit the linear model and return its probabilities, (len(texts), num_classes); arguments as in `fit_linear`."""
    return fit_linear(training, settings, notify).probabilities(texts)


def cached_linear_probabilities(
    training: NumberedRows, texts: Sequence[str], *, cache: Path | None, notify: Callable[[str], None]
) -> NDArray[np.float32]:
    """Return what `linear_probabilities` does, from the cache if it was asked before.

    An answer is kept under the SHA-256 of everything that it depends on: training texts and labels, the texts to
    answer, the settings and the version of scikit-learn.

    Args:
        training: rows of two classes or more.
        texts: the ones to answer.
        cache: the folder to keep answers in; None for the user's cache folder.
        notify: hears of a long fit, a damaged entry, and one that could not be kept.

    Raises:
        MissingExtraError: if scikit-learn is not installed.
    """
    settings = LinearSettings.for_rows(len(training.texts))

    def compute() -> NDArray[np.float32]:
        notify(
            f"fitting the character n-gram baseline on {len(training.texts):,} rows "
            "(about half a minute for 50,000 short ones; its answers are kept for the next time)"
        )
        return linear_probabilities(training, texts, settings, notify)

    shape = (len(texts), training.num_classes)
    return cached_array(cache, _key(training, texts, settings), shape, compute, notify)


def _key(training: NumberedRows, texts: Sequence[str], settings: LinearSettings) -> str:
    try:
        library = version("scikit-learn")
    except PackageNotFoundError as error:
        raise MissingExtraError("scikit-learn", "eval") from error
    conditions = {**asdict(settings), "num_classes": training.num_classes, "scikit-learn": library}
    digest = hashlib.sha256(json.dumps(conditions, sort_keys=True).encode())
    digest.update(_unambiguous(training.texts))
    digest.update(training.labels.astype("<i8").tobytes())
    digest.update(_unambiguous(texts))
    return digest.hexdigest()


def _unambiguous(texts: Sequence[str]) -> bytes:
    """Return texts with their number and lengths before them, so that ["ab"] and ["a", "b"] differ."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    return np.array([len(encoded), *map(len, encoded)], dtype="<i8").tobytes() + b"".join(encoded)
