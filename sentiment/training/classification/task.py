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
        """Return the cross entropy of a batch, summed over its rows."""
        input_ids, targets = (tensor_for(self._model, part) for part in (sequences.batch(rows), self._targets[rows]))
        beside = torch.zeros(()) if self._beside is None else tensor_for(self._model, self._beside[rows])
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
