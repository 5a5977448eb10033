"""The loop: what it learns, how it goes on from any step, and when it gives up."""

from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from sentiment.config import ModelConfig, TrainingConfig
from sentiment.errors import TrainingError
from sentiment.nn import RecurrentClassifier
from sentiment.probabilities import softmax
from sentiment.text.sequences import TokenSequences
from sentiment.training import EpochReport, StepReport
from sentiment.training.classification.task import ClassificationTask, consistent_loss
from sentiment.training.compute.device import Device
from sentiment.training.loop.answers import predict_logits
from sentiment.training.loop.rows import FixedSequences, LabelledSequences
from sentiment.training.loop.trainer import Trainer
from sentiment.training.state.checkpoint import read_checkpoint, write_checkpoint
from tests.training.conftest import finish, needs_bfloat16, step_on_meta

pytestmark = pytest.mark.usefixtures("one_thread")

VOCAB_SIZE = 20


def rows(n: int, seed: int) -> LabelledSequences:
    """Rows of 1 to 6 tokens; class 1 where token 1 stands before any token 2, else class 0."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 7, size=n)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    input_ids = rng.integers(1, VOCAB_SIZE, size=offsets[-1]).astype(np.int32)
    labels = np.empty(n, dtype=np.int64)
    for row in range(n):
        tokens = input_ids[offsets[row] : offsets[row + 1]]
        tokens[rng.integers(len(tokens))] = rng.integers(1, 3)
        marks = tokens[(tokens == 1) | (tokens == 2)]
        labels[row] = marks[0] == 1
    return LabelledSequences(TokenSequences(input_ids, offsets, np.zeros(n, dtype=np.bool_)), labels)


TRAINING, VALIDATION = rows(300, seed=0), rows(100, seed=1)
DEFAULTS = TrainingConfig(epochs=3, batch_size=16, learning_rate=0.01, average_decay=0.9)


NETWORK = ModelConfig(
    embedding_size=8,
    hidden_size=8,
    pooling=("last", "max"),
    token_dropout=0.1,
    embedding_dropout=0.1,
    weight_dropout=0.1,
    output_dropout=0.1,
)


def trainer(
    config: TrainingConfig = DEFAULTS,
    validation: LabelledSequences | None = VALIDATION,
    network: ModelConfig = NETWORK,
) -> Trainer:
    torch.manual_seed(config.seed)
    model = RecurrentClassifier(network, VOCAB_SIZE, 2)
    task = ClassificationTask(model, config, FixedSequences(TRAINING.sequences), TRAINING.labels, validation)
    return Trainer(model, config, task)


def test_it_learns_what_only_order_tells() -> None:
    learner = trainer(DEFAULTS.model_copy(update={"epochs": 15}))
    reports = [report for report in learner.run() if isinstance(report, EpochReport)]
    assert reports[-1].training_loss < 0.6 * reports[0].training_loss
    assert max(report.figures["accuracy"] or 0.0 for report in reports) > 0.9
    assert learner.progress.history[learner.progress.best_epoch - 1]["accuracy"] == max(
        report.figures["accuracy"] or 0.0 for report in reports
    )


def ended(learner: Trainer) -> tuple[dict[str, bytes], list[dict[str, object]]]:
    """Train to the end; return all weights and the reports of the epochs, their durations aside."""
    weights = finish(learner)
    return weights, [report | {"seconds": None} for report in learner.progress.history]


@cache
def undisturbed(config: TrainingConfig) -> tuple[dict[str, bytes], list[dict[str, object]]]:
    return ended(trainer(config))


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "rmsprop", "sgd"])
@given(stop_after=st.integers(1, 60), second_stop=st.integers(1, 30))
@settings(deadline=None, max_examples=3)
def test_a_training_that_was_stopped_ends_with_the_same_bits(
    tmp_path_factory: pytest.TempPathFactory, optimizer: str, stop_after: int, second_stop: int
) -> None:
    config = DEFAULTS.model_copy(update={"optimizer": optimizer, "momentum": 0.9 * (optimizer == "sgd")})
    directory: Path = tmp_path_factory.mktemp("checkpoints")
    for stop in (stop_after, second_stop):
        stopped = trainer(config)
        checkpoint = read_checkpoint(directory, "id")
        if checkpoint is not None:
            stopped.restore(checkpoint)
        for count, _ in enumerate(stopped.run(), start=1):
            if count == stop:
                break
        write_checkpoint(directory, stopped.checkpoint(), "id")
    resumed = trainer(config)
    checkpoint = read_checkpoint(directory, "id")
    assert checkpoint is not None
    resumed.restore(checkpoint)
    assert ended(resumed) == undisturbed(config)


@pytest.mark.parametrize("optimizer", ["adamw", "rmsprop", "sgd"])
def test_a_step_needs_no_tensor_of_another_device(optimizer: str) -> None:
    step_on_meta(trainer(DEFAULTS.model_copy(update={"optimizer": optimizer, "momentum": 0.9})))


def test_a_training_that_moves_from_one_device_to_another_takes_the_same_steps() -> None:
    moved = trainer()
    for count, _ in enumerate(moved.run(), start=1):
        if count == 30:
            break
    moved.move_to(Device())
    assert ended(moved) == undisturbed(DEFAULTS)


@pytest.mark.parametrize("consistency", [0.0, 0.5])
def test_a_batch_in_portions_gives_the_step_of_the_whole(consistency: float) -> None:
    noise = [f"{place}_dropout" for place in ("token", "embedding", "weight", "output")]
    without_noise = NETWORK.model_copy(update=dict.fromkeys(noise, 0.0))
    config = replace_config(consistency=consistency)
    whole, split = (trainer(config, network=without_noise) for _ in range(2))
    max_tokens = 20
    sizes: list[int] = []
    loss_sum = split.task.loss_sum

    def counted(sequences: TokenSequences, rows: NDArray[np.int64]) -> Tensor:
        sizes.append(len(rows) * int(sequences.lengths[rows[0]]))
        return loss_sum(sequences, rows)

    expected = list(islice(whole.run(), 15))
    limit = patch("sentiment.training.loop.trainer.most_tokens", lambda _: max_tokens)
    with limit, patch.object(split.task, "loss_sum", counted):
        for found, step in zip(islice(split.run(), 15), expected, strict=True):
            assert isinstance(found, StepReport)
            assert isinstance(step, StepReport)
            assert found.loss == pytest.approx(step.loss, rel=1e-4)
    assert max(sizes) <= max_tokens
    assert len(sizes) > 15
    for name, weight in split.model.state_dict().items():
        assert torch.allclose(weight, whole.model.state_dict()[name], atol=1e-3), name


@needs_bfloat16
@pytest.mark.parametrize("consistency", [0.0, 0.5])
def test_bfloat16_learns_nearly_the_same_and_keeps_float32_weights(consistency: float) -> None:
    config = replace_config(consistency=consistency)
    exact, coarse = trainer(config), trainer(config)
    coarse.move_to(Device("cpu", "bfloat16"))
    assert finish(exact) != finish(coarse)
    assert {tensor.dtype for tensor in coarse.best.values()} == {torch.float32}
    for ours, theirs in zip(coarse.progress.history, exact.progress.history, strict=True):
        assert ours["training_loss"] == pytest.approx(theirs["training_loss"], rel=0.02)


def test_seeds_differ_and_one_seed_repeats() -> None:
    first, again = finish(trainer()), finish(trainer())
    other = finish(trainer(DEFAULTS.model_copy(update={"seed": 1})))
    assert first == again
    assert first != other


def test_rows_of_a_small_batch_weigh_what_others_weigh() -> None:
    """With plain SGD, no noise and one step each, a row moves the weights alike in a batch of 1 or of 16."""
    config = DEFAULTS.model_copy(update={"optimizer": "sgd", "schedule": "constant", "gradient_clip": None})
    moves = []
    for copies in (1, 16):
        torch.manual_seed(0)
        model = RecurrentClassifier(ModelConfig(embedding_size=4, hidden_size=4), VOCAB_SIZE, 2)
        before = model.output.weight.detach().clone()
        sequences = TokenSequences(
            np.tile(np.array([3, 1, 4], dtype=np.int32), copies),
            np.arange(copies + 1, dtype=np.int64) * 3,
            np.zeros(copies, dtype=np.bool_),
        )
        labels = np.ones(copies, dtype=np.int64)
        task = ClassificationTask(model, config, FixedSequences(sequences), labels, None)
        learner = Trainer(model, config, task)
        next(iter(learner.run()))
        moves.append((model.output.weight.detach() - before) / copies)
    torch.testing.assert_close(moves[0], moves[1])


def test_consistency_is_cross_entropy_and_the_divergence_of_two_passes() -> None:
    """Two fixed answers stand in for the two passes; the divergence is written out as the paper has it."""
    logits = torch.tensor([[[1.0, 0.0], [0.5, -0.5]], [[0.0, 2.0], [1.0, 1.0]]])
    loss = consistent_loss(logits, torch.tensor([0, 1]), 0.7)
    p, q = logits.double().softmax(2).numpy()
    cross_entropy = -0.5 * (np.log(p[[0, 1], [0, 1]]) + np.log(q[[0, 1], [0, 1]])).sum()
    divergence = 0.5 * (p * np.log(p / q)).sum() + 0.5 * (q * np.log(q / p)).sum()
    assert loss.item() == pytest.approx(cross_entropy + 0.7 * divergence, rel=1e-5)


def test_consistency_takes_distributions_too() -> None:
    logits = torch.tensor([[[1.0, 0.0]], [[0.0, 2.0]]])
    loss = consistent_loss(logits, torch.tensor([[0.25, 0.75]]), 2.0)
    log_p, log_q = torch.tensor([[1.0, 0.0], [0.0, 2.0]]).log_softmax(dim=1)
    target = torch.tensor([0.25, 0.75])
    cross_entropy = -(target @ log_p + target @ log_q) / 2
    torch.testing.assert_close(loss, cross_entropy + ((log_p.exp() - log_q.exp()) * (log_p - log_q)).sum())


def test_consistency_makes_two_passes_agree() -> None:
    def disagreement(consistency: float) -> float:
        learner = trainer(replace_config(consistency=consistency, epochs=6))
        list(learner.run())
        torch.manual_seed(0)
        with torch.no_grad():
            first, second = (learner.model.train()(torch.full((400, 4), 5)).softmax(1) for _ in range(2))
        return float((first - second).abs().mean())

    assert disagreement(4.0) < 0.7 * disagreement(0.0)


def test_steps_report_where_they_stand() -> None:
    reports = list(trainer().run())
    steps = [report for report in reports if isinstance(report, StepReport)]
    assert [report.step for report in steps] == list(range(1, len(steps) + 1))
    assert [report.rows_seen for report in steps if report.epoch == 1][-1] == 300
    assert [report.epoch for report in reports if isinstance(report, EpochReport)] == [1, 2, 3]
    assert steps[0].learning_rate == pytest.approx(0.01, rel=1e-3)
    assert steps[-1].learning_rate < 0.001


def test_patience_ends_a_training_that_no_longer_improves() -> None:
    stuck = trainer(DEFAULTS.model_copy(update={"epochs": 50, "patience": 2, "learning_rate": 1e-9}))
    reports = [report for report in stuck.run() if isinstance(report, EpochReport)]
    assert stuck.progress.best_epoch == 1
    assert len(reports) == 3


def test_the_best_epoch_is_kept_and_not_the_last() -> None:
    learner = trainer(DEFAULTS.model_copy(update={"select_by": "log_loss", "epochs": 8, "learning_rate": 0.1}))
    reports = [report for report in learner.run() if isinstance(report, EpochReport)]
    losses = [report.figures["log_loss"] or 0.0 for report in reports]
    assert learner.progress.best_epoch == losses.index(min(losses)) + 1
    learner.model.load_state_dict(learner.best)
    probabilities = softmax(predict_logits(learner.model, VALIDATION.sequences))
    truth = probabilities[np.arange(len(VALIDATION.labels)), VALIDATION.labels]
    assert -np.log(truth).mean() == pytest.approx(min(losses), rel=1e-5)


def test_without_validation_rows_the_last_epoch_is_kept() -> None:
    learner = trainer(validation=None)
    reports = [report for report in learner.run() if isinstance(report, EpochReport)]
    assert [report.figures["accuracy"] for report in reports] == [None, None, None]
    assert learner.progress.best_epoch == 3


def test_a_loss_that_is_no_number_stops_with_where_and_what_to_do() -> None:
    broken = trainer()
    with torch.no_grad():
        broken.model.get_parameter("output.bias").fill_(float("nan"))
    with pytest.raises(TrainingError, match=r"the loss became nan at step 1 \(epoch 1\); lower training.learning_rate"):
        next(iter(broken.run()))


@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine"])
def test_rows_of_one_batch_are_learned_from(schedule: str) -> None:
    lone = trainer(replace_config(schedule=schedule, warmup_fraction=0.05, epochs=1, batch_size=1_000))
    one_length = np.flatnonzero(TRAINING.sequences.lengths == 3)
    input_ids = TRAINING.sequences.batch(one_length).astype(np.int32).ravel()
    sequences = TokenSequences(input_ids, 3 * np.arange(len(one_length) + 1), np.zeros(len(one_length), dtype=np.bool_))
    before = {name: parameter.clone() for name, parameter in lone.model.named_parameters()}
    report = lone._step(sequences, np.arange(len(sequences)))
    assert report.learning_rate > 0.0
    after = dict(lone.model.named_parameters())
    assert not torch.equal(before["output.weight"], after["output.weight"])


def test_every_step_of_a_training_has_a_rate() -> None:
    reports = trainer(replace_config(warmup_fraction=0.5)).run()
    rates = [report.learning_rate for report in reports if isinstance(report, StepReport)]
    assert min(rates) > 0.0
    assert max(rates) <= DEFAULTS.learning_rate


def test_a_diverging_loss_stops() -> None:
    wild = trainer(
        replace_config(learning_rate=1e3, optimizer="sgd", gradient_clip=None, schedule="constant", epochs=50)
    )
    with pytest.raises(TrainingError, match=r"the loss (diverged to|became)"):
        list(wild.run())


def test_one_costly_batch_at_the_beginning_is_no_divergence() -> None:
    """Batches are of one length, and the first may be of the few rows that the network is worst at."""
    unlucky = trainer(replace_config(learning_rate=1e-6))
    steps = iter(unlucky.run())
    loss_sum = unlucky.task.loss_sum
    unlucky.task.loss_sum = lambda *batch: 20.0 * loss_sum(*batch)  # type: ignore[method-assign]
    assert next(steps).loss > 10.0 * unlucky.task.guess_loss  # type: ignore[union-attr]
    unlucky.task.loss_sum = loss_sum  # type: ignore[method-assign]
    next(steps)


def test_scores_of_validation_rows_that_overflow_are_told() -> None:
    broken = trainer()
    with torch.no_grad():
        broken.model.get_parameter("output.bias").fill_(float("inf"))
    with pytest.raises(TrainingError, match="the scores of a validation row became NaN or infinite; lower"):
        broken.task.validate()


def replace_config(**changes: object) -> TrainingConfig:
    return DEFAULTS.model_copy(update=changes)


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, trainer().checkpoint(), "id")
    checkpoint = read_checkpoint(tmp_path, "id")
    assert checkpoint is not None
    tensors = {name: tensor for name, tensor in checkpoint.tensors.items() if "embedding" not in name}
    with pytest.raises(TrainingError, match="does not fit the network"):
        trainer().restore(replace(checkpoint, tensors=tensors))
