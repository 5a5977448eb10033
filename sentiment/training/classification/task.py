"""Training for classes: what a batch of labelled rows costs, and how well a classifier does."""

from math import log

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from sentiment.config import TrainingConfig
from sentiment.errors import TrainingError
from sentiment.metrics import classification_metrics
from sentiment.nn import RecurrentClassifier
from sentiment.probabilities import softmax
from sentiment.text.sequences import TokenSequences
from sentiment.training.compute.device import tensor_for
from sentiment.training.loop.answers import predict_logits
from sentiment.training.loop.reports import Figures
from sentiment.training.loop.rows import LabelledSequences, TrainingSequences


class ClassificationTask:
    """Tell the classes of rows apart.

    Attributes:
        guess_loss: the logarithm of the number of classes.
    """

    def __init__(
        self,
        model: RecurrentClassifier,
        config: TrainingConfig,
        training: TrainingSequences,
        labels: NDArray[np.int64],
        validation: LabelledSequences | None,
        targets: NDArray[np.float32] | None = None,
        beside: NDArray[np.float32] | None = None,
    ) -> None:
        """Put a network and its rows together.

        Args:
            model: to be trained.
            config: of the objective.
            training: n rows as tokens.
            labels: (n,), the class of each; unused if there are `targets`.
            validation: rows to measure on; None for none.
            targets: (n, classes), distributions to learn instead of the classes.
            beside: (n, classes), what is added to the network's logits of each training row; None for nothing.
        """
        self._model = model
        self._config = config
        self._training = training
        self._targets = labels if targets is None else targets
        self._beside = beside
        self._validation = validation
        self._num_classes = model.output.out_features
        self.guess_loss = log(self._num_classes)

    def sample(self, seed: int, epoch: int) -> TokenSequences:
        """Return the rows of an epoch as tokens."""
        return self._training.sample(seed, epoch)

    def loss_sum(self, sequences: TokenSequences, rows: NDArray[np.int64]) -> Tensor:
        """Return the objective of a batch, summed over its rows: cross entropy, and what two passes differ by."""
        input_ids, targets = (tensor_for(self._model, part) for part in (sequences.batch(rows), self._targets[rows]))
        beside = torch.zeros(()) if self._beside is None else tensor_for(self._model, self._beside[rows])
        if self._config.consistency:
            # One batch holds both passes, so that weights are read once; those that are dropped are so for both.
            passes = torch.stack(self._model.network_logits(input_ids.repeat(2, 1)).chunk(2))
            return consistent_loss(passes + beside, targets, self._config.consistency)
        logits = self._model.network_logits(input_ids) + beside
        return functional.cross_entropy(logits, targets, reduction="sum")

    def validate(self) -> Figures:
        """Measure the classifier on the validation rows; each figure is None where there are none.

        Raises:
            TrainingError: a state has overflowed, as a ReLU's may.
        """
        if self._validation is None:
            return {"accuracy": None, "macro_f1": None, "log_loss": None}
        logits = predict_logits(self._model, self._validation.sequences)
        if not np.isfinite(logits).all():
            raise TrainingError(
                "the scores of a validation row became NaN or infinite; lower training.learning_rate or "
                "tokenizer.max_tokens, or choose a model.cell with gates"
            )
        names = [str(number) for number in range(self._num_classes)]
        metrics = classification_metrics(self._validation.labels, softmax(logits), names)
        return {"accuracy": metrics.accuracy, "macro_f1": metrics.macro_f1, "log_loss": metrics.log_loss}

    def is_better(self, now: Figures, best: Figures) -> bool:
        """Compare by the figure that the config names; without validation rows the last epoch is the best."""
        figure = self._config.select_by
        new, old = now[figure], best[figure]
        if new is None or old is None:
            return True
        return new < old if figure == "log_loss" else new > old


def consistent_loss(logits: Tensor, targets: Tensor, weight: float) -> Tensor:
    """Ask of two passes over each row, with other dropout, for the right answer and for the same one.

        L = (CE_1 + CE_2) / 2 + α (KL(p_1 || p_2) + KL(p_2 || p_1)) / 2

    Source: Wu et al. 2021, "R-Drop: regularized dropout for neural networks", equations 1 to 3, halved; α here is half
    of theirs.

    Args:
        logits: (2, n, classes), of both passes.
        targets: (n,), classes; or (n, classes), distributions.
        weight: α.

    Returns:
        L, summed over the rows.
    """
    first, second = logits
    loss_sum = functional.cross_entropy(torch.cat([first, second]), torch.cat([targets, targets]), reduction="sum") / 2
    log_p, log_q = first.log_softmax(dim=1), second.log_softmax(dim=1)
    divergence: Tensor = ((log_p.exp() - log_q.exp()) * (log_p - log_q)).sum() / 2
    return loss_sum + weight * divergence
