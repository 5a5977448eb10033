"""Compare two classifiers on the same rows."""

from dataclasses import asdict, dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.stats.comparing import mcnemar


@dataclass(frozen=True)
class PairedComparison:
    """How two classifiers, the model and a baseline, differ in accuracy on rows that both predicted.

    Attributes:
        n: rows compared.
        only_model_correct: rows that the model gets right and the baseline wrong.
        only_baseline_correct: rows that the baseline gets right and the model wrong.
        accuracy_difference: accuracy of the model minus that of the baseline.
        accuracy_difference_interval: its 95 % interval.
        p_value: probability, if both were equally good, of a split of the discordant rows at least this uneven.
    """

    n: int
    only_model_correct: int
    only_baseline_correct: int
    accuracy_difference: float
    accuracy_difference_interval: tuple[float, float]
    p_value: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; every number is finite."""
        return {**asdict(self), "accuracy_difference_interval": list(self.accuracy_difference_interval)}


def compare_paired(model_correct: NDArray[np.bool_], baseline_correct: NDArray[np.bool_]) -> PairedComparison:
    """Compare two classifiers by the rows on which exactly one of them is right.

    The p-value is that of McNemar's test in its exact form. The interval is the adjusted Wald
    interval of Bonett and Price 2012: with b and c discordant rows,

        p_b = (b + 1) / (n + 2),  p_c = (c + 1) / (n + 2)
        p_b - p_c ± z · √((p_b + p_c - (p_b - p_c)²) / (n + 2))

    The two may disagree in borderline cases: the interval can include 0 where p is just below 0.05.

    Args:
        model_correct: (n,), whether the model is right, n >= 1.
        baseline_correct: (n,), the same of the baseline, on the same rows.

    Raises:
        ValueError: if the arrays differ in shape or hold no row.
    """
    if model_correct.shape != baseline_correct.shape or model_correct.ndim != 1 or len(model_correct) == 0:
        raise ValueError(f"shapes are {model_correct.shape} and {baseline_correct.shape}; wanted (n,) twice, n >= 1")
    n = len(model_correct)
    only_model = int(np.count_nonzero(model_correct & ~baseline_correct))
    only_baseline = int(np.count_nonzero(baseline_correct & ~model_correct))
    return PairedComparison(
        n=n,
        only_model_correct=only_model,
        only_baseline_correct=only_baseline,
        accuracy_difference=(only_model - only_baseline) / n,
        accuracy_difference_interval=_difference_interval(only_model, only_baseline, n),
        p_value=mcnemar(only_model, only_baseline),
    )


def _difference_interval(only_model: int, only_baseline: int, n: int) -> tuple[float, float]:
    p_b, p_c = (only_model + 1) / (n + 2), (only_baseline + 1) / (n + 2)
    margin = NormalDist().inv_cdf(0.975) * sqrt((p_b + p_c - (p_b - p_c) ** 2) / (n + 2))
    return max(p_b - p_c - margin, -1.0), min(p_b - p_c + margin, 1.0)
