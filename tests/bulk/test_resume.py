"""A run that was killed goes on to the bytes of an undisturbed one, wherever the kill came."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentiment.bulk.output.journal import Journal
from sentiment.errors import DataError, Interrupted, OutputError
from tests.bulk.conftest import Answer, ChecksumScorer, Killed

ROWS = "id,text\n" + "".join(
    f'{number},"word {"more " * (number % 3)}"\n' if number % 7 else "broken\n" for number in range(40)
)


def set_window_rows(patch: pytest.MonkeyPatch, number: int) -> None:
    patch.setattr("sentiment.tables.text_files.text_table.WINDOW_ROWS", number)
    patch.setattr("sentiment.bulk.tables.WINDOW_ROWS", number)


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    set_window_rows(monkeypatch, 4)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    return path


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kills=st.lists(st.integers(0, 9), max_size=3),
    torn=st.binary(max_size=30).filter(lambda torn: b"\n" not in torn),
    suffix=st.sampled_from([".csv", ".csv.gz"]),
)
def test_killed_in_any_window(
    answer: Answer, table: Path, tmp_path_factory: pytest.TempPathFactory, kills: list[int], torn: bytes, suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("out")
    output, rejects = folder / f"out{suffix}", folder / "rejects.jsonl"
    undisturbed, undisturbed_rejects = folder / f"whole{suffix}", folder / "whole.jsonl"
    expected = answer(table, output=undisturbed, rejects=undisturbed_rejects)
    for calls in kills:
        try:
            answer(table, output=output, rejects=rejects, resume=True, scorer=ChecksumScorer(calls_left=calls))
        except Killed:
            assert not output.exists()
            # What a kill leaves half written: bytes behind the last state, and half a line of the journal.
            for half_written in (
                *folder.glob("out*.part"),
                *folder.glob("rejects*.part"),
                *folder.glob("out*.journal"),
            ):
                half_written.write_bytes(half_written.read_bytes() + torn)
        else:
            output.unlink()
            rejects.unlink()
    run = answer(table, output=output, rejects=rejects, resume=True)
    assert run.counts == expected.counts
    assert output.read_bytes() == undisturbed.read_bytes()
    assert rejects.read_bytes() == undisturbed_rejects.read_bytes()
    assert files_in(folder) == {output.name, rejects.name, undisturbed.name, undisturbed_rejects.name}
    if suffix == ".csv.gz":
        assert gzip.decompress(output.read_bytes()) == answer(table, rejects=rejects, force=True).stdout


def cut_off(answer: Answer, table: Path, output: Path, calls: int = 3, **options: object) -> None:
    with pytest.raises(Killed):
        answer(
            table,
            output=output,
            rejects=output.with_suffix(".rejects"),
            scorer=ChecksumScorer(calls_left=calls),
            **options,
        )


def test_it_goes_on_and_does_nothing_twice(answer: Answer, table: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    cut_off(answer, table, output, calls=6)
    scorer = ChecksumScorer(calls_left=4)
    run = answer(table, output=output, rejects=output.with_suffix(".rejects"), resume=True, scorer=scorer)
    assert scorer.calls_left == 0
    assert run.notes[-1] == f"{table}: resuming after row 24"


def test_an_unfinished_run_is_not_thrown_away_unasked(answer: Answer, table: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    cut_off(answer, table, output)
    before = (tmp_path / "out.csv.part").read_bytes()
    with pytest.raises(OutputError, match=r"out\.csv\.journal: an earlier run .* resume it with `resume`, or start"):
        answer(table, output=output)
    assert (tmp_path / "out.csv.part").read_bytes() == before


def test_a_finished_output_stays_until_the_next_is_whole(answer: Answer, table: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    output.write_text("old")
    cut_off(answer, table, output, force=True)
    assert output.read_text() == "old"
    answer(table, output=output, rejects=output.with_suffix(".rejects"), resume=True)
    assert output.read_text().startswith("id,text,predicted_label")


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"scorer": ChecksumScorer(fingerprint="other")}, "started with model 'm', now it is 'other'"),
        ({"batch_size": 7}, "started with batch_size 128, now it is 7"),
        ({"column_prefix": "p_"}, "started with column_names"),
        ({"text_column": "id"}, "started with column 'text', now it is 'id'"),
        ({"rejects": None}, r"started with `rejects` .*out\.rejects; pass it again"),
    ],
)
def test_only_the_same_run_can_be_gone_on_with(
    answer: Answer, table: Path, tmp_path: Path, changed: dict[str, object], fault: str
) -> None:
    output = tmp_path / "out.csv"
    cut_off(answer, table, output)
    with pytest.raises((OutputError, DataError), match=fault):
        answer(table, output=output, resume=True, **{"rejects": output.with_suffix(".rejects"), **changed})
    answer(table, output=output, rejects=output.with_suffix(".rejects"), resume=True)
    assert output.exists()


def test_rows_that_changed_are_noticed(answer: Answer, table: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    cut_off(answer, table, output)
    table.write_text(ROWS.replace("word", "wort", 1))
    with pytest.raises(OutputError, match="the header or rows that were already processed have changed"):
        answer(table, output=output, rejects=output.with_suffix(".rejects"), resume=True)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_windows_of_another_size_do_not_fit(
    answer: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path, output = tmp_path / f"rows{suffix}", tmp_path / f"out{suffix}"
    texts = [f"word {number}" for number in range(40)]
    if suffix == ".parquet":
        pq.write_table(pa.table({"text": texts}), path)
    else:
        path.write_text("text\n" + "".join(f"{text}\n" for text in texts))
    cut_off(answer, path, output)
    with monkeypatch.context() as patch:
        set_window_rows(patch, 3)
        with pytest.raises(OutputError, match="started with window_rows 4, now it is 3"):
            answer(path, output=output, rejects=output.with_suffix(".rejects"), resume=True)
    answer(path, output=output, rejects=output.with_suffix(".rejects"), resume=True)
    assert output.exists()


@pytest.fixture
def killed_at_the_end(answer: Answer, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The output of a run that was killed between its last two steps, with its journal beside it."""
    output = tmp_path / "out.csv"

    def die(self: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "remove", die)
        with pytest.raises(Killed):
            answer(table, output=output, rejects=tmp_path / "rejects")
    assert json.loads((tmp_path / "out.csv.journal").read_text().splitlines()[-1])["output_sha256"]
    return output


