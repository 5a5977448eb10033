"""The linear baseline on a model's training rows, and its predictions, computed once and cached."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.errors import MissingExtraError
from sentiment.evaluation.cache import Arrays, cached_arrays, entry_path, unambiguous
from sentiment.evaluation.linear import LinearModel, LinearSettings, NumberedRows, fit_linear

_SECONDS_PER_CHARACTER = 2e-5
"""Measured on 150,000 short reviews, on two cores: 70 s on a fast machine, 110 s on a slow one."""


@dataclass(frozen=True)
class KeptLinear:
    """A linear model that is fitted on first use, unless it is in the cache.

    It is cached under the SHA-256 of everything that it depends on: training texts and labels, settings and the version
    of scikit-learn; predictions under that and their texts.

    Attributes:
        training: rows of two classes or more.
        cache: the cache folder; None for the user's cache folder.
        notify: gets notes on a long fit, a damaged entry, and one that could not be cached.
    """

    training: NumberedRows
    cache: Path | None
    notify: Notify

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the probability of every class for every text, (len(texts), num_classes).

        Raises:
            MissingExtraError: if scikit-learn is not installed.
        """
        digest = self._digest.copy()
        digest.update(unambiguous(texts))

        def compute() -> Arrays:
            return {"probabilities": self.model().probabilities(texts)}

        return self._kept(digest.hexdigest(), compute)["probabilities"]

    def model(self) -> LinearModel:
        """Return the model.

        Raises:
            MissingExtraError: if scikit-learn is not installed.
        """
        return LinearModel.from_arrays(self._kept(self._digest.hexdigest(), self._fit), self._settings)

    def _kept(self, key: str, compute: Callable[[], Arrays]) -> Arrays:
        return cached_arrays(entry_path(self.cache, "baselines", key), compute, self.notify)

    def _fit(self) -> Arrays:
        texts = self.training.texts
        self.notify(
            f"fitting the character n-gram baseline on the model's {len(texts):,} training rows: "
            f"{_duration(sum(map(len, texts)) * _SECONDS_PER_CHARACTER)}; the fit is cached, "
            "and `no_baseline` leaves it out"
        )
        return fit_linear(self.training, self._settings, self.notify).to_arrays()

    @cached_property
    def _settings(self) -> LinearSettings:
        return LinearSettings.for_rows(len(self.training.texts))

    @cached_property
    def _digest(self) -> "hashlib._Hash":
        try:
            library = version("scikit-learn")
        except PackageNotFoundError as error:
            raise MissingExtraError("scikit-learn", "eval") from error
        conditions = {**asdict(self._settings), "num_classes": self.training.num_classes, "scikit-learn": library}
        digest = hashlib.sha256(json.dumps(conditions, sort_keys=True).encode())
        digest.update(unambiguous(self.training.texts))
        digest.update(self.training.labels.astype("<i8").tobytes())
        return digest


def _duration(seconds: float) -> str:
    if seconds < 10:
        return "some seconds"
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} minutes"
