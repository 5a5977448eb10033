"""Check that this processor supports the training precision of a config."""

import torch

from sentiment.config import TrainingConfig
from sentiment.errors import ConfigError
from sentiment.nn import RecurrentLayer


def check_precision(config: TrainingConfig) -> None:
    """Check that the processor supports the precision.

    Where torch's LSTM refuses bfloat16, the other cells take it, but ten times as long as float32; so the LSTM answers
    for all of them.

    Raises:
        ConfigError: it does not.
    """
    if config.precision == "bfloat16" and not multiplies_bfloat16():
        raise ConfigError(
            "training.precision: this processor has no instructions for bfloat16 (AVX-512 BF16 or AMX); "
            "set it to float32"
        )


def multiplies_bfloat16() -> bool:
    """Return whether this processor supports bfloat16, by running an LSTM for one step."""
    with torch.random.fork_rng(devices=()), torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        try:
            RecurrentLayer("lstm", 16, 16, bidirectional=True, weight_dropout=0.0)(torch.zeros(1, 1, 16))
        except RuntimeError:
            return False
    return True
