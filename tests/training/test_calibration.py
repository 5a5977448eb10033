"""The temperature: found where there is one, and the same for torch and for the exported file."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sentiment.metrics import log_loss
from sentiment.nn import RecurrentClassifier
from sentiment.stats.scaling import fit_temperature
from sentiment.text.sequences import TokenSequences
from sentiment.training.export.calibration import calibrate
from sentiment.training.export.onnx import compare_onnx, write_onnx
from sentiment.training.loop.answers import predict_logits
from sentiment.training.loop.rows import LabelledSequences
from tests.training.exports import difference

# Matrices of fewer than 4,096 weights stay float32 at int8.
LARGE_ENOUGH = {"embedding_size": 64, "hidden_size": 66}

Build = Callable[..., RecurrentClassifier]
Draw = Callable[[Sequence[int]], TokenSequences]


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(torch.from_numpy(logits).softmax(dim=1))


def drawn_labels(logits: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """Draw the truth as softmax(logits) says, so that its own temperature is 1."""
    uniform = np.random.default_rng(seed).random((len(logits), 1))
    return np.asarray((softmax(logits).cumsum(axis=1)[:, :-1] < uniform).sum(axis=1), dtype=np.int64)


@given(st.integers(0, 10_000), st.integers(2, 5), st.floats(0.2, 5.0))
@settings(deadline=None, max_examples=10)
def test_a_known_temperature_is_found(seed: int, classes: int, temperature: float) -> None:
    logits = np.random.default_rng(seed).normal(scale=2.0, size=(20_000, classes))
    fitted = fit_temperature(logits * temperature, drawn_labels(logits, seed))
    assert fitted == pytest.approx(temperature, rel=0.08)


@given(st.integers(0, 10_000), st.floats(0.1, 10.0))
@settings(deadline=None, max_examples=30)
def test_no_temperature_near_it_is_better(seed: int, temperature: float) -> None:
    logits = np.random.default_rng(seed).normal(scale=2.0, size=(200, 3))
    labels = drawn_labels(logits, seed)
    fitted = fit_temperature(logits * temperature, labels)
    assert isinstance(fitted, float)
    losses = [
        log_loss(labels, softmax(logits * temperature / (fitted * factor))) for factor in (0.9, 0.999, 1, 1.001, 1.1)
    ]
    assert losses.index(min(losses)) == 2


@pytest.mark.parametrize(
    ("logits", "labels", "reason"),
    [
        ([[2.0, 0.0], [0.0, 1.0]], [0, 1], "every validation row is predicted correctly"),
        ([[2.0, 0.0], [0.0, 1.0]], [1, 0], "no temperature from 0.015625 to 64 is the best one"),
        ([[1.0, 1.0], [3.0, 3.0]], [1, 0], "every validation row is predicted correctly"),
        ([[np.nan, 1.0], [3.0, 3.0]], [1, 0], "are NaN or infinite"),
    ],
)
def test_where_there_is_none_it_says_why(logits: list[list[float]], labels: list[int], reason: str) -> None:
    fitted = fit_temperature(np.array(logits), np.array(labels))
    assert isinstance(fitted, str)
    assert reason in fitted


def overconfident_network(
    model: RecurrentClassifier, sequences: TokenSequences
) -> tuple[RecurrentClassifier, LabelledSequences]:
    """Make the logits of a network eight times as large as its right answers warrant."""
    with torch.no_grad():
        model.output.weight.mul_(6.0)
    labels = drawn_labels(predict_logits(model, sequences).astype(np.float64), seed=0)
    with torch.no_grad():
        model.output.weight.mul_(8.0)
        model.output.bias.mul_(8.0)
    return model, LabelledSequences(sequences, labels)


@pytest.fixture
def overconfident(build_network: Build, draw_sequences: Draw) -> tuple[RecurrentClassifier, LabelledSequences]:
    return overconfident_network(build_network(), draw_sequences([1 + n % 7 for n in range(3_000)]))


def test_an_overconfident_network_becomes_calibrated_and_answers_the_same(
    overconfident: tuple[RecurrentClassifier, LabelledSequences],
) -> None:
    model, rows = overconfident
    logits = predict_logits(model, rows.sequences)
    calibration = calibrate(logits, rows, enabled=True)
    after = softmax(logits.astype(np.float64) / calibration.temperature)
    assert calibration.temperature == pytest.approx(8.0, rel=0.2)
    assert calibration.before is not None
    assert calibration.after is not None
    assert calibration.before.ece > 0.2
    assert calibration.after.ece < 0.05
    assert calibration.after.log_loss == pytest.approx(log_loss(rows.labels, after), abs=1e-5)
    assert (logits.argmax(axis=1) == after.argmax(axis=1)).all()
    assert calibrate(logits, rows, enabled=True) == calibration


@pytest.mark.parametrize(("precision", "least", "most"), [("float32", 0.0, 1e-5), ("int8", 1e-5, 0.05)])
def test_the_exported_file_is_compared_at_the_temperature_and_does_not_hold_it(
    build_network: Build,
    draw_sequences: Draw,
    tmp_path: Path,
    precision: Literal["float32", "int8"],
    least: float,
    most: float,
) -> None:
    sequences = draw_sequences([1 + n % 7 for n in range(1_000)])
    model, rows = overconfident_network(build_network(**LARGE_ENOUGH), sequences)
    path = tmp_path / "model.onnx"
    written = write_onnx(model, path, precision, rows.sequences, rows, "do this", print)
    temperature = calibrate(written.logits, rows, enabled=True).temperature
    export = compare_onnx(model, path, written, rows.sequences)
    calmer = compare_onnx(model, path, written, rows.sequences, temperature)
    assert least <= calmer.largest_difference <= most
    assert calmer.largest_difference < export.largest_difference
    with torch.no_grad():
        model.output.weight.mul_(2.0)
    assert difference(model, path, rows.sequences, temperature) > 2 * most


@pytest.mark.parametrize(
    ("n", "enabled", "reason"),
    [
        (99, True, "99 validation rows are too few, at least 100 are needed"),
        (3_000, False, "training.calibrate is off"),
    ],
)
def test_a_network_that_is_not_calibrated_keeps_1(
    overconfident: tuple[RecurrentClassifier, LabelledSequences],
    draw_sequences: Draw,
    n: int,
    enabled: bool,
    reason: str,
) -> None:
    model, rows = overconfident
    few = LabelledSequences(draw_sequences([1] * n), rows.labels[:n])
    calibration = calibrate(predict_logits(model, few.sequences), few, enabled=enabled)
    assert (calibration.temperature, calibration.reason) == (1.0, reason)
    assert reason in calibration.summary()
