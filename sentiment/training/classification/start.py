"""What a training can start from instead of random weights: an encoder directory or a model directory."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import tokenizers
import torch
from torch import Tensor

from sentiment.callbacks import Notify
from sentiment.cells import cell_of_model
from sentiment.config import Config, ResolvedConfig, flatten
from sentiment.errors import ConfigError, ModelDirectoryError
from sentiment.model_dir import (
    ENCODER,
    SHIPPED_ENCODER,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    ModelDirectory,
    called,
    shipped_models,
)
from sentiment.nn import RecurrentClassifier
from sentiment.text.tokenizer_file import load_tokenizer
from sentiment.training.export.weights import read_weights
from sentiment.training.loop.optimizer import ENCODER_PREFIXES
from sentiment.training.probing.polarity import stored_polarity
from sentiment.training.probing.readout import Direction

FREE_KEYS = frozenset(
    {"tokenizer.dropout", "tokenizer.max_tokens", "model.pooling"}
    | {"model.character_ngrams", "model.word_ngrams", "model.ngram_buckets"}
    | {f"model.{place}_dropout" for place in ("token", "embedding", "layer", "weight", "output")}
)
"""Keys of the sections `tokenizer` and `model` that the experiment sets, not the starting point."""


@dataclass(frozen=True)
class StartingPoint:
    """An encoder or a model to start from.

    Attributes:
        path: its directory.
        config: of the training that made it.
        labels: its classes; empty for an encoder.
        tokenizer: its tokenizer.
        weights: by name, as float32 whatever the stored precision.
        weights_sha256: of the file that holds them, in hex.
    """

    path: Path
    config: Config
    labels: tuple[str, ...]
    tokenizer: tokenizers.Tokenizer
    weights: Mapping[str, Tensor]
    weights_sha256: str

    @classmethod
    def read(cls, path: Path) -> "StartingPoint":
        """Read and check an encoder directory or a model directory.

        A model without weights, as those that come with the package, stands for the encoder that it was trained from,
        if that comes with the package too.

        Raises:
            ModelDirectoryError: it is missing, truncated, altered, of a newer format, or without weights.
        """
        directory = ModelDirectory.open(path, allow_encoder=True)
        if WEIGHTS_FILE not in directory.manifest.files:
            if (encoder := _shipped_origin(directory)) is not None:
                return cls.read(encoder)
            raise ModelDirectoryError(
                f"{called(path)}: a model without {WEIGHTS_FILE}, which cannot be trained further; "
                f"start from an encoder, as in: sentiment train --from {SHIPPED_ENCODER}"
            )
        tokenizer = load_tokenizer(directory.read(TOKENIZER_FILE), str(path / TOKENIZER_FILE))
        weights = read_weights(directory)
        _check_sizes(path / WEIGHTS_FILE, weights, directory.config, tokenizer.get_vocab_size())
        digest = directory.manifest.files[WEIGHTS_FILE].sha256
        return cls(path, directory.config, directory.labels, tokenizer, weights, digest)

    def to_record(self) -> dict[str, str]:
        """Return what a model trained from here records of it."""
        return {"path": self.name, "weights_sha256": self.weights_sha256}

    @property
    def name(self) -> str:
        """The name shown to people."""
        return called(self.path)

    def polarity(self, pooling: tuple[str, ...]) -> Direction | None:
        """Return the encoder's direction from negative to positive, or None where it has none for this pooling."""
        if self.config.model.pooling != pooling:
            return None
        model = self.config.model
        size = len(pooling) * model.hidden_size * (2 if model.bidirectional else 1)
        return stored_polarity(self.weights, size)

    def adapt(self, resolved: ResolvedConfig, notify: Notify) -> Config:
        """Return the experiment with the tokenizer and the network of the starting point.

        Values from a file are overridden, since shipped experiments set sizes of their own; a conflicting value from
        the command line is an error.

        Args:
            resolved: the experiment as requested.
            notify: gets a note on the values that are overridden.

        Raises:
            ConfigError: a value from the command line conflicts.
        """
        fixed = {
            key: value
            for key, value in flatten(self.config).items()
            if key.startswith(("tokenizer.", "model.")) and key not in FREE_KEYS
        }
        asked = flatten(resolved.config)
        differing = {key: value for key, value in fixed.items() if asked[key] != value}
        for key, value in differing.items():
            if chosen := resolved.chosen(key):
                raise ConfigError(f"{chosen}: got {asked[key]}, but {self.name} was trained with {value}; remove it")
        if set_in_file := [key for key in differing if resolved.origins[key] != "default"]:
            notify(f"{', '.join(set_in_file)}: taken from {self.name}, not from {resolved.name}")
        if self.config.tokenizer.kind != "bpe" and asked["tokenizer.dropout"]:
            kind = self.config.tokenizer.kind
            if chosen := resolved.chosen("tokenizer.dropout"):
                raise ConfigError(f"{chosen}: skips bpe merges, but {self.name} has tokens of kind {kind}; remove it")
            notify(f"tokenizer.dropout: 0, as {self.name} has tokens of kind {kind}")
            differing["tokenizer.dropout"] = 0.0
        sections = {
            name: getattr(resolved.config, name).model_copy(
                update={
                    key.removeprefix(f"{name}."): value
                    for key, value in differing.items()
                    if key.startswith(f"{name}.")
                }
            )
            for name in ("tokenizer", "model")
        }
        return resolved.config.model_copy(update=sections)

    @torch.no_grad()
    def give_weights(self, model: RecurrentClassifier, labels: tuple[str, ...]) -> list[str]:
        """Copy embedding and encoder into a network, and the layers above where shapes and classes match.

        Args:
            model: with the tokenizer and the sizes of the starting point.
            labels: its classes.

        Returns:
            Names of the parameters above the encoder that were copied too.

        Raises:
            ModelDirectoryError: a weight of the encoder is missing or of another shape.
        """
        same_classes = self.labels == labels and self.config.model.pooling == tuple(model.pooling.kinds)
        taken = []
        for name, parameter in model.named_parameters():
            weight = self.weights.get(name)
            fits = weight is not None and weight.shape == parameter.shape
            if name.startswith(ENCODER_PREFIXES):
                if not fits:
                    raise ModelDirectoryError(
                        f"{self.path / WEIGHTS_FILE}: contains no {name} that fits its config; train it again"
                    )
            elif not fits or (name.startswith("output.") and not same_classes):
                continue
            else:
                taken.append(name)
            if weight is not None:
                parameter.copy_(weight)
        return taken


