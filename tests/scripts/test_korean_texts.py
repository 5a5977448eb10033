"""Korean texts made for training: composed ones, then written ones, and none that is measured on."""

from collections import Counter
from pathlib import Path

import numpy as np

from korean_sentences import NEGATIVE, NEUTRAL, POSITIVE
from korean_texts import CLASSES, LABELS, MEASURED_ON, made_texts
from sentiment.data import load_rows


def test_written_ones_follow_composed_ones(tmp_path: Path) -> None:
    (tmp_path / "written.csv").write_text("text,label\n또 갈게요,positive\n3층입니다,neutral\n", encoding="utf-8")
    made = made_texts(30, tmp_path / "written.csv", 0)
    assert len(made.texts) == len(set(made.texts)) == 32
    assert made.num_composed == 30
    assert made.texts[30:] == ["또 갈게요", "3층입니다"]
    np.testing.assert_array_equal(made.classes[30:], [POSITIVE, NEUTRAL])
    assert Counter(made.classes[:30].tolist()) == {NEGATIVE: 10, NEUTRAL: 10, POSITIVE: 10}


def test_none_is_measured_on(tmp_path: Path) -> None:
    measured = [load_rows(source, notify=lambda _line: None).texts[0] for source in MEASURED_ON]
    lines = "".join(f'"{text}",positive\n' for text in [*measured, "또 갈게요"])
    (tmp_path / "written.csv").write_text(f"text,label\n{lines}", encoding="utf-8")
    assert made_texts(0, tmp_path / "written.csv", 0).texts == ["또 갈게요"]


def test_labels_are_in_the_order_of_their_numbers() -> None:
    assert [CLASSES[label] for label in LABELS] == [0, 1, 2]
