"""The comparison of systems: what it measures, what it keeps, and a picture in which no name covers another."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from label_placement import Box, place_labels
from pareto import Entry, measure
from pareto_picture import draw_pareto
from pareto_results import PUBLISHED, Comparison, Result, Speed, frontier, published
from pareto_systems import Answers, named
from sentiment.data import LabelledTexts
from sentiment.data.rows import RowCounts

COORDINATES = st.floats(0, 400, allow_nan=False)
POINTS = st.lists(st.tuples(COORDINATES, COORDINATES), min_size=1, max_size=12)


def result(name: str, accuracy: float, megabytes: float, rate: float | None) -> Result:
    speed = Speed(rate, 0.9 * rate, 1.2 * rate, 5) if rate else None
    return Result(name, "other", accuracy, (accuracy - 0.003, accuracy + 0.003), megabytes, "its file", speed)


CROWDED = (
    replace(result("default", 0.894, 8.0, 5_000), kind="ours"),
    replace(result("bilstm", 0.871, 9.7, 12_000), kind="ours"),
    result("fastText, words + subwords", 0.8650, 136.0, 90_000),
    result("fastText, characters", 0.8652, 132.0, 85_000),
    result("fastText, words + subwords, quantized", 0.8645, 1.9, 80_000),
    result("fastText, characters, quantized", 0.8646, 1.8, 79_000),
    result("TF-IDF + linear", 0.8744, 9.9, 11_000),
    result("textbook BiLSTM", 0.83, 3.3, 9_000),
    *PUBLISHED,
)


@given(POINTS)
def test_no_point_of_the_frontier_is_beaten_and_every_other_is(points: list[tuple[float, float]]) -> None:
    best = frontier(points)
    for cost, accuracy in points:
        beaten = any(c <= cost and a >= accuracy and (c, a) != (cost, accuracy) for c, a in points)
        assert ((cost, accuracy) in best) == (not beaten)


@settings(deadline=None)
@given(POINTS)
def test_labels_cover_neither_marks_nor_each_other(marks: list[tuple[float, float]]) -> None:
    bounds = Box(-100, -100, 500, 500)
    legend = Box(350, 0, 400, 60)
    labels = place_labels(marks, [(90.0, 12.0)] * len(marks), bounds, 5, [legend])
    around = [Box(x - 5, y - 5, x + 5, y + 5) for x, y in marks]
    for number, label in enumerate(labels):
        assert label.is_within(bounds)
        assert not any(label.overlaps(other) for other in [*labels[:number], *around, legend])


def test_a_label_without_room_is_an_error_and_not_left_out() -> None:
    with pytest.raises(ValueError, match="no room for label 1 of 2"):
        place_labels([(50, 10), (50, 10)], [(80, 12)] * 2, Box(0, 0, 100, 34), 5)


def test_the_same_results_give_the_same_bytes_with_every_name_in_them() -> None:
    picture = draw_pareto(CROWDED)
    assert picture == draw_pareto(CROWDED)
    content = picture.decode()
    for system in CROWDED:
        assert content.count(f">{system.name}</text>") == (2 if system.speed else 1)
    assert not re.search(r"<dc:date>", content)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    comparison = Comparison({"test_rows": 3}, CROWDED)
    comparison.write(tmp_path / "docs" / "pareto.json")
    assert Comparison.read(tmp_path / "docs" / "pareto.json") == comparison
    assert [path.name for path in (tmp_path / "docs").iterdir()] == ["pareto.json"]


def test_the_table_tells_measured_from_published() -> None:
    several = (published("KoBERT", 351, 89.6, 90.1), result("linear", 0.87, 9.94, 11_000))
    kobert, linear = Comparison({}, several).to_markdown().splitlines()[2:]
    assert kobert == "| KoBERT | 89.6 to 90.1, published | 351 | not measured | as published |"
    assert linear == "| linear | 87.00 (86.70 to 87.30) | 9.94 | 11,000 (9,900 to 13,200) | its file |"


@dataclass
class Slowing:
    """Answers by a rule, and takes a second more each time."""

    name: str
    megabytes: float = 1.0
    stored: str = "nothing"
    calls: int = 0

    def answer(self, texts: Sequence[str]) -> Answers:
        self.calls += 1
        return Answers([None if text == "?" else text for text in texts], float(self.calls))


def test_the_first_round_is_not_timed_and_no_answer_is_a_wrong_one() -> None:
    rows = LabelledTexts("made up", ["a", "a", "b", "?"], ["a", "b", "b", "b"], RowCounts(4, 4), "text", "label")
    (measured,) = measure([Entry(Slowing("rule"), "other")], rows, rounds=3)
    assert measured.accuracy == 0.5
    assert measured.speed == Speed(median=4 / 3, lowest=1.0, highest=2.0, rounds=3)


def test_a_row_without_probabilities_has_no_label() -> None:
    probabilities = np.array([[0.2, 0.8], [np.nan, np.nan], [0.9, 0.1]], dtype=np.float32)
    assert named(("negative", "positive"), probabilities) == ["positive", None, "negative"]
