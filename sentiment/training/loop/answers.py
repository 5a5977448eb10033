"""A network's outputs on rows, without dropout."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sentiment.inference.batching import inference_batches
from sentiment.nn.text_encoder import TextEncoder
from sentiment.text.sequences import TokenSequences
from sentiment.training.compute.device import array_of, most_tokens, tensor_for

BATCH_SIZE = 256


def predict_logits(model: nn.Module, sequences: TokenSequences) -> NDArray[np.float32]:
    """Return the logits, (n, classes), of rows of at least one token each."""
    return _outputs(model, model, sequences, np.arange(len(sequences)))


def scores_by(part: Callable[[Tensor], Tensor], model: nn.Module, sequences: TokenSequences) -> NDArray[np.float32]:
    """Return the scores, (n, classes), that a part of a model gives to rows of at least one token each."""
    return _outputs(model, part, sequences, np.arange(len(sequences)))


def pooled_vectors(network: TextEncoder, sequences: TokenSequences, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the pooled vectors, (len(rows), pooling.output_size), of some rows, each of at least one token."""

    def pool(input_ids: Tensor) -> Tensor:
        return network.pool(*network.encoder(network.embed(input_ids)))

    return _outputs(network, pool, sequences, rows)


@torch.inference_mode()
def _outputs(
    model: nn.Module, answer: Callable[[Tensor], Tensor], sequences: TokenSequences, rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the outputs for some rows, (len(rows), size), in their order; restores the model's training mode."""
    was_training = model.training
    model.eval()
    batches = list(inference_batches(sequences.lengths[rows], BATCH_SIZE, most_tokens(model)))
    found = [array_of(answer(tensor_for(model, sequences.batch(rows[batch])))) for batch in batches]
    model.train(was_training)
    answers = np.empty((len(rows), found[0].shape[1]), dtype=np.float32)
    answers[np.concatenate(batches)] = np.concatenate(found)
    return answers
