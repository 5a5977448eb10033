"""Pretraining: the loss of a batch of texts, and the evaluation on texts that were held out."""

from collections.abc import Iterator
from math import isfinite, log

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from sentiment.config import Config
from sentiment.data import ABSENT
from sentiment.errors import TrainingError
from sentiment.nn import (
    LogUniformSampler,
    PretrainingNetwork,
    Reading,
    WordPredictions,
    count_by_text,
    full_cross_entropy,
    in_float32,
    perplexity,
    sampled_cross_entropy,
    sum_by_text,
)
from sentiment.probabilities import most_probable
from sentiment.text.batches import batches_by_length
from sentiment.text.sequences import TokenSequences
from sentiment.training.compute.device import array_of, tensor_for
from sentiment.training.loop.reports import Figures
from sentiment.training.pretraining.preparation import PretrainingPreparation

EVALUATION_BATCH_SIZE = 256


class PretrainingTask:
    """Learn the objectives of a config that have a weight, together.

    A word counts the same in a long text and a short one: the loss of the words of a text is divided by the mean
    number of words of all texts, so that the mean over texts is nats a word. A text without a rating, or a label,
    costs nothing there. Each piece of a long text counts as a text, but no objective includes the words at a cut.

    Attributes:
        guess_loss: weighted sum over the objectives of the logarithm of their number of outcomes.
    """

    def __init__(
        self,
        model: PretrainingNetwork,
        config: Config,
        preparation: PretrainingPreparation,
        grade_values: tuple[int, ...],
        class_names: tuple[str, ...],
    ) -> None:
        self._model = model
        self._weights = config.pretraining
        self._preparation = preparation
        self._grade_values = np.array(grade_values)
        num_words = len(preparation.word_occurrences)
        self._sampler = LogUniformSampler(
            torch.from_numpy(preparation.word_occurrences), config.pretraining.negatives or num_words
        )
        self.guess_loss = (
            (self._weights.language_model + self._weights.autoencoder) * log(num_words)
            + self._weights.rating * log(max(2, len(grade_values)))
            + self._weights.label * log(max(2, len(class_names)))
        )

    def sample(self, seed: int, epoch: int) -> TokenSequences:
        """Return the texts of an epoch as tokens, long ones in pieces."""
        return self._preparation.training.sample(seed, epoch)

    def loss_sum(self, sequences: TokenSequences, rows: NDArray[np.int64]) -> Tensor:
        """Return the objectives of a batch, weighted, summed over its rows."""
        reading = self._model.read(tensor_for(self._model, sequences.batch(rows)))
        words_per_text = 1.0 + float(sequences.offsets[-1]) / len(sequences)
        cuts = tensor_for(self._model, _cuts(sequences, rows))
        total = torch.zeros(())
        drawn = self._sampler.draw() if self._model.vocabulary is not None else torch.zeros(0)
        for _, weight, predictions in self._word_objectives(reading):
            by_text = sum_by_text(self._sampled_losses(predictions, drawn), predictions, cuts)
            total = total + weight * by_text.sum() / (len(predictions.targets) * words_per_text)
        if self._weights.rating or self._weights.label:
            total = total + self._label_losses(reading, sequences.text_of_piece[rows])
        return total

    def _word_objectives(self, reading: Reading) -> Iterator[tuple[str, float, WordPredictions]]:
        """Yield name, weight and predictions of each objective that predicts words."""
        if self._weights.language_model:
            yield "language_model", self._weights.language_model, reading.language_model()
        if self._weights.autoencoder:
            yield "autoencoder", self._weights.autoencoder, reading.autoencoder()

    def _words(self) -> tuple[Tensor, Tensor]:
        if self._model.vocabulary is None:
            raise ValueError("the network predicts no words")
        return self._model.vocabulary.weight(self._model.embedding), self._model.vocabulary.bias

    def _sampled_losses(self, predictions: WordPredictions, drawn: Tensor) -> Tensor:
        return sampled_cross_entropy(
            predictions.queries.flatten(0, 2),
            predictions.targets.flatten(),
            *self._words(),
            drawn,
            self._sampler.log_inclusion,
        )

    def _label_losses(self, reading: Reading, texts: NDArray[np.int64]) -> Tensor:
        """Return the weighted loss of ratings and labels, summed over the texts, or pieces of them, that have one."""
        pooled = reading.pooled()
        total = torch.zeros(())
        with in_float32(pooled):
            if self._model.rating is not None:
                grades = tensor_for(self._model, self._preparation.grades[texts])
                rated = grades != ABSENT
                losses = self._model.rating.losses(self._model.rating(pooled[rated]), grades[rated])
                total = total + self._weights.rating * losses.sum()
            if self._model.output is not None:
                classes = tensor_for(self._model, self._preparation.classes[texts])
                losses = functional.cross_entropy(
                    self._model.output(pooled), classes, ignore_index=ABSENT, reduction="sum"
                )
                total = total + self._weights.label * losses
        return total

    @torch.inference_mode()
    def validate(self) -> Figures:
        """Measure on the held-out texts.

        Returns:
            Perplexity a token of each direction, and of the autoencoder, by the full softmax; of the ratings the loss
            in nats and the mean absolute error in stars; of the labels the loss in nats and the accuracy.

        Raises:
            TrainingError: a weight or a state has overflowed, so that a figure is NaN or infinite.
        """
        held_out = self._preparation.held_out
        nats: dict[str, float] = {}
        words: dict[str, float] = {}
        placed = np.zeros(len(held_out.sequences), dtype=np.float32)
        logits: dict[int, Tensor] = {}
        for rows in batches_by_length(held_out.sequences.lengths, EVALUATION_BATCH_SIZE):
            reading = self._model.read(tensor_for(self._model, held_out.sequences.batch(rows)))
            cuts = tensor_for(self._model, _cuts(held_out.sequences, rows))
            for name, _, predictions in self._word_objectives(reading):
                for number, part in enumerate(_readings(predictions)):
                    losses = full_cross_entropy(part.queries.flatten(0, 2), part.targets.flatten(), *self._words())
                    key = f"{name} {number}"
                    nats[key] = nats.get(key, 0.0) + float(sum_by_text(losses, part, cuts).sum())
                    words[key] = words.get(key, 0.0) + float(count_by_text(part, cuts).sum())
            if self._model.rating is not None or self._model.output is not None:
                pooled = reading.pooled()
                if self._model.rating is not None:
                    placed[rows] = array_of(self._model.rating(pooled))
                if self._model.output is not None:
                    logits.update(zip(rows.tolist(), self._model.output(pooled).cpu(), strict=True))
        figures = {_FIGURES[key]: perplexity(nats[key] / words[key]) for key in nats}
        figures |= self._rating_figures(tensor_for(self._model, placed)) | self._label_figures(logits)
        if lost := [name for name, figure in figures.items() if not isfinite(figure)]:
            raise TrainingError(
                f"{', '.join(lost)} of the held-out texts became NaN or infinite; lower "
                "training.learning_rate, or choose a model.cell with gates"
            )
        return dict(figures)

    def _rating_figures(self, placed: Tensor) -> dict[str, float]:
        if self._model.rating is None:
            return {}
        held_out = self._preparation.held_out
        grades = tensor_for(self._model, held_out.grades[held_out.sequences.text_of_piece])
        rated = grades != ABSENT
        if not rated.any():
            return {}
        losses = self._model.rating.losses(placed[rated], grades[rated])
        answers = self._grade_values[array_of(self._model.rating.grades(placed[rated]))]
        errors = np.abs(answers - self._grade_values[array_of(grades[rated])])
        return {"rating_loss": float(losses.mean()), "rating_error": float(errors.mean())}

    def _label_figures(self, logits: dict[int, Tensor]) -> dict[str, float]:
        if self._model.output is None:
            return {}
        held_out = self._preparation.held_out
        classes = held_out.classes[held_out.sequences.text_of_piece]
        labelled = np.flatnonzero(classes != ABSENT)
        if not len(labelled):
            return {}
        scores = torch.stack([logits[row] for row in labelled.tolist()])
        accuracy = (most_probable(scores.numpy()) == classes[labelled]).mean()
        loss = functional.cross_entropy(scores, torch.from_numpy(classes[labelled]))
        return {"label_loss": float(loss), "label_accuracy": float(accuracy)}

    def is_better(self, now: Figures, best: Figures) -> bool:  # noqa: ARG002
        """The last epoch is the best: the rate has fallen to nothing, and many texts are hardly overlearned."""
        return True


_FIGURES = {
    "language_model 0": "perplexity_forward",
    "language_model 1": "perplexity_backward",
    "autoencoder 0": "perplexity_autoencoder",
}


def _cuts(sequences: TokenSequences, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether the text of each piece begins before it, and whether it continues after it, (2, batch)."""
    truncated = sequences.truncated
    return np.stack([truncated[rows - 1] & (rows > 0), truncated[rows]])


def _readings(predictions: WordPredictions) -> Iterator[WordPredictions]:
    for number in range(len(predictions.targets)):
        yield WordPredictions(predictions.queries[number : number + 1], predictions.targets[number : number + 1])
