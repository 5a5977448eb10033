"""The processor threads of torch in one training of this process at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from sentiment.config import TrainingConfig
from sentiment.launch import Launch
from sentiment.processor import available_cores

_torch_in_use = threading.RLock()


def choose_threads(config: TrainingConfig) -> int:
    """Return the number of threads of this process: all cores, or its share if others of the training run beside it."""
    return config.threads or max(1, available_cores() // Launch.read().local_world_size)


@contextmanager
def torch_on(threads: int) -> Iterator[None]:
    """Give one training of this process at a time torch's threads and generator; both are restored at the end."""
    with _torch_in_use, torch.random.fork_rng(devices=()):
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)
