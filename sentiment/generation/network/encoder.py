"""The encoder of an encoder directory."""

from sentiment.cells import CELLS
from sentiment.config import ModelConfig
from sentiment.generation.network.weights import WeightsFile
from sentiment.numpy_network.cells import CellWeights
from sentiment.numpy_network.encoder import Encoder


def read_encoder(weights: WeightsFile, config: ModelConfig) -> Encoder:
    """Take the weights of an encoder.

    Raises:
        ModelDirectoryError: they are not those of the config.
    """
    suffixes = ("", "_reverse") if config.bidirectional else ("",)
    hidden_size, rows = config.hidden_size, len(CELLS[config.cell].gates) * config.hidden_size
    layers = []
    for number in range(config.num_layers):
        input_size = len(suffixes) * hidden_size if number else config.embedding_size
        name = f"encoder.layers.{number}"
        layers.append(
            tuple(
                CellWeights(
                    weights.take(f"{name}.weight_ih{suffix}", rows, input_size),
                    weights.take(f"{name}.weight_hh{suffix}", rows, hidden_size),
                    weights.take(f"{name}.bias_ih{suffix}", rows),
                    weights.take(f"{name}.bias_hh{suffix}", rows),
                )
                for suffix in suffixes
            )
        )
    return Encoder(config.cell, tuple(layers))
