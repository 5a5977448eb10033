"""Labels that are probably wrong, by cross-validated confident learning."""

from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from sentiment.data import grouping_key, sorted_labels
from sentiment.errors import MissingExtraError
from sentiment.evaluation.data_check.findings import Example, Finding, Suspect
from sentiment.evaluation.data_check.parts import MAX_EXAMPLES, Part, shown
from sentiment.text.encoding import replace_surrogates

FOLDS = 5
LEAST_TEXTS = FOLDS
"""Least number of different texts of a class: each fold needs one of them to be fitted without."""
RELIABLE = 0.8
"""Least accuracy of the model in cross-validation for its doubts to be worth much."""
_NUM_FEATURES = 2**18
_INVERSE_PENALTY = 2.0
_ROWS_TO_SEE, _LEAST_EPOCHS, _MOST_EPOCHS = 750_000, 5, 200


def missing_label_errors() -> MissingExtraError | None:
    """Return the error if a package is not installed, without the time to import it."""
    return None if find_spec("cleanlab") and find_spec("sklearn") else MissingExtraError("cleanlab", "check")


def too_few_texts(part: Part) -> str | None:
    """Describe why the labels cannot be cross-validated; None if they can."""
    texts_of: dict[str, set[str]] = {}
    for text, label in zip(part.texts, part.labels, strict=True):
        if text:
            texts_of.setdefault(label, set()).add(grouping_key(text))
    if len(texts_of) < 2:
        return "there is only one class"
    small = [label for label, texts in texts_of.items() if len(texts) < LEAST_TEXTS]
    shortage = f"a class needs {LEAST_TEXTS} different texts, and {len(small):,} of {len(texts_of):,} have fewer"
    return shortage if small else None


def label_errors(part: Part, seed: int) -> tuple[Finding, Sequence[Suspect]]:
    """Return how many labels are probably wrong, and the rows, the most suspicious first.

    Each row is predicted by a linear model fitted to other texts. Confident learning (Northcutt, Jiang and Chuang 2021)
    estimates from that how many labels are wrong, and rows are ordered by the probability of their own label.

    Raises:
        MissingExtraError: cleanlab is not installed.
    """
    rows = [row for row, text in enumerate(part.texts) if text]
    names = sorted_labels({part.labels[row] for row in rows})
    labels = np.array([names.index(part.labels[row]) for row in rows])
    probabilities = cross_validated([part.texts[row] for row in rows], labels, len(names), seed)
    suspects = [
        Suspect(
            part.place(rows[found]),
            shown(part.texts[rows[found]]),
            names[labels[found]],
            round(float(probabilities[found, labels[found]]), 4),
            names[int(probabilities[found].argmax())],
        )
        for found in suspicious_rows(labels, probabilities).tolist()
    ]
    accuracy = float((probabilities.argmax(axis=1) == labels).mean())
    weak = f"; the model gets only {100 * accuracy:.0f} % right, so many of them are right" * (accuracy < RELIABLE)
    finding = Finding(
        "label_errors",
        part.name,
        "warning",
        len(suspects),
        len(rows),
        advice=f"look at these labels from the top, and correct those that are wrong{weak}",
        examples=tuple(
            Example((one.place,), one.text, f"{one.label}; reads like {one.suggested}")
            for one in suspects[:MAX_EXAMPLES]
        ),
        details={"accuracy_of_the_model": round(accuracy, 4)},
    )
    return finding, suspects


def suspicious_rows(labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the rows whose labels are probably wrong, (found,), the most suspicious first.

    Args:
        labels: (n,), every class at least once.
        probabilities: (n, classes), from models that have not seen the row.
    """
    from cleanlab.filter import find_label_issues

    found: NDArray[np.int64] = find_label_issues(
        labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1
    )
    return found


def cross_validated(
    texts: Sequence[str], labels: NDArray[np.int64], num_classes: int, seed: int
) -> NDArray[np.float32]:
    """Return the probabilities of every row, (n, num_classes), by models fitted without its text.

    The models are linear, over hashed n-grams of one to three characters, and learn by stochastic gradient descent:
    weaker by a point than the baseline of an evaluation, in a tenth of its time.
    """
    try:
        from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
        from sklearn.linear_model import SGDClassifier
    except ModuleNotFoundError as error:
        raise MissingExtraError("scikit-learn", "check") from error

    hashing = HashingVectorizer(
        analyzer="char", ngram_range=(1, 3), n_features=_NUM_FEATURES, alternate_sign=False, norm=None, dtype=np.float32
    )
    features = TfidfTransformer(sublinear_tf=True).fit_transform(hashing.transform(map(replace_surrogates, texts)))
    fold_of_row = _folds(texts, labels, seed)
    probabilities = np.zeros((len(texts), num_classes), dtype=np.float32)
    epochs = min(max(_LEAST_EPOCHS, _ROWS_TO_SEE // len(texts)), _MOST_EPOCHS)
    for fold in range(FOLDS):
        others, held_out = np.flatnonzero(fold_of_row != fold), np.flatnonzero(fold_of_row == fold)
        alpha = 1 / (_INVERSE_PENALTY * len(others))
        model = SGDClassifier(loss="log_loss", alpha=alpha, max_iter=epochs, tol=None, random_state=seed % 2**32)
        model.fit(features[others], labels[others])
        probabilities[held_out[:, None], model.classes_] = model.predict_proba(features[held_out])
    return probabilities


def _folds(texts: Sequence[str], labels: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return the fold of each row, (n,): equal texts share one, and every label has about as many texts in each."""
    keys, first, group_of_row = np.unique(
        np.array([grouping_key(text) for text in texts], dtype=object), return_index=True, return_inverse=True
    )
    shuffled = np.random.default_rng(seed).permutation(len(keys))
    fold_of_group = np.empty(len(keys), dtype=np.int64)
    fold_of_group[np.lexsort((shuffled, labels[first]))] = np.arange(len(keys)) % FOLDS
    folds: NDArray[np.int64] = fold_of_group[group_of_row]
    return folds
