"""Check that an exported file gives the same answers as torch, for texts of any length."""

import copy
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sentiment.errors import TrainingError
from sentiment.inference.network import Network
from sentiment.inference.reading import read_windows
from sentiment.nn import RecurrentClassifier
from sentiment.probabilities import softmax
from sentiment.text.sequences import TokenSequences, offsets_of
from sentiment.training.loop.answers import predict_logits

TOLERANCE = 1e-5
BATCH_SIZE = 64
MAX_JOINED_TOKENS = 2_000

_CALMER = "lower training.learning_rate or tokenizer.max_tokens, or choose a model.cell with gates"


def of_all_lengths(sequences: TokenSequences, longest: int) -> TokenSequences:
    """Add two rows of each length 1, 2, 4, ... up to `longest` tokens, made by joining the given ones.

    Args:
        sequences: real rows, with at least one token among them.
        longest: tokens of the longest rows added; capped at 2,000.
    """
    longest = min(longest, MAX_JOINED_TOKENS)
    lengths = [*(2**power for power in range((longest - 1).bit_length())), longest]
    text = sequences.input_ids
    joined = [np.resize(np.roll(text, -start), length) for length in lengths for start in (0, len(text) // 2)]
    all_lengths = np.concatenate([sequences.lengths, [len(tokens) for tokens in joined]])
    truncated = np.concatenate([sequences.truncated, np.zeros(len(joined), dtype=np.bool_)])
    return TokenSequences(np.concatenate([text, *joined]), offsets_of(all_lengths), truncated)


def exported_logits(model: RecurrentClassifier, path: Path, sequences: TokenSequences) -> NDArray[np.float32]:
    """Return the logits of an exported file, (n, classes), computed as in inference.

    Args:
        model: the network that was exported.
        path: the ONNX file.
        sequences: rows; the logits of one without a token are NaN.
    """
    num_labels = model.output.out_features
    network = Network(path.read_bytes(), path, num_labels).prove(vocab_size=model.embedding.num_embeddings)
    return read_windows(network, sequences, BATCH_SIZE)


def largest_difference(
    model: RecurrentClassifier, path: Path, sequences: TokenSequences, temperature: float = 1.0
) -> float:
    """Return the largest difference in probability between torch and the exported file.

    Args:
        model: the network that was exported.
        path: the ONNX file.
        sequences: rows of at least one token each.
        temperature: of the probabilities.
    """
    return float(_differences(model, path, sequences, temperature).max())


def check_agreement(
    model: RecurrentClassifier, path: Path, sequences: TokenSequences, temperature: float = 1.0
) -> float:
    """Compare torch and the exported float32 file, and return their largest difference in probability.

    Args:
        model: the network that was exported.
        path: the ONNX file.
        sequences: rows of at least one token each.
        temperature: of the probabilities.

    Raises:
        TrainingError: they differ by more than 1e-5, or torch's answer to a row is NaN or infinite.
    """
    differences = _differences(model, path, sequences, temperature)
    row = int(differences.argmax())
    difference, tokens = float(differences[row]), int(sequences.lengths[row])
    if not difference <= TOLERANCE:
        raise TrainingError(
            f"{path.name}: its probabilities differ from torch's by {difference:.2g} at {tokens:,} tokens, more than "
            f"{TOLERANCE:g}; {_remedy(model, sequences.batch(np.array([row])), temperature)}"
        )
    return difference


def _differences(
    model: RecurrentClassifier, path: Path, sequences: TokenSequences, temperature: float
) -> NDArray[np.float64]:
    """Return the largest difference of each row, (n,)."""
    expected = predict_logits(model, sequences)
    overflown = sequences.lengths[~np.isfinite(expected).all(axis=1)]
    if len(overflown):
        raise TrainingError(
            f"a text of {overflown.min():,} tokens gets NaN or infinite scores, because the states of the network grow "
            f"from step to step; {_CALMER}"
        )
    trained, exported = (softmax(each, temperature) for each in (expected, exported_logits(model, path, sequences)))
    differences: NDArray[np.float64] = np.abs(exported - trained).max(axis=1)
    return differences


@torch.inference_mode()
def _remedy(model: RecurrentClassifier, input_ids: NDArray[np.int64], temperature: float) -> str:
    """Return what to do about a row that differs: float64 in torch shows which side is inaccurate."""
    tokens = torch.from_numpy(input_ids)
    rounded, exact = (softmax(each(tokens).numpy(), temperature) for each in (model, copy.deepcopy(model).double()))
    rounding = float(np.abs(rounded - exact).max())
    if rounding > TOLERANCE / 10:
        return (
            f"torch itself is off by {rounding:.2g} there, because the network amplifies rounding from step to step; "
            f"{_CALMER}"
        )
    return "try another torch or onnxruntime release"
