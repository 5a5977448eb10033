"""The softmax over a whole vocabulary, estimated from a sample."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from sentiment.nn.precision import autocast_dtype

_IMPOSSIBLE = -1e30
"""Replaces a score of minus infinity, which would become NaN when the highest is subtracted."""


class LogUniformSampler:
    """Draws distinct classes, frequent ones more often, each with an exactly known probability.

    The class of rank r, counted from 0, has weight log((r + 2) / (r + 1)), as for words by Zipf's law. A draw contains
    class k with probability π_k = min(1, c weight_k), with c such that the π_k sum to the size of a draw: classes that
    would be drawn more than once are always included. The others are drawn by systematic sampling in a random order
    (Madow 1949), with one uniform number for all, so that each draw has the same size.
    """

    def __init__(self, occurrences: Tensor, size: int) -> None:
        """Rank the classes.

        Args:
            occurrences: (classes,), number of occurrences of each.
            size: classes of a draw; all if there are fewer.
        """
        num_classes = len(occurrences)
        rank = torch.empty(num_classes, dtype=torch.float64)
        rank[occurrences.argsort(descending=True, stable=True)] = torch.arange(num_classes, dtype=torch.float64)
        inclusion = _inclusion_probabilities(((rank + 2) / (rank + 1)).log(), min(size, num_classes))
        self._always = torch.nonzero(inclusion >= 1.0).squeeze(1)
        self._sometimes = torch.nonzero(inclusion < 1.0).squeeze(1)
        self._chances = inclusion[self._sometimes]
        self.log_inclusion = inclusion.log().float()

    def draw(self) -> Tensor:
        """Return the classes of a draw, (size,), int64, distinct; uses the processor's global generator."""
        if not len(self._sometimes):
            return self._always
        order = torch.randperm(len(self._sometimes))
        edges = self._chances[order].cumsum(0)
        points = torch.rand(1, dtype=torch.float64) + torch.arange(round(edges[-1].item()), dtype=torch.float64)
        places = torch.searchsorted(edges, points, right=True).clamp_(max=len(order) - 1)
        return torch.cat([self._always, self._sometimes[order[places]]])


def _inclusion_probabilities(weights: Tensor, size: int) -> Tensor:
    """Return π = min(1, c weights), (classes,), float64, whose sum is `size`."""
    certain = torch.zeros(len(weights), dtype=torch.bool)
    while int(certain.sum()) < size:
        scaled = weights * ((size - int(certain.sum())) / weights[~certain].sum())
        exceeding = ~certain & (scaled >= 1.0)
        if not exceeding.any():
            return scaled.masked_fill(certain, 1.0)
        certain |= exceeding
    return certain.double()


def sampled_cross_entropy(
    queries: Tensor, targets: Tensor, weight: Tensor, bias: Tensor, classes: Tensor, log_inclusion: Tensor
) -> Tensor:
    """Estimate -log softmax(queries weight^T + bias)[target] from some of the classes.

        Z ≈ exp(s_target) + Σ_(k drawn, k ≠ target) exp(s_k) / π_k

    The estimate of Z is unbiased, since class k is drawn with probability π_k (Horvitz and Thompson 1952); in the
    logarithm, 1 / π_k is the correction by -log π_k. If all classes are drawn, it is the exact softmax.
    Sources: Bengio and Senécal 2003, "Quick training of probabilistic neural nets by importance sampling"; Jean et al.
    2015, "On using very large target vocabulary for neural machine translation", section 3.

    Args:
        queries: (n, size).
        targets: (n,), int64.
        weight: (classes, size).
        bias: (classes,).
        classes: (drawn,), int64, distinct, on any device.
        log_inclusion: (classes,), log π, on any device.

    Returns:
        (n,), in nats.
    """
    classes, log_inclusion = classes.to(weight.device), log_inclusion.to(weight.device)
    own = (queries * functional.embedding(targets, weight)).sum(dim=1) + bias[targets]
    place = targets.new_full((len(weight),), -1)
    place[classes] = torch.arange(len(classes), device=weight.device)
    place = place[targets]
    drawn = torch.nonzero(place >= 0).squeeze(1)
    losses: Tensor = _CrossEntropy.apply(  # type: ignore[no-untyped-call]
        own,
        queries,
        functional.embedding(classes, weight),
        bias[classes] - log_inclusion[classes],
        (drawn, place[drawn]),
    )
    return losses


class _CrossEntropy(torch.autograd.Function):
    """log(exp(own) + Σ exp(queries weight^T + bias)) - own, excluding some pairs.

    Written out explicitly, in 0.6 of the time: it makes two fewer passes forward and three fewer backward than autograd
    over the scores, by far the largest tensor of a pretraining. Under autocast the factors and the saved tensors are of
    that type; the sums are float32.
    """

    @staticmethod
    def forward(
        ctx: Any, own: Tensor, queries: Tensor, weight: Tensor, bias: Tensor, left_out: tuple[Tensor, Tensor]
    ) -> Tensor:
        """Return (n,) of own, (n,); queries, (n, size); weight, (drawn, size); bias, (drawn,)."""
        factor = autocast_dtype(own) or own.dtype
        queries, weight = queries.to(factor), weight.to(factor)
        scores = (queries @ weight.t()).to(own.dtype).add_(bias)
        scores.index_put_(left_out, scores.new_tensor(_IMPOSSIBLE))
        highest = torch.maximum(own, scores.amax(dim=1))
        scores.sub_(highest.unsqueeze(1)).exp_()
        own_share = (own - highest).exp_()
        total = scores.sum(dim=1).add_(own_share)
        ctx.save_for_backward(queries, weight, scores.to(factor), own_share, total)
        return total.log().add_(highest).sub_(own)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients: the softmax probabilities, minus 1 for the true class."""
        queries, weight, scores, own_share, total = ctx.saved_tensors
        shares = scores * (gradient / total).to(scores.dtype).unsqueeze(1)
        return (
            gradient * (own_share / total - 1.0),
            (shares @ weight).to(gradient.dtype),
            (shares.t() @ queries).to(gradient.dtype),
            shares.sum(dim=0, dtype=gradient.dtype),
            None,
        )


def full_cross_entropy(queries: Tensor, targets: Tensor, weight: Tensor, bias: Tensor, chunk: int = 4096) -> Tensor:
    """Return -log softmax(queries weight^T + bias)[target], (n,), in nats; `chunk` queries at once, to save memory."""
    losses = [
        functional.cross_entropy(
            functional.linear(queries[i : i + chunk], weight, bias), targets[i : i + chunk], reduction="none"
        )
        for i in range(0, len(targets), chunk)
    ]
    return torch.cat(losses)


def perplexity(nats: float) -> float:
    """Return exp of the mean nats per word: the equivalent number of equally likely words."""
    return math.exp(min(nats, 700.0))
