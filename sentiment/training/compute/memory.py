"""Memory that a training needs and cannot have."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from sentiment.errors import TrainingError

_ALLOCATOR = "DefaultCPUAllocator"
"""Begins torch's message about the processor's memory, whose error has no type of its own."""


@contextmanager
def enough_memory() -> Iterator[None]:
    """Turn the errors of Python, numpy and torch about memory into one line.

    Raises:
        TrainingError: memory has run out.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        is_of_memory = isinstance(error, MemoryError | torch.OutOfMemoryError) or _ALLOCATOR in str(error)
        if not is_of_memory:
            raise
        raise TrainingError(
            "there is not enough memory for this training; take fewer rows (data.max_training_rows), or lower "
            "tokenizer.max_tokens, model.hidden_size, tokenizer.vocab_size or training.batch_size"
        ) from error
