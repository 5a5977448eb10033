"""What the English classifier learns from reviews without labels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from english_targets import sharpened


@given(st.lists(st.floats(0.001, 0.999), min_size=1), st.floats(1.0, 4.0))
def test_sharper_answers_are_distributions_with_the_odds_raised(positive: list[float], power: float) -> None:
    before = np.stack([1 - np.array(positive), positive], axis=1)
    after = sharpened(before, power)
    np.testing.assert_allclose(after.sum(axis=1), 1.0)
    np.testing.assert_allclose(
        np.log(after[:, 1] / after[:, 0]), power * np.log(before[:, 1] / before[:, 0]), atol=1e-9
    )
