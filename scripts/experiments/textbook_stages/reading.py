"""Reviews as tokens of a model, in batches for torch."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from sentiment.data import LabelledTexts
from sentiment.text.batches import batches_by_length
from sentiment.text.encoding import encode
from textbook_stages.material import POSITIVE, opened, reviews

BATCH_SIZE = 256
MOST_TOKENS = 128


def batches_of(model: Path, rows: int | None = None) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield tokens, (batch, time), and labels of the first measured reviews, texts of one length in a batch."""
    _, tokenizer = opened(model)
    measured = reviews().measured
    sequences = encode(tokenizer, measured.texts[:rows], MOST_TOKENS)
    kept, sequences = sequences.without_empty()
    labels = labels_of(measured)[kept]
    for chosen in batches_by_length(sequences.lengths, BATCH_SIZE):
        yield torch.from_numpy(sequences.batch(chosen)), labels[chosen]


def labels_of(rows: LabelledTexts) -> Tensor:
    """Return the number of each label, (rows,)."""
    return torch.from_numpy(np.array([POSITIVE * (label == "positive") for label in rows.labels]))
