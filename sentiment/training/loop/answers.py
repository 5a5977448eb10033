"""Texts as a frozen encoder sees them: one vector each, without noise."""

import numpy as np
import torch
from numpy.typing import NDArray

from sentiment.nn.text_encoder import TextEncoder
from sentiment.text import TokenSequences, batches_by_length

BATCH_SIZE = 256


@torch.inference_mode()
def pooled_vectors(network: TextEncoder, sequences: TokenSequences, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the pooled vectors, (len(rows), pooling.output_size), of some rows, each of at least one token."""
    was_training = network.training
    network.eval()
    vectors = np.empty((len(rows), network.pooling.output_size), dtype=np.float32)
    for batch in batches_by_length(sequences.lengths[rows], BATCH_SIZE):
        embedded = network.embed(torch.from_numpy(sequences.batch(rows[batch])))
        vectors[batch] = network.pool(*network.encoder(embedded)).numpy()
    network.train(was_training)
    return vectors