def test_killed_between_the_last_two_steps(
    answer: Answer, table: Path, tmp_path: Path, killed_at_the_end: Path
) -> None:
    output, written = killed_at_the_end, killed_at_the_end.read_bytes()
    run = answer(table, output=output, rejects=tmp_path / "rejects", resume=True, scorer=ChecksumScorer(calls_left=0))
    assert output.read_bytes() == written
    assert run.counts.rows == 40
    assert files_in(tmp_path) == {"rows.csv", "out.csv", "rejects"}


def test_an_output_that_was_moved_away_is_made_again(
    answer: Answer, table: Path, tmp_path: Path, killed_at_the_end: Path
) -> None:
    moved = killed_at_the_end.rename(tmp_path / "moved.csv")
    answer(table, output=killed_at_the_end, rejects=tmp_path / "rejects", resume=True, force=True)
    assert killed_at_the_end.read_bytes() == moved.read_bytes()
    assert files_in(tmp_path) == {"rows.csv", "out.csv", "moved.csv", "rejects"}


def test_a_whole_output_of_another_model_is_not_taken_for_this_one(
    answer: Answer, table: Path, tmp_path: Path, killed_at_the_end: Path
) -> None:
    other = ChecksumScorer(fingerprint="other")
    with pytest.raises(OutputError, match="started with model 'm', now it is 'other'"):
        answer(table, output=killed_at_the_end, rejects=tmp_path / "rejects", resume=True, scorer=other)


class Interrupting(ChecksumScorer):
    def score(self, texts: list[str], batch_size: int) -> object:  # type: ignore[override]
        if self.calls_left == 0:
            raise KeyboardInterrupt
        return super().score(texts, batch_size)


def test_a_run_whose_output_is_thrown_away_names_no_way_to_go_on(answer: Answer, table: Path, tmp_path: Path) -> None:
    with pytest.raises(Interrupted, match=r"^stopped after 8 rows$"):
        answer(
            table,
            output=tmp_path / "out.csv",
            rejects=tmp_path / "r",
            scorer=Interrupting(calls_left=2),
            is_temporary=True,
        )
    table.write_text("text\n" + "good\n" * 10 + "two,fields\n")
    for is_temporary in (False, True):
        with pytest.raises(DataError) as told:
            answer(table, output=tmp_path / f"{is_temporary}.csv", is_temporary=is_temporary)
        assert ("`resume`" in str(told.value)) != is_temporary


def test_ctrl_c_says_how_to_go_on(answer: Answer, table: Path, tmp_path: Path) -> None:
    scorer = Interrupting(calls_left=2)
    with pytest.raises(Interrupted, match="stopped after 8 rows; continue with the same command and `resume`"):
        answer(table, output=tmp_path / "out.csv", rejects=tmp_path / "rejects", scorer=scorer)
    answer(table, output=tmp_path / "out.csv", rejects=tmp_path / "rejects", resume=True)
    assert (tmp_path / "out.csv").exists()


def test_two_runs_cannot_write_one_output(answer: Answer, table: Path, tmp_path: Path) -> None:
    with (
        Journal.open(tmp_path / "out.csv.journal", 0o644),
        pytest.raises(OutputError, match="another run is writing this output"),
    ):
        answer(table, output=tmp_path / "out.csv", resume=True)


@pytest.mark.parametrize("place", ["folder", "nowhere/out.csv"])
def test_a_place_where_no_file_can_stand(answer: Answer, table: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=r"is a folder; choose a file|there is no folder"):
        answer(table, output=tmp_path / place)
