"""What a training takes over from where it starts: what means the same, and nothing else."""

from pathlib import Path

import numpy as np
import pytest
import torch

from sentiment.config import Config, ModelConfig, TokenizerConfig
from sentiment.errors import ModelDirectoryError
from sentiment.model_dir import KnownModel, known
from sentiment.nn import RecurrentClassifier
from sentiment.text.token_spelling import TokenSpelling
from sentiment.text.tokenizer_training import train_tokenizer
from sentiment.training.classification.start import StartingPoint
from tests.conftest import write_tiny_encoder, write_tiny_model

SHIPPED = Path(known.__file__).parents[1] / "shipped"
SPELLING = TokenSpelling(np.arange(1, 41, dtype=np.int16)[:, None], np.array([0] + [1] * 40))
NETWORK = ModelConfig(embedding_size=4, hidden_size=5, character_ngrams=2, ngram_buckets=100)


def network(seed: int) -> RecurrentClassifier:
    torch.manual_seed(seed)
    model = RecurrentClassifier(NETWORK, 40, 2, SPELLING)
    assert model.ngrams is not None
    torch.nn.init.normal_(model.ngrams.weight)
    return model


@pytest.mark.parametrize(
    ("labels", "taken"),
    [
        (("negative", "positive"), ["output.weight", "output.bias"]),
        (("calm", "angry"), []),
    ],
)
def test_scores_of_classes_are_taken_over_by_the_same_classes_alone(labels: tuple[str, ...], taken: list[str]) -> None:
    source, model, untouched = network(1), network(2), network(2)
    tokenizer = train_tokenizer(["좋다 나쁘다"], TokenizerConfig(kind="character"))
    start = StartingPoint(
        Path("source"), Config(model=NETWORK), ("negative", "positive"), tokenizer, source.state_dict(), "0" * 64
    )
    assert start.give_weights(model, labels) == taken
    for name, parameter in model.named_parameters():
        wanted = source if name in taken or name.startswith(("embedding.", "encoder.")) else untouched
        assert torch.equal(parameter, wanted.get_parameter(name)), name


def test_a_model_without_weights_stands_for_the_encoder_with_its_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = write_tiny_encoder(tmp_path / "korean-reviews")
    shipped = [KnownModel("korean-reviews", encoder, "shipped")]
    monkeypatch.setattr("sentiment.training.classification.start.shipped_models", lambda: shipped)
    monkeypatch.setattr("sentiment.training.classification.start._check_sizes", lambda *_: None)
    model = write_tiny_model(tmp_path / "model", with_weights=False)
    assert StartingPoint.read(model).path == encoder
    with_weights = write_tiny_model(tmp_path / "other")
    assert StartingPoint.read(with_weights).path == with_weights
    elsewhere = write_tiny_model(tmp_path / "third", texts=("other tokens",), with_weights=False)
    with pytest.raises(ModelDirectoryError, match="cannot be trained further"):
        StartingPoint.read(elsewhere)


@pytest.mark.parametrize(
    ("name", "encoder"),
    [
        ("korean-sentiment", "korean-reviews"),
        ("korean-opinion", "korean-reviews"),
        ("english-sentiment", "english-reviews"),
    ],
)
def test_each_model_that_comes_with_the_package_can_be_started_from(
    name: str, encoder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "SHIPPED", SHIPPED)
    assert StartingPoint.read(SHIPPED / name).path == SHIPPED / encoder
