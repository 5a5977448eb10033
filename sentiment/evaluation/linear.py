"""The baseline that every network has to beat: a linear model over character n-grams."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.errors import MissingExtraError
from sentiment.evaluation.cache import Arrays

MANY_ROWS = 10_000


@dataclass(frozen=True)
class LinearSettings:
    """TF-IDF of character n-grams with logistic regression (Zhang et al. 2015 show how strong such models are).

    Attributes:
        shortest: characters of the shortest n-gram.
        longest: characters of the longest.
        min_df: training texts that an n-gram must occur in.
        sublinear_tf: count an n-gram of a text as 1 + ln(count).
        inverse_penalty: scikit-learn's C; the L2 penalty is 1 / (2 C) relative to the summed loss.
        balanced: weight rows so that every class counts the same, whatever its number of rows.
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
        """Return settings for a number of rows: n-grams seen once or twice are noise in many, signal in few."""
        return cls(min_df=3 if num_rows >= MANY_ROWS else 1)


@dataclass(frozen=True)
class NumberedRows:
    """Training rows with their classes as numbers.

    Attributes:
        texts: n of them, none empty.
        labels: (n,), int64, 0 to num_classes - 1.
        num_classes: 2 or more; some may have no rows.
    """

    texts: Sequence[str]
    labels: NDArray[np.int64]
    num_classes: int


@dataclass(frozen=True)
class LinearModel:
    """A fitted linear model.

    Attributes:
        vectorizer: scikit-learn's TfidfVectorizer.
        classifier: scikit-learn's LogisticRegression.
        num_classes: as in the training rows; some may have had none.
    """

    vectorizer: Any
    classifier: Any
    num_classes: int

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the probabilities, (len(texts), num_classes); a class without training rows gets 0."""
        probabilities = np.zeros((len(texts), self.num_classes), dtype=np.float32)
        probabilities[:, self.classifier.classes_] = self.classifier.predict_proba(self.vectorizer.transform(texts))
        return probabilities

    def to_arrays(self) -> Arrays:
        """Return the arrays that `from_arrays` needs."""
        terms = [term.encode("utf-8", "surrogatepass") for term in self.vectorizer.get_feature_names_out()]
        return {
            "terms": np.frombuffer(b"".join(terms), dtype=np.uint8),
            "term_sizes": np.array([len(term) for term in terms], dtype=np.int64),
            "idf": self.vectorizer.idf_,
            "weights": self.classifier.coef_,
            "biases": self.classifier.intercept_,
            "classes": self.classifier.classes_,
            "num_classes": np.array(self.num_classes),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays, settings: LinearSettings) -> Self:
        """Rebuild a model from its settings and the result of its `to_arrays`."""
        joined = arrays["terms"].tobytes()
        ends = np.cumsum(arrays["term_sizes"]).tolist()
        terms = [joined[a:b].decode("utf-8", "surrogatepass") for a, b in pairwise([0, *ends])]
        vectorizer, classifier = _unfitted(settings, terms)
        vectorizer.idf_ = arrays["idf"]
        classifier.coef_, classifier.intercept_ = arrays["weights"], arrays["biases"]
        classifier.classes_ = arrays["classes"]
        return cls(vectorizer, classifier, int(arrays["num_classes"]))


def fit_linear(training: NumberedRows, settings: LinearSettings, notify: Notify) -> LinearModel:
    """Fit the linear model; 150,000 short reviews take about 70 s and 1 GB.

    Args:
        training: rows of two classes or more.
        settings: of the model.
        notify: gets a note if the fit did not converge.

    Raises:
        MissingExtraError: if scikit-learn is not installed.
    """
    vectorizer, classifier = _unfitted(settings, None)
    features = vectorizer.fit_transform(training.texts)
    classifier.fit(features, training.labels)
    if classifier.n_iter_.max() >= settings.max_iterations:
        notify(f"the linear baseline has not converged after {settings.max_iterations:,} iterations; it may be weaker")
    return LinearModel(vectorizer, classifier, training.num_classes)


def linear_probabilities(
    training: NumberedRows, texts: Sequence[str], settings: LinearSettings, notify: Notify
) -> NDArray[np.float32]:
    """Fit the linear model and return its probabilities, (len(texts), num_classes); arguments as in `fit_linear`."""
    return fit_linear(training, settings, notify).probabilities(texts)


def missing_extra() -> MissingExtraError | None:
    """Return the error if scikit-learn is not installed, without the time to import it."""
    return None if find_spec("sklearn") else MissingExtraError("scikit-learn", "eval")


def _unfitted(settings: LinearSettings, terms: Sequence[str] | None) -> tuple[Any, Any]:
    """Return scikit-learn's TfidfVectorizer, with these terms if they are known, and its LogisticRegression."""
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
        vocabulary=terms,
    )
    classifier = LogisticRegression(
        C=settings.inverse_penalty,
        class_weight="balanced" if settings.balanced else None,
        max_iter=settings.max_iterations,
    )
    return vectorizer, classifier
