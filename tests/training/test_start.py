"""What a training takes over from where it starts: what means the same, and nothing else."""

from pathlib import Path

import numpy as np
import pytest
import torch

from sentiment.config import Config, ModelConfig, TokenizerConfig
from sentiment.nn import RecurrentClassifier
from sentiment.text.token_spelling import TokenSpelling
from sentiment.text.tokenizer_training import train_tokenizer
from sentiment.training.classification.start import StartingPoint

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
