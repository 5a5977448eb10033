"""Draws of few labels: what is learned from, what is answered, and what of both stands already."""

from pathlib import Path

import pytest

from few_labels import USUAL_DRAWS, Task, write_table
from sentiment.errors import DataError


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n" + "".join(f"text {number},{number % 2}\n" for number in range(200)))
    return str(path)


def test_no_draw_learns_from_what_it_answers(source: str) -> None:
    for validate in (False, True):
        for seed in range(USUAL_DRAWS):
            draw = Task(source, None, None, validate, USUAL_DRAWS).draw(None, seed)
            assert len(draw.answered.texts) == 20
            assert not {*draw.training.texts} & {*draw.answered.texts}


@pytest.mark.parametrize("num_draws", [1, USUAL_DRAWS, 7])
def test_rows_to_choose_by_are_tested_in_no_draw(source: str, num_draws: int) -> None:
    test, validation = (Task(source, None, None, validate, num_draws) for validate in (False, True))
    tested = {text for seed in range(max(num_draws, USUAL_DRAWS)) for text in test.draw(30, seed).answered.texts}
    chosen_by = {text for seed in range(num_draws) for text in validation.draw(30, seed).answered.texts}
    assert len(tested) > 60
    assert len(chosen_by) >= 20
    assert not tested & chosen_by


def test_rows_of_another_source_are_not_taken_for_those_of_the_draw(tmp_path: Path, source: str) -> None:
    other = tmp_path / "elsewhere" / "rows.csv"
    other.parent.mkdir()
    other.write_text("text,label\n" + "".join(f"sentence {number},{number % 2}\n" for number in range(200)))
    ours, theirs = (Task(path, None, None, False, USUAL_DRAWS).draw(30, 0) for path in (source, str(other)))
    table = write_table(ours, tmp_path / "out")
    before = table.read_bytes()
    assert write_table(ours, tmp_path / "out") == table
    with pytest.raises(DataError, match="contains other rows than this draw; choose another folder with --out"):
        write_table(theirs, tmp_path / "out")
    assert table.read_bytes() == before
