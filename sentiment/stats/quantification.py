"""How many rows of each class there are: counts of predictions, corrected for how often each class is mistaken."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

LEAST_ROWS_OF_A_CLASS = 10
"""With fewer answered rows of a class, how often it is confused is not known."""
_SMALLEST_SINGULAR_VALUE = 0.1
"""Below it, the predictions say so little of the classes that the correction multiplies noise by ten."""


@dataclass(frozen=True)
class Share:
    """The share of one class among rows.

    Attributes:
        label: its name.
        counted: rows predicted as the class.
        raw: their share; None without any row.
        corrected: the share of rows that are of the class, estimated; None if it cannot be.
        interval: its 95 % interval; None if there is none.
    """

    label: str
    counted: int
    raw: float | None
    corrected: float | None
    interval: tuple[float, float] | None

    @property
    def best(self) -> float | None:
        """The corrected share if there is one, else the plain one."""
        return self.raw if self.corrected is None else self.corrected


def why_not_corrected(confusion: NDArray[np.int64]) -> str | None:
    """Return why counts cannot be corrected by a confusion matrix, in words; None if they can."""
    if not confusion.size or confusion.sum(axis=1).min() < LEAST_ROWS_OF_A_CLASS:
        return f"it is not known from at least {LEAST_ROWS_OF_A_CLASS} rows of each class how the model errs"
    if np.linalg.svd(_rates(confusion), compute_uv=False).min() < _SMALLEST_SINGULAR_VALUE:
        return "the model confuses the classes too often"
    return None


def adjusted_count(
    counted: NDArray[np.int64], confusion: NDArray[np.int64], confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the shares of the classes, (k,), and their intervals, (k, 2): adjusted classify and count.

    If a row of class j is predicted as class i with probability m_ij, whatever the shares π, predictions are counted in
    the shares q = M π; so π = M⁻¹ q. Its covariance adds the chance in which of the rows are mistaken, of N rows, and
    that in M, measured on n_j rows of class j:

        M⁻¹ [Σ_j (π_j / N + π_j² / n_j) (diag(m_j) - m_j m_jᵀ)] M⁻ᵀ

    It holds as long as the rows of each class are like those that M was measured on; only the shares may differ.

    Source: Forman 2008, "Quantifying counts and costs via classification", the method AC.

    Args:
        counted: (k,), rows predicted as each class, at least one in all.
        confusion: (k, k), rows by true and by predicted class; `why_not_corrected` must return None.
        confidence: two-sided.
    """
    rates, total = _rates(confusion), counted.sum()
    inverse = np.linalg.inv(rates)
    shares = _onto_simplex(inverse @ (counted / total))
    weights = shares / total + shares**2 / confusion.sum(axis=1)
    covariance = np.diag(rates @ weights) - (rates * weights) @ rates.T
    errors = np.sqrt(np.diag(inverse @ covariance @ inverse.T).clip(0.0))
    margin = NormalDist().inv_cdf((1.0 + confidence) / 2.0) * errors
    return shares, np.stack([shares - margin, shares + margin], axis=1).clip(0.0, 1.0)


def shares_of(labels: tuple[str, ...], counted: NDArray[np.int64], confusion: NDArray[np.int64]) -> list[Share]:
    """Return the share of each class, corrected where that is possible.

    Args:
        labels: k names.
        counted: (k,), rows predicted as each class.
        confusion: (k, k), as for `adjusted_count`; (0, 0) if unknown.
    """
    total = int(counted.sum())
    if not total:
        return [Share(label, 0, None, None, None) for label in labels]
    raw = counted / total
    if why_not_corrected(confusion) is not None:
        return [Share(label, int(counted[i]), float(raw[i]), None, None) for i, label in enumerate(labels)]
    shares, intervals = adjusted_count(counted, confusion)
    return [
        Share(label, int(counted[i]), float(raw[i]), float(shares[i]), (float(intervals[i, 0]), float(intervals[i, 1])))
        for i, label in enumerate(labels)
    ]


def _rates(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return M, (k, k), by predicted and by true class; half a row is added to each, so that no rate is 0 or 1."""
    smooth = confusion.T + 0.5
    rates: NDArray[np.float64] = smooth / smooth.sum(axis=0)
    return rates


def _onto_simplex(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the nearest shares that are not negative and sum to 1 (Duchi et al. 2008)."""
    ranked = np.sort(shares)[::-1]
    excess = (np.cumsum(ranked) - 1.0) / np.arange(1, len(shares) + 1)
    nearest: NDArray[np.float64] = np.maximum(shares - excess[np.flatnonzero(ranked > excess)[-1]], 0.0)
    return nearest
