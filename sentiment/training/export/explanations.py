"""How far the explanations of an exported file find what carries its answers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sentiment.inference.inside.deletion_curve import deletion_curve
from sentiment.inference.reading import read_windows
from sentiment.nn import RecurrentClassifier
from sentiment.probabilities import softmax
from sentiment.text.encoding import encode
from sentiment.training.export.agreement import BATCH_SIZE, exported_network


def measure_explanations(
    model: RecurrentClassifier,
    path: Path,
    tokenizer: Tokenizer,
    max_tokens: int,
    texts: Sequence[str],
    temperature: float,
) -> dict[str, Any] | None:
    """Measure the deletion curve on texts that the network was not trained on.

    Args:
        model: the network that was exported.
        path: the ONNX file.
        tokenizer: of the network.
        max_tokens: tokens of a text that are read.
        texts: validation texts.
        temperature: of the probabilities.

    Returns:
        `DeletionCurve.to_dict()`, or None if there are too few texts.
    """
    network = exported_network(model, path)

    def probabilities(parts: Sequence[str]) -> NDArray[np.float32]:
        logits = read_windows(network, encode(tokenizer, parts, max_tokens), BATCH_SIZE)
        return softmax(logits, temperature).astype(np.float32)

    curve = deletion_curve(texts, probabilities)
    return None if curve is None else curve.to_dict()
