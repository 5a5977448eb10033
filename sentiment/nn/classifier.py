"""The many-to-one classifier: tokens in, one score a class out."""

from typing import Any

import torch
from torch import Tensor, nn

from sentiment.config import ModelConfig
from sentiment.nn.text_encoder import TextEncoder


class RecurrentClassifier(TextEncoder):
    """Embedding, recurrent encoder, pooling, classes.

    Logits are divided by a temperature, which is 1 until `calibrate` fits it (Guo et al. 2017). It is no parameter: no
    optimiser moves it, and no training starts from it.
    """

    temperature: Tensor

    def __init__(self, config: ModelConfig, vocab_size: int, num_classes: int) -> None:
        super().__init__(config, vocab_size)
        self.output = nn.Linear(self.pooling.output_size, num_classes)
        self.register_buffer("temperature", torch.ones(()))
        self.register_load_state_dict_pre_hook(_add_temperature)  # type: ignore[no-untyped-call]
        self.reset_embedding()
        nn.init.zeros_(self.output.bias)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Score sequences of one length.

        Args:
            input_ids: (batch, time), int64, time >= 1.

        Returns:
            logits, (batch, num_classes), float32.
        """
        logits: Tensor = self.output(self.pool(*self.encoder(self.embed(input_ids))))
        return logits / self.temperature


def _add_temperature(_module: nn.Module, state: dict[str, Tensor], prefix: str, *_rest: Any) -> None:
    """Weights that are stored without a temperature have 1: those of a training, and of models made before it."""
    state.setdefault(f"{prefix}temperature", torch.ones(()))
