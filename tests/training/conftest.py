"""Small networks, the token sequences to ask them, and what a training ends with."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from sentiment.config import ModelConfig
from sentiment.nn import RecurrentClassifier
from sentiment.text.batches import equal_length_batches
from sentiment.text.sequences import TokenSequences
from sentiment.text.token_spelling import TokenSpelling
from sentiment.training.compute.choice import multiplies_bfloat16
from sentiment.training.loop.optimization import WeightAverage
from sentiment.training.loop.optimizer import Optimizer
from sentiment.training.loop.trainer import Trainer

VOCAB_SIZE, NUM_CLASSES = 100, 3
# Tokens of one to three characters.
SPELLING = TokenSpelling(
    np.array([[token % 7 + 1, token % 3, (token % 3) // 2] for token in range(VOCAB_SIZE)], dtype=np.int16),
    np.array([0, 1, 1, 1, 1, 1, 0, 0]),
)


@pytest.fixture(autouse=True, scope="session")
def _without_curves(without_curves: None) -> None:
    """No test here looks at them, but for those that draw them."""


needs_bfloat16 = pytest.mark.skipif(not multiplies_bfloat16(), reason="this processor has no bfloat16")


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Torch on one thread: networks as small as these wait longer for a second one than they gain by it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class OneDevice(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Refuses an operation on tensors of two devices, as a GPU would; numbers without dimensions may be anywhere."""

    def __torch_dispatch__(
        self, operation: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor) and leaf.dim()]
        assert len({tensor.device.type for tensor in tensors}) < 2, operation
        return operation(*args, **kwargs or {})


def step_on_meta(trainer: Trainer) -> None:
    """Take all parts of a step but the loss's value on a device that computes nothing, and has no values."""
    meta = torch.device("meta")
    trainer.model.to(meta).train()
    sequences = trainer.task.sample(0, 0)
    rows = next(equal_length_batches(sequences.lengths, 4, 0, 0))
    # A row without a grade is not left out there: which one it is, is a value.
    with patch("torch.fx.experimental._config.meta_nonzero_assume_all_nonzero", True), OneDevice():  # type: ignore[no-untyped-call]
        loss_sum = trainer.task.loss_sum(sequences, rows)
        loss_sum.backward()  # type: ignore[no-untyped-call]
        parameters = list(trainer.model.parameters())
        assert {each.device for each in (loss_sum, *parameters)} == {meta}
        assert {each.grad.device for each in parameters if each.grad is not None} == {meta}
        optimizer = Optimizer(trainer.model, trainer.config)
        optimizer.step(0.1)
        WeightAverage(trainer.model, 0.9).update(0)
    assert {tensor.device for tensor in optimizer.tensors().values()} == {meta}


def finish(unfinished: Trainer) -> dict[str, bytes]:
    """Train to the end; return the bytes of every weight and of the best ones."""
    for _ in unfinished.run():
        pass
    final = {f"final {name}": tensor for name, tensor in unfinished.model.state_dict().items()}
    best = {f"best {name}": tensor for name, tensor in unfinished.best.items()}
    return {name: tensor.numpy().tobytes() for name, tensor in (final | best).items()}


@pytest.fixture(scope="session")
def build_network() -> Callable[..., RecurrentClassifier]:
    """The function that builds a network of 100 tokens and 3 classes: `build_network(cell="gru", num_layers=2)`."""

    def build(seed: int = 0, **changes: object) -> RecurrentClassifier:
        torch.manual_seed(seed)
        values = {"embedding_size": 12, "hidden_size": 16, "pooling": ("last", "mean", "max", "attention")}
        config = ModelConfig.model_validate(values | changes)
        return RecurrentClassifier(config, VOCAB_SIZE, NUM_CLASSES, SPELLING).eval()

    return build


@pytest.fixture(scope="session")
def draw_sequences() -> Callable[[Sequence[int]], TokenSequences]:
    """The function that draws a sequence of each length."""

    def draw(lengths: Sequence[int]) -> TokenSequences:
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        input_ids = np.random.default_rng(0).integers(0, VOCAB_SIZE, size=offsets[-1]).astype(np.int32)
        return TokenSequences(input_ids, offsets, np.zeros(len(lengths), dtype=np.bool_))

    return draw
