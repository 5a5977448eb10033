"""The sampled softmax: its draws are what they claim, and it is the full softmax on average, or where all are drawn."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from sentiment.nn import LogUniformSampler, full_cross_entropy, sampled_cross_entropy

CLASSES, SIZE = 12, 5


def problem(seed: int, rows: int = 7) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draw queries, targets, weight and bias."""
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(rows, SIZE, generator=generator, dtype=torch.float64, requires_grad=True),
        torch.randint(CLASSES, (rows,), generator=generator),
        torch.randn(CLASSES, SIZE, generator=generator, dtype=torch.float64, requires_grad=True),
        torch.randn(CLASSES, generator=generator, dtype=torch.float64, requires_grad=True),
    )


def test_all_classes_drawn_is_the_full_softmax_with_its_gradients() -> None:
    queries, targets, weight, bias = problem(0)
    expected = functional.cross_entropy(queries @ weight.t() + bias, targets, reduction="none")
    order = torch.randperm(CLASSES, generator=torch.Generator().manual_seed(1))
    losses = sampled_cross_entropy(queries, targets, weight, bias, order, torch.zeros(CLASSES))
    torch.testing.assert_close(losses, expected)
    weights_of_rows = torch.linspace(0.5, 2.0, len(targets), dtype=torch.float64)
    for ours, theirs in zip(
        torch.autograd.grad((losses * weights_of_rows).sum(), (queries, weight, bias)),
        torch.autograd.grad((expected * weights_of_rows).sum(), (queries, weight, bias)),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("seed", range(5))
def test_a_drawn_target_counts_once_and_the_others_by_their_chance(seed: int) -> None:
    queries, targets, weight, bias = problem(seed)
    sampler = LogUniformSampler(torch.arange(CLASSES), 6)
    torch.manual_seed(seed)
    drawn = sampler.draw()
    losses = sampled_cross_entropy(queries, targets, weight, bias, drawn, sampler.log_inclusion)
    scores = (queries @ weight.t() + bias).detach().numpy()
    chances = sampler.log_inclusion.exp().tolist()
    for row, target in enumerate(targets.tolist()):
        others = sum(math.exp(scores[row, k]) / chances[k] for k in drawn.tolist() if k != target)
        total = math.exp(scores[row, target]) + others
        assert losses[row].item() == pytest.approx(math.log(total) - scores[row, target], rel=1e-5)


def test_its_gradients_are_those_of_its_value() -> None:
    queries, targets, weight, bias = problem(3)
    drawn = torch.tensor([0, 3, 4, 11])
    log_inclusion = torch.linspace(-1.0, 0.0, CLASSES, dtype=torch.float64)
    torch.autograd.gradcheck(
        lambda q, w, b: sampled_cross_entropy(q, targets, w, b, drawn, log_inclusion), (queries, weight, bias)
    )


@given(
    occurrences=st.lists(st.integers(0, 1000), min_size=1, max_size=60),
    share=st.floats(0.01, 1.0),
    seed=st.integers(0, 2**32),
)
@settings(deadline=None)
def test_a_draw_holds_distinct_classes_as_many_as_asked(occurrences: list[int], share: float, seed: int) -> None:
    size = max(1, int(share * len(occurrences)))
    sampler = LogUniformSampler(torch.tensor(occurrences), size)
    torch.manual_seed(seed)
    drawn = sampler.draw().tolist()
    assert len(drawn) == len(set(drawn)) == size
    assert set(drawn) <= set(range(len(occurrences)))
    assert sampler.log_inclusion.double().exp().sum().item() == pytest.approx(size, rel=1e-4)


def test_classes_are_drawn_as_often_as_said_and_frequent_ones_more_often() -> None:
    occurrences = torch.tensor([5, 900, 3, 40, 7, 1, 100, 2])
    sampler = LogUniformSampler(occurrences, 3)
    torch.manual_seed(0)
    draws = 4_000
    counts = torch.stack([torch.bincount(sampler.draw(), minlength=8) for _ in range(draws)]).sum(dim=0)
    chances = sampler.log_inclusion.exp()
    torch.testing.assert_close(counts / draws, chances, atol=0.03, rtol=0.0)
    assert chances.argsort(descending=True).tolist() == occurrences.argsort(descending=True).tolist()


def test_the_estimated_sum_is_right_on_average() -> None:
    queries, targets, weight, bias = (tensor.detach() for tensor in problem(1, rows=3))
    sampler = LogUniformSampler(torch.arange(CLASSES), 4)
    scores = queries @ weight.t() + bias
    torch.manual_seed(0)
    own = scores.gather(1, targets.unsqueeze(1)).squeeze(1)
    estimates = [
        (sampled_cross_entropy(queries, targets, weight, bias, sampler.draw(), sampler.log_inclusion) + own).exp()
        for _ in range(4_000)
    ]
    torch.testing.assert_close(torch.stack(estimates).mean(dim=0), scores.exp().sum(dim=1), rtol=0.05, atol=0.0)


def test_the_full_loss_does_not_depend_on_its_chunks() -> None:
    queries, targets, weight, bias = problem(2)
    expected = functional.cross_entropy(queries @ weight.t() + bias, targets, reduction="none")
    for chunk in (1, 3, 100):
        torch.testing.assert_close(full_cross_entropy(queries, targets, weight, bias, chunk), expected)
