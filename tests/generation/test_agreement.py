"""The numpy network and the torch one are the same function."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sentiment.cells import CELLS
from sentiment.config import ModelConfig
from sentiment.generation.network.encoder import read_encoder
from sentiment.generation.network.language_model import BACKWARD, FORWARD, LanguageModel
from sentiment.generation.network.rating import RatingModel
from sentiment.generation.network.weights import WeightsFile
from sentiment.model_dir import ModelDirectory
from sentiment.numpy_network.encoder import Encoder

from .conftest import NUM_GRADES, MadeEncoder, MakeEncoder


def parts(made: MadeEncoder) -> tuple[WeightsFile, ModelConfig, Encoder, LanguageModel]:
    directory = ModelDirectory.open(made.path, allow_encoder=True)
    weights, config = WeightsFile.read(directory), directory.config.model
    encoder = read_encoder(weights, config)
    model = LanguageModel.read(weights, config, made.network.embedding.num_embeddings, encoder)
    return weights, config, encoder, model


def some_tokens(made: MadeEncoder, batch: int = 4, time: int = 9) -> NDArray[np.int64]:
    return np.random.default_rng(0).integers(0, made.network.embedding.num_embeddings, size=(batch, time))


@pytest.mark.parametrize("num_layers", [1, 2, 3])
@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_states_and_next_words(tmp_path: Path, made_encoder: MakeEncoder, cell: str, num_layers: int) -> None:
    made = made_encoder(tmp_path / "encoder", steps=2, cell=cell, num_layers=num_layers)
    _, _, encoder, model = parts(made)
    tokens = some_tokens(made)
    read = torch.from_numpy(tokens)
    embedded = made.network.embedding(read)
    whole, final = made.network.encoder(embedded)
    for ours, theirs in zip(encoder.states(embedded.numpy()), (whole, final), strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-5, rtol=0)

    predictions = made.network.read(read).language_model()
    assert made.network.vocabulary is not None
    words, bias = made.network.vocabulary.weight(made.network.embedding), made.network.vocabulary.bias
    theirs = torch.log_softmax(predictions.queries @ words.t() + bias, dim=-1).numpy()
    apart = made.network.encoder.read_apart(embedded)
    for direction in (FORWARD, BACKWARD):
        reading = model.begin(direction, len(tokens))
        order = range(tokens.shape[1]) if direction == FORWARD else reversed(range(tokens.shape[1]))
        for t in order:
            place = t if direction == FORWARD else t + 1
            np.testing.assert_allclose(reading.log_probabilities, theirs[direction, :, place], atol=1e-4, rtol=0)
            ours = np.exp(reading.log_probabilities)
            np.testing.assert_allclose(ours, np.exp(theirs[direction, :, place]), atol=1e-5, rtol=0)
            reading = reading.advance(tokens[:, t])
            np.testing.assert_allclose(reading.states[-1][0], apart[direction][:, t].numpy(), atol=1e-5, rtol=0)
        targets = predictions.targets[direction].numpy()[..., np.newaxis]
        total = np.take_along_axis(theirs[direction], targets, axis=2).sum(axis=(1, 2))
        np.testing.assert_allclose(model.log_probability(direction, tokens), total, atol=1e-3, rtol=0)


@torch.no_grad()
def test_one_direction(tmp_path: Path, made_encoder: MakeEncoder) -> None:
    made = made_encoder(tmp_path / "encoder", bidirectional=False, num_layers=2)
    _, _, encoder, model = parts(made)
    embedded = made.network.embedding(torch.from_numpy(some_tokens(made)))
    np.testing.assert_allclose(encoder.states(embedded.numpy())[0], made.network.encoder(embedded)[0], atol=1e-5)
    assert len(model.readers) == 1


@torch.no_grad()
def test_ratings(drawn_encoder: MadeEncoder) -> None:
    weights, config, encoder, model = parts(drawn_encoder)
    rating = RatingModel.read(weights, config, model.embedding, encoder, NUM_GRADES)
    tokens = some_tokens(drawn_encoder)
    network = drawn_encoder.network
    assert network.rating is not None
    placed = network.rating(network.read(torch.from_numpy(tokens)).pooled())
    theirs = [torch.exp(-network.rating.losses(placed, torch.full((len(tokens),), k))) for k in range(NUM_GRADES)]
    ours = rating.probabilities([*tokens.tolist(), []])
    np.testing.assert_allclose(ours[:-1], torch.stack(theirs, dim=1).numpy(), atol=1e-5)
    np.testing.assert_allclose(ours[:-1].sum(axis=1), 1.0)
    assert np.isnan(ours[-1]).all()


def test_half_precision_is_computed_in_single(tmp_path: Path, made_encoder: MakeEncoder) -> None:
    single, half = made_encoder(tmp_path / "single"), made_encoder(tmp_path / "half", half=True)
    (_, _, _, exact), (_, _, _, rounded) = parts(single), parts(half)
    assert rounded.words.dtype == np.float32
    tokens = some_tokens(single)
    ours, theirs = (model.log_probability(FORWARD, tokens) for model in (rounded, exact))
    np.testing.assert_allclose(ours, theirs, atol=0.1)
    assert not np.array_equal(ours, theirs)
