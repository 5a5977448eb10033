"""Classes fitted on vectors: careful where rows are few, led by a direction that is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sentiment.training.probing.readout import (
    STRENGTHS,
    USUAL_STRENGTH,
    Direction,
    ReadoutRows,
    choose_strength,
    fit_readout,
)

SIZE = 60


def rows_along(direction: NDArray[np.float32], number: int, seed: int, *, noise: float = 1.0) -> ReadoutRows:
    """Draw vectors whose place along a direction tells the class; all else about them is noise."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(number) % 2)
    vectors = rng.normal(size=(number, SIZE)) * noise + np.outer(2 * labels - 1, direction)
    return ReadoutRows(vectors.astype(np.float32), labels, 2)


def axis() -> NDArray[np.float32]:
    direction = np.zeros(SIZE, dtype=np.float32)
    direction[0] = 1.0
    return direction


def accuracy(train: ReadoutRows, test: ReadoutRows, strength: float = 1.0) -> float:
    answers = fit_readout(train, strength).probabilities(test.vectors).argmax(axis=1)
    return float((answers == test.labels).mean())


def test_it_learns_what_many_rows_tell() -> None:
    assert accuracy(rows_along(2 * axis(), 2_000, 0), rows_along(2 * axis(), 2_000, 1)) > 0.95


def test_a_known_direction_leads_where_rows_are_few() -> None:
    train, test = rows_along(axis(), 20, 0), rows_along(axis(), 2_000, 1)
    led = ReadoutRows(train.vectors, train.labels, 2, Direction(axis(), 0.0))
    assert accuracy(led, test) > 0.75
    assert accuracy(train, test) < accuracy(led, test) - 0.05


def test_a_known_direction_that_tells_nothing_is_given_up() -> None:
    train, test = rows_along(2 * axis(), 1_000, 0), rows_along(2 * axis(), 2_000, 1)
    misled = ReadoutRows(train.vectors, train.labels, 2, Direction(np.roll(axis(), 1), 0.0))
    assert accuracy(misled, test) > 0.95


@given(st.integers(0, 100), st.floats(-50.0, 50.0), st.sampled_from(STRENGTHS))
@settings(deadline=None, max_examples=20)
def test_where_the_vectors_lie_makes_no_difference(seed: int, shift: float, strength: float) -> None:
    rows = rows_along(axis(), 40, seed)
    moved = ReadoutRows(rows.vectors + np.float32(shift), rows.labels, 2)
    expected = fit_readout(rows, strength).probabilities(rows.vectors)
    np.testing.assert_allclose(fit_readout(moved, strength).probabilities(moved.vectors), expected, atol=0.02)


@given(st.integers(0, 100), st.floats(-50.0, 50.0))
@settings(deadline=None, max_examples=20)
def test_a_class_without_a_row_is_unlikely_wherever_the_vectors_lie(seed: int, shift: float) -> None:
    rows = rows_along(axis(), 40, seed)
    moved = ReadoutRows(rows.vectors + np.float32(shift), rows.labels, 3)
    answers = fit_readout(moved, 1.0).probabilities(moved.vectors)
    expected = fit_readout(ReadoutRows(rows.vectors, rows.labels, 3), 1.0).probabilities(rows.vectors)
    np.testing.assert_allclose(answers, expected, atol=0.02)
    assert 0.0 < answers[:, 2].mean() < 0.05


def test_a_class_without_a_row_is_never_the_likeliest() -> None:
    rows = rows_along(2 * axis(), 200, 0)
    readout = fit_readout(ReadoutRows(rows.vectors, rows.labels, 4), 1.0)
    assert readout.weight.shape == (4, SIZE)
    assert readout.probabilities(rows.vectors).argmax(axis=1).max() < 2


def test_nearly_as_many_classes_as_rows_are_no_reason_to_warn(recwarn: pytest.WarningsRecorder) -> None:
    vectors = np.random.default_rng(0).normal(size=(30, SIZE)).astype(np.float32)
    fit_readout(ReadoutRows(vectors, np.arange(30) // 2, 15), 1.0)
    fit_readout(ReadoutRows(vectors, np.arange(30) % 20, 20), 1.0)
    assert not list(recwarn)


def test_balanced_classes_count_alike() -> None:
    rows = rows_along(0.2 * axis(), 2_000, 0)
    kept = np.flatnonzero((rows.labels == 1) | (np.arange(2_000) % 20 == 0))
    rare = rows.select(kept)
    plain, balanced = (
        fit_readout(rare, 0.01, balanced=flag).probabilities(rows.vectors)[:, 0] for flag in (False, True)
    )
    assert plain.mean() < 0.2
    assert balanced.mean() == pytest.approx(0.5, abs=0.1)


def test_the_strength_is_chosen_by_rows_that_were_left_out() -> None:
    clear = choose_strength(rows_along(3 * axis(), 600, 0), np.arange(600), seed=0)
    assert clear.found is not None
    assert clear.found.accuracy > 0.95
    random = choose_strength(rows_along(0 * axis(), 600, 0), np.arange(600), seed=0)
    assert random.found is not None
    assert random.found.probabilities.sum(axis=1) == pytest.approx(1.0)
    assert random.found.accuracy == pytest.approx(0.5, abs=0.1)
    assert random.strength <= USUAL_STRENGTH


def test_a_row_on_the_wrong_side_does_not_choose_for_all_others() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 2
    vectors = np.outer(2 * labels - 1, axis()) + 0.05 * rng.normal(size=(200, SIZE))
    vectors[7, 0] *= -3
    chosen = choose_strength(ReadoutRows(vectors.astype(np.float32), labels, 2), np.arange(200), seed=0)
    assert chosen.strength > USUAL_STRENGTH
    assert chosen.found is not None
    assert chosen.found.logits.min() < np.log(1e-4)  # scores are not cut where losses are


@pytest.mark.parametrize("labels", [[0], [0, 0, 0], [0, 1]])
def test_too_few_rows_to_choose_take_the_usual_strength(labels: list[int]) -> None:
    vectors = np.random.default_rng(0).normal(size=(len(labels), SIZE)).astype(np.float32)
    chosen = choose_strength(ReadoutRows(vectors, np.array(labels), 2), np.arange(len(labels)), seed=0)
    assert (chosen.strength, chosen.found) == (USUAL_STRENGTH, None)


def test_two_texts_however_often_they_stand_there_are_too_few_to_cross_validate() -> None:
    vectors = np.array([axis(), -axis()] * 20, dtype=np.float32)
    rows = ReadoutRows(vectors, np.array([0, 1] * 20), 2)
    assert choose_strength(rows, np.array([0, 1] * 20), seed=0).found is None
    assert choose_strength(rows, np.arange(40), seed=0).found is not None
