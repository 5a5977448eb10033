"""Reviews, classifiers trained on them by `sentiment.train`, and their networks in torch."""

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

import sentiment
from sentiment.data import LabelledTexts, load_rows, rows_also_in
from sentiment.model_dir import TOKENIZER_FILE, ModelDirectory, load_weights
from sentiment.nn import RecurrentClassifier
from sentiment.text.tokenizer_file import load_tokenizer

POSITIVE = 1
"""The number of the label `positive`: labels are numbered by name."""
TRAINING_ROWS, VALIDATION_ROWS, MEASURED_ROWS = 10_000, 5_000, 10_000
SPLIT_SEED = 0
SMALL: dict[str, Any] = {
    "model__embedding_size": 64,
    "model__hidden_size": 64,
    "model__pooling": ["last"],
    "tokenizer__vocab_size": 4_000,
}
"""Settings of every network here: the classifier sees the last state, as in the textbook."""
EXPERIMENTS = {"rnn_tanh": "rnn", "rnn_relu": "rnn_relu", "lstm": "lstm", "gru": "gru"}
"""The experiment of each cell."""


@dataclass(frozen=True)
class Rows:
    """Reviews drawn from NSMC's training rows; no text is in two parts.

    Attributes:
        training: To train on.
        validation: To choose the epoch by.
        measured: For the figures.
    """

    training: LabelledTexts
    validation: LabelledTexts
    measured: LabelledTexts


@cache
def whole_training_file() -> LabelledTexts:
    """Return NSMC's training rows; its test rows are never read here, but where a stage says so."""
    return load_rows("nsmc", split="train", notify=lambda line: print(line, file=sys.stderr))


@cache
def reviews() -> Rows:
    """Draw the rows."""
    whole = whole_training_file()
    order = np.random.default_rng(SPLIT_SEED).permutation(len(whole.texts))
    bounds = np.cumsum([0, MEASURED_ROWS, VALIDATION_ROWS, TRAINING_ROWS])
    measured, validation, training = (
        whole.select(name, order[start:end], with_unused=False)
        for name, start, end in zip(("measured", "validation", "training"), bounds, bounds[1:], strict=False)
    )
    return Rows(training, _without(validation, training), _without(measured, training))


def _without(rows: LabelledTexts, known: LabelledTexts) -> LabelledTexts:
    apart = np.setdiff1d(np.arange(len(rows.texts)), rows_also_in(rows.texts, known.texts))
    return rows.select(rows.name, apart, with_unused=False)


def trained(out: Path, name: str, seed: int, experiment: str, **settings: Any) -> Path:
    """Return a model directory, trained unless it exists.

    Args:
        out: Folder of the results.
        name: Of the model.
        seed: Of the training.
        experiment: Whose settings apply, as in `sentiment train EXPERIMENT`.
        settings: In place of `SMALL` and of the experiment's.
    """
    model = out / "models" / f"{name}-{seed}"
    if not model.exists():
        model.parent.mkdir(parents=True, exist_ok=True)
        rows = reviews()
        sentiment.train(
            rows.training.texts,
            rows.training.labels,
            config=experiment,
            validation=(rows.validation.texts, rows.validation.labels),
            seed=seed,
            threads=1,
            out=model,
            **SMALL | settings,
        )
    return model


def classifier_of(out: Path, cell: str, seed: int) -> Path:
    """Return the model of one layer and one direction with a cell."""
    return trained(out, cell, seed, EXPERIMENTS[cell])


def opened(model: Path) -> tuple[RecurrentClassifier, Tokenizer]:
    """Return the network of a model directory, without dropout, and its tokenizer."""
    directory = ModelDirectory.open(model)
    tokenizer = load_tokenizer(directory.read(TOKENIZER_FILE), str(model / TOKENIZER_FILE))
    config = directory.config.model
    plain = config.model_copy(update={key: 0.0 for key in type(config).model_fields if key.endswith("_dropout")})
    network = RecurrentClassifier(plain, tokenizer.get_vocab_size(), len(directory.labels))
    weights = load_weights(directory, "delete it, so that it is trained again")
    network.load_state_dict({name: torch.from_numpy(weight) for name, weight in weights.items()})
    return network, tokenizer
