"""What the English classifier learns from reviews without labels."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from english_sentences import NEGATIVE, POSITIVE
from english_targets import MEASURED_ON, made_texts, sharpened
from sentiment.data import load_rows


@given(st.lists(st.floats(0.001, 0.999), min_size=1), st.floats(1.0, 4.0))
def test_sharper_answers_are_distributions_with_the_odds_raised(positive: list[float], power: float) -> None:
    before = np.stack([1 - np.array(positive), positive], axis=1)
    after = sharpened(before, power)
    np.testing.assert_allclose(after.sum(axis=1), 1.0)
    np.testing.assert_allclose(
        np.log(after[:, 1] / after[:, 0]), power * np.log(before[:, 1] / before[:, 0]), atol=1e-9
    )


def test_written_texts_follow_composed_ones(tmp_path: Path) -> None:
    (tmp_path / "written.csv").write_text("text,label\nworth it,positive\nnever again,negative\n", encoding="utf-8")
    texts, classes = made_texts(20, tmp_path / "written.csv", 0)
    assert len(texts) == len(set(texts)) == 22
    assert texts[-2:] == ["worth it", "never again"]
    np.testing.assert_array_equal(classes[-2:], [POSITIVE, NEGATIVE])
    assert classes[:-2].sum() == 10


def test_none_is_measured_on(tmp_path: Path) -> None:
    measured = load_rows(MEASURED_ON, notify=lambda _line: None).texts[0].replace('"', '""')
    (tmp_path / "written.csv").write_text(f'text,label\n"{measured}",positive\nworth it,positive\n', encoding="utf-8")
    assert made_texts(0, tmp_path / "written.csv", 0)[0] == ["worth it"]