def _shipped_origin(directory: ModelDirectory) -> Path | None:
    """Return the directory of the shipped encoder that a model was trained from; None if there is none.

    It may have been trained in several steps, but has the tokens of the encoder: no other training makes the same ones.
    """
    tokens = directory.manifest.files[TOKENIZER_FILE].sha256
    encoders = (model.path for model in shipped_models() if model.kind() == ENCODER)
    opened = (ModelDirectory.open(path, allow_encoder=True) for path in encoders)
    return next((encoder.path for encoder in opened if encoder.manifest.files[TOKENIZER_FILE].sha256 == tokens), None)


def _check_sizes(path: Path, weights: Mapping[str, Tensor], config: Config, vocab_size: int) -> None:
    """Refuse weights whose shapes do not match the config, before a network of that size is allocated.

    Raises:
        ModelDirectoryError: they are not.
    """
    model = config.model
    rows = len(cell_of_model(model.cell, path.parent).gates) * model.hidden_size
    wanted = {
        "embedding.weight": (vocab_size, model.embedding_size),
        f"encoder.layers.{model.num_layers - 1}.weight_hh": (rows, model.hidden_size),
    }
    for name, shape in wanted.items():
        if name not in weights or tuple(weights[name].shape) != shape:
            raise ModelDirectoryError(f"{path}: contains no {name} that fits its config; train it again")
