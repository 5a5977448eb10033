"""How far the explanations of an exported file find what carries its answers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sentiment.inference.inside.deletion_curve import deletion_curve
from sentiment.inference.network import Network
from sentiment.probabilities import softmax
from sentiment.text.encoding import encode
from sentiment.training.export.agreement import exported_logits


def measure_explanations(
    network: Network,
    tokenizer: Tokenizer,
    max_tokens: int,
    texts: Sequence[str],
    temperature: float,
) -> dict[str, Any] | None:
    """Measure the deletion curve on texts that the network was not trained on.

    Args:
        network: the exported file.
        tokenizer: of the network.
        max_tokens: tokens of a text that are read.
        texts: validation texts.
        temperature: of the probabilities.

    Returns:
        `DeletionCurve.to_dict()`, or None if there are too few texts.
    """

    def probabilities(parts: Sequence[str]) -> NDArray[np.float32]:
        logits = exported_logits(network, encode(tokenizer, parts, max_tokens))
        return softmax(logits, temperature).astype(np.float32)

    curve = deletion_curve(texts, probabilities)
    return None if curve is None else curve.to_dict()
