"""The pretraining of an encoder: texts in, an encoder directory out."""

import time
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor

from sentiment.callbacks import Notify
from sentiment.config import OBJECTIVES, Config
from sentiment.data import ABSENT, PretrainingTexts, load_pretraining_texts
from sentiment.errors import ConfigError
from sentiment.model_dir import ENCODER, WEIGHTS_FILE, staged_model_dir
from sentiment.nn import PretrainingNetwork
from sentiment.training.export.weights import write_weights
from sentiment.training.loop.reports import EpochReport, Report, shown_figures
from sentiment.training.loop.trainer import Trainer
from sentiment.training.pretraining.preparation import PretrainingPreparation, prepare_pretraining
from sentiment.training.pretraining.record import encoder_card, pretraining_metrics
from sentiment.training.pretraining.sampling import sample_texts
from sentiment.training.pretraining.task import PretrainingTask
from sentiment.training.probing.polarity import fit_polarity, polarity_tensors
from sentiment.training.runner.job import Job, Run
from sentiment.training.state.record import TrainingRecord
from sentiment.training.unread_keys import refuse_unfit

NUM_SAMPLES = 3


class PretrainingJob(Job):
    """Pretrain an encoder on texts, for the objectives that have a weight."""

    verb = "pretrain"

    texts: PretrainingTexts
    preparation: PretrainingPreparation
    model: PretrainingNetwork

    def __init__(self, config: Config) -> None:
        """Say what is to be pretrained.

        Raises:
            ConfigError: there is nothing to learn, or a key makes no sense in a pretraining.
        """
        if not config.training.epochs:
            raise ConfigError("training.epochs: pretraining needs at least one")
        if not config.pretraining.objectives:
            raise ConfigError(
                "pretraining: no objective has a weight; set one, as in --set pretraining.language_model=1 "
                f"({', '.join(OBJECTIVES)})"
            )
        refuse_unfit(config)
        self.config = config

    @classmethod
    def recorded(cls, config: Config, record: TrainingRecord) -> "PretrainingJob":  # noqa: ARG003
        """Return the job of a resumed pretraining."""
        return cls(config)

    def load(self, notify: Notify) -> dict[str, str]:
        """Load the texts of all sources."""
        config = self.config.pretraining
        self.texts = texts = load_pretraining_texts(config.sources, self.config.data, notify)
        names = ", ".join(config.sources)
        if config.rating and len(texts.grade_values) < 2:
            raise ConfigError(f"pretraining.rating: no source has ratings ({names}); set it to 0, or add one that has")
        if config.label and len(texts.class_names) < 2:
            raise ConfigError(f"pretraining.label: no source has labels ({names}); set it to 0, or add one that has")
        return texts.sha256

    def prepare(self, tokenizer: Tokenizer | None, notify: Notify) -> Tokenizer:
        """Hold texts out, and read all."""
        self.preparation = prepare_pretraining(self.config, self.texts, tokenizer, notify)
        return self.preparation.tokenizer

    def build(self, notify: Notify) -> Trainer:  # noqa: ARG002
        """Make the encoder with its heads, which begin with how often words and ratings occur."""
        config, texts, preparation = self.config, self.texts, self.preparation
        self.model = model = PretrainingNetwork(
            config.model,
            config.pretraining,
            preparation.tokenizer.get_vocab_size(),
            len(texts.grade_values),
            len(texts.class_names),
        )
        if model.vocabulary is not None:
            model.vocabulary.start_from(torch.from_numpy(preparation.word_occurrences))
        if model.rating is not None:
            grades = torch.from_numpy(preparation.grades[preparation.grades != ABSENT])
            model.rating.start_from(torch.bincount(grades, minlength=len(texts.grade_values)))
        self._reported_at = time.monotonic()
        task = PretrainingTask(model, config, preparation, texts.grade_values, texts.class_names)
        return Trainer(model, config.training, task)

    def describe(self) -> dict[str, Any]:
        """Tell the sources."""
        return {"asked_source": ", ".join(self.config.pretraining.sources)}

    def source_of(self, part: str) -> str:
        """Name a source: each is a part by itself."""
        return part

    def on_report(self, report: Report, run: Run) -> None:
        """Pass on what the loop reports, and tell figures and samples every now and then."""
        super().on_report(report, run)
        ended = isinstance(report, EpochReport)
        if not ended and time.monotonic() - self._reported_at < self.config.pretraining.report_interval_s:
            return
        with run.trainer.answering():
            if not ended:
                figures = shown_figures(run.trainer.task.validate())
                run.observer.notify(f"step {run.trainer.progress.step:,}: held-out texts: {figures}")
            for sample in self._samples(run):
                run.observer.notify(f"  a sample: {sample}")
        self._reported_at = time.monotonic()

    def _samples(self, run: Run) -> list[str]:
        """Draw some texts from the language model; none where there is no such."""
        if self.model.language_model is None:
            return []
        seed = self.config.training.seed + run.trainer.progress.step
        return sample_texts(self.model, self.preparation.tokenizer, NUM_SAMPLES, seed=seed % 2**63)

    def _polarity(self) -> dict[str, Tensor]:
        """Return the direction from bad to good of the texts that were trained on, where ratings were learned."""
        if self.model.rating is None:
            return {}
        pieces = self.preparation.plain_training
        direction = fit_polarity(
            self.model,
            pieces,
            self.preparation.grades[pieces.text_of_piece],
            num_grades=len(self.texts.grade_values),
            seed=self.config.training.seed,
        )
        return polarity_tensors(direction)

    def write(self, run: Run) -> dict[str, Any]:
        """Write the encoder directory."""
        labels = self.texts.class_names if self.config.pretraining.label else ()
        with staged_model_dir(run.out, labels=labels, replace=run.record.replace, kind=ENCODER) as stage:
            weights = self.model.state_dict() | self._polarity()
            precision = self.config.export.weights
            write_weights(stage / WEIGHTS_FILE, weights, precision, run.as_float32("export.weights"))
            metrics = pretraining_metrics(run, self.config, self.texts, self.preparation, self._samples(run))
            card = encoder_card(run.out, self.config, metrics)
            self.write_texts(stage, self.preparation.tokenizer, metrics, card)
        return metrics
