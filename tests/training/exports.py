"""An exported file, read again and compared with the network."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.nn import RecurrentClassifier
from sentiment.text.sequences import TokenSequences
from sentiment.training.export.agreement import (
    check_agreement,
    exported_logits,
    exported_network,
    largest_difference,
    trained_logits,
)


def logits_of(model: RecurrentClassifier, path: Path, sequences: TokenSequences) -> NDArray[np.float32]:
    return exported_logits(exported_network(model, path), sequences)


def difference(model: RecurrentClassifier, path: Path, sequences: TokenSequences, temperature: float = 1.0) -> float:
    return largest_difference(trained_logits(model, sequences), logits_of(model, path, sequences), temperature)


def agreement(model: RecurrentClassifier, path: Path, sequences: TokenSequences) -> float:
    trained = trained_logits(model, sequences)
    return check_agreement(model, sequences, trained, logits_of(model, path, sequences))
