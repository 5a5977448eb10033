"""Encoder directories with a language model: of drawn weights, and one that knows a few sentences by heart."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from sentiment.config import Config, ModelConfig, PretrainingConfig, TokenizerConfig, dump_config
from sentiment.model_dir import CONFIG_FILE, ENCODER, METRICS_FILE, TOKENIZER_FILE, WEIGHTS_FILE, staged_model_dir
from sentiment.nn import PretrainingNetwork, full_cross_entropy
from sentiment.text.tokenizer_training import train_tokenizer

SENTENCES = (
    "이 영화 정말 최고예요",
    "배우 연기가 너무 좋아요",
    "감독은 누구와 함께 밥을 먹었다",
    "돈이 아까워요 보지 마세요",
    "음악이 귀에 남아요",
)
NUM_GRADES = 10


@dataclass(frozen=True)
class MadeEncoder:
    path: Path
    network: PretrainingNetwork


MakeEncoder = Callable[..., MadeEncoder]


@torch.enable_grad()
def make_encoder(
    path: Path,
    *,
    texts: Sequence[str] = SENTENCES,
    kind: str = "character",
    steps: int = 0,
    half: bool = False,
    objectives: Sequence[str] = ("language_model", "rating"),
    **model: object,
) -> MadeEncoder:
    """Write an encoder directory; `steps` of Adam teach it the texts by heart, in both directions."""
    torch.manual_seed(0)
    settings = TokenizerConfig.model_validate({"kind": kind, "vocab_size": 200, "min_frequency": 1})
    sizes = {"embedding_size": 12, "hidden_size": 16, "pooling": ("last", "mean", "max", "attention")}
    config = Config(
        tokenizer=settings,
        model=ModelConfig.model_validate(sizes | model),
        pretraining=PretrainingConfig.model_validate(dict.fromkeys(objectives, 1.0)),
    )
    tokenizer = train_tokenizer(list(texts), settings)
    network = PretrainingNetwork(config.model, config.pretraining, tokenizer.get_vocab_size(), NUM_GRADES, 0)
    if network.rating is not None:
        network.rating.start_from(torch.arange(1, NUM_GRADES + 1))
        with torch.no_grad():
            network.rating.direction.weight.normal_()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        for text in texts:
            predictions = network.read(torch.tensor([tokenizer.encode(text).ids])).language_model()
            assert network.vocabulary is not None
            words = network.vocabulary.weight(network.embedding), network.vocabulary.bias
            queries, targets = predictions.queries.flatten(0, 2), predictions.targets.flatten()
            full_cross_entropy(queries, targets, *words).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    network.eval()
    weights = {name: tensor.half() if half else tensor for name, tensor in network.state_dict().items()}
    with staged_model_dir(path, labels=(), replace=False, kind=ENCODER) as stage:
        (stage / CONFIG_FILE).write_text(dump_config(config), encoding="utf-8")
        (stage / TOKENIZER_FILE).write_text(tokenizer.to_str(), encoding="utf-8")
        (stage / WEIGHTS_FILE).write_bytes(save({name: tensor.contiguous() for name, tensor in weights.items()}))
        (stage / METRICS_FILE).write_text(json.dumps({"ratings": list(range(1, NUM_GRADES + 1))}))
    return MadeEncoder(path, network)


@pytest.fixture(scope="package", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def made_encoder() -> MakeEncoder:
    """The function that makes one: `made_encoder(path, steps=60, cell="gru", half=True)`."""
    return make_encoder


@pytest.fixture(scope="session")
def learned_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder that knows SENTENCES by heart, with tokens of several letters."""
    return make_encoder(
        tmp_path_factory.mktemp("encoders") / "learned", kind="bpe", steps=80, embedding_size=24, hidden_size=32
    ).path


@pytest.fixture(scope="session")
def drawn_encoder(tmp_path_factory: pytest.TempPathFactory) -> MadeEncoder:
    """An encoder of drawn weights, which knows nothing."""
    return make_encoder(tmp_path_factory.mktemp("encoders") / "drawn", num_layers=2)
