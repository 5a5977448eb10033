"""What the model of opinions learns from texts without its labels, and how models are compared by subject."""

from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from accuracy_by_domain import Rows, figures
from opinion_targets import RatedTexts, replayed, targets

SHARES = st.floats(0.001, 0.999)


@given(st.lists(st.tuples(SHARES, SHARES, SHARES, st.sampled_from([0.0, 1.0, np.nan]), st.booleans()), min_size=1))
def test_targets_are_distributions_on_the_side_of_the_stars(
    drawn: list[tuple[float, float, float, float, bool]],
) -> None:
    first, second, positive, known, is_mild = (np.array(column) for column in zip(*drawn, strict=True))
    three = np.stack([first, second, np.full(len(drawn), 0.5)], axis=1)
    three /= three.sum(axis=1, keepdims=True)
    found = targets(RatedTexts(["text"] * len(drawn), known, is_mild), three, positive)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert (found >= 0.0).all()
    clear = ~np.isnan(known) & ~is_mild
    assert ((found[clear, 2] > found[clear, 0]) == (known[clear] == 1.0)).all()
    np.testing.assert_allclose(found[np.isnan(known), 1], three[np.isnan(known), 1])


def test_a_review_that_is_surely_on_one_side_is_hardly_neutral() -> None:
    rows = RatedTexts(["sure", "in doubt"], np.array([1.0, 1.0]), np.array([False, False]))
    sure, in_doubt = targets(rows, np.array([[0.2, 0.6, 0.2]] * 2), np.array([0.99, 0.5]))[:, 1]
    assert sure < 0.05
    assert in_doubt > 0.3


def test_some_texts_and_composed_ones_and_all_written_ones_are_read_again() -> None:
    again = replayed(num_texts=1_000, num_composed=300, total=1_350, seed=0)
    assert len(again) == len(set(again.tolist())) == 300 + 100 + 50
    assert [((again >= low) & (again < high)).sum() for low, high in ((0, 1_000), (1_000, 1_300))] == [300, 100]
    assert again[-50:].tolist() == [*range(1_300, 1_350)]


def test_answers_are_forced_to_two_sides_and_neutral_is_counted_apart() -> None:
    probabilities = np.array([[0.5, 0.1, 0.4], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.4, 0.2, 0.4], [0.1, 0.2, 0.7]])
    classifier: Any = SimpleNamespace(
        labels=("negative", "neutral", "positive"), probabilities=lambda _texts: probabilities
    )
    labels = np.array(["negative", "positive", "neutral", "neutral", "positive"])
    assert figures(classifier, Rows("rows", ["text"] * 5, labels)) == ["66.7", "75.0", "50.0"]
