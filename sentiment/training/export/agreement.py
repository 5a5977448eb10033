"""Check that an exported file gives the same answers as torch, for texts of any length."""

import copy
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sentiment.errors import TrainingError
from sentiment.inference.network import Network
from sentiment.inference.reading import read_windows
from sentiment.model_dir import ONNX_FILE
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


def exported_network(model: RecurrentClassifier, path: Path) -> Network:
    """Load an exported file as inference does.

    Args:
        model: the network that was exported.
        path: the ONNX file.
    """
    network = Network(path.read_bytes(), path, model.output.out_features)
    return network.prove(vocab_size=model.embedding.num_embeddings)


def exported_logits(network: Network, sequences: TokenSequences) -> NDArray[np.float32]:
    """Return the logits of an exported file, (n, classes), computed as in inference.

    Args:
        network: as `exported_network` returned it.
        sequences: rows; the logits of one without a token are NaN.
    """
    return read_windows(network, sequences, BATCH_SIZE)


def trained_logits(model: RecurrentClassifier, sequences: TokenSequences) -> NDArray[np.float32]:
    """Return torch's logits, (n, classes), to compare those of an exported file with.

    Args:
        model: the network that was exported.
        sequences: n rows of at least one token each.

    Raises:
        TrainingError: some are NaN or infinite.
    """
    logits = predict_logits(model, sequences)
    overflown = sequences.lengths[~np.isfinite(logits).all(axis=1)]
    if len(overflown):
        raise TrainingError(
            f"a text of {overflown.min():,} tokens gets NaN or infinite scores, because the states of the network grow "
            f"from step to step; {_CALMER}"
        )
    return logits


def largest_difference(trained: NDArray[np.float32], exported: NDArray[np.float32], temperature: float = 1.0) -> float:
    """Return the largest difference in probability between torch and the exported file.

    Args:
        trained: (n, classes), torch's logits.
        exported: (n, classes), those of the file.
        temperature: of the probabilities.
    """
    return float(_differences(trained, exported, temperature).max())


def check_agreement(
    model: RecurrentClassifier,
    sequences: TokenSequences,
    trained: NDArray[np.float32],
    exported: NDArray[np.float32],
    temperature: float = 1.0,
) -> float:
    """Compare torch and the exported float32 file, and return their largest difference in probability.

    Args:
        model: the network that was exported.
        sequences: n rows of at least one token each.
        trained: (n, classes), torch's logits.
        exported: (n, classes), those of the file.
        temperature: of the probabilities.

    Raises:
        TrainingError: they differ by more than 1e-5.
    """
    differences = _differences(trained, exported, temperature)
    row = int(differences.argmax())
    difference, tokens = float(differences[row]), int(sequences.lengths[row])
    if not difference <= TOLERANCE:
        raise TrainingError(
            f"{ONNX_FILE}: its probabilities differ from torch's by {difference:.2g} at {tokens:,} tokens, more than "
            f"{TOLERANCE:g}; {_remedy(model, sequences.batch(np.array([row])), temperature)}"
        )
    return difference


def _differences(
    trained: NDArray[np.float32], exported: NDArray[np.float32], temperature: float
) -> NDArray[np.float64]:
    """Return the largest difference of each row, (n,)."""
    differences: NDArray[np.float64] = np.abs(softmax(exported, temperature) - softmax(trained, temperature)).max(
        axis=1
    )
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
