"""Ordinal regression for grades such as stars."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class OrdinalHead(nn.Module):
    """Places a text on a line that ascending thresholds divide into grades (proportional odds).

        P(grade <= k) = σ(θ_k - w · v),  θ_1 < θ_2 < ... < θ_(K-1)

    The difference of two adjacent thresholds is exp of a free parameter, so they stay ordered.
    Source: McCullagh 1980, "Regression models for ordinal data".
    """

    def __init__(self, input_size: int, num_grades: int) -> None:
        super().__init__()
        self.direction = nn.Linear(input_size, 1, bias=False)
        self.first_threshold = nn.Parameter(torch.zeros(1))
        self.log_steps = nn.Parameter(torch.zeros(num_grades - 2))

    @torch.no_grad()
    def start_from(self, occurrences: Tensor) -> None:
        """Set the thresholds so that a text at 0 has the overall shares of the grades.

        Args:
            occurrences: (num_grades,), number of occurrences of each grade.
        """
        smoothed = occurrences.double() + 1.0
        thresholds = torch.logit((smoothed / smoothed.sum()).cumsum(0)[:-1])
        self.first_threshold.copy_(thresholds[:1])
        self.log_steps.copy_(thresholds.diff().log())

    def thresholds(self) -> Tensor:
        """Return θ, (num_grades - 1,), ascending."""
        return torch.cat([self.first_threshold, self.first_threshold + self.log_steps.exp().cumsum(0)])

    def forward(self, pooled: Tensor) -> Tensor:
        """Return w · v, (batch,), of vectors v, (batch, input_size)."""
        placed: Tensor = self.direction(pooled)
        return placed.squeeze(1)

    def losses(self, placed: Tensor, grades: Tensor) -> Tensor:
        """Return -log P(grade), (batch,), in nats.

        P(k) = σ(b) - σ(a) for the thresholds a < b around k, minus the position of the text. It is computed as
        σ(b) σ(-a) (1 - exp(a - b)), whose logarithm stays finite however far away the text is.

        Args:
            placed: (batch,).
            grades: (batch,), int64, counted from 0.
        """
        thresholds = self.thresholds()
        last = len(thresholds)
        above = thresholds[grades.clamp(max=last - 1)] - placed
        below = thresholds[(grades - 1).clamp(min=0)] - placed
        log_above = torch.where(grades < last, functional.logsigmoid(above), 0.0)
        log_below = torch.where(grades > 0, functional.logsigmoid(-below), 0.0)
        log_width = functional.pad(torch.log(-torch.expm1(-self.log_steps.exp())), (1, 1))[grades]
        return -(log_above + log_below + log_width)

    def grades(self, placed: Tensor) -> Tensor:
        """Return the median grade, (batch,), int64, counted from 0."""
        return (placed.unsqueeze(1) > self.thresholds()).sum(dim=1)
