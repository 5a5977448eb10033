"""What may have happened to an unfinished run before somebody goes on with it, or while it is at work."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment.bulk import Counts
from sentiment.errors import DataError, OutputError
from sentiment.inference import Scores
from tests.bulk.conftest import Answer, ChecksumScorer, Killed

ROWS = "id,text\n" + "".join(f"{number},word number {number}\n" for number in range(40))


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table of ten windows."""
    monkeypatch.setattr("sentiment.tables.text_files.text_table.WINDOW_ROWS", 4)
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    return path


@pytest.fixture
def cut_off(answer: Answer, table: Path, tmp_path: Path) -> Path:
    """The output of a run that was killed after some windows."""
    output = tmp_path / "out.csv"
    with pytest.raises(Killed):
        answer(table, output=output, threads=1, scorer=ChecksumScorer(calls_left=6))
    return output


def zero_a_page(part: Path) -> None:
    content = bytearray(part.read_bytes())
    content[20:60] = bytes(40)
    part.write_bytes(content)


@pytest.mark.parametrize(
    "damage", [zero_a_page, lambda part: part.write_bytes(part.read_bytes()[:-200]), lambda part: part.write_bytes(b"")]
)
def test_a_damaged_part_is_noticed(
    answer: Answer, table: Path, cut_off: Path, damage: Callable[[Path], object]
) -> None:
    damage(Path(f"{cut_off}.part"))
    with pytest.raises(
        OutputError, match=r"out\.csv\.part: does not contain what the earlier run wrote; start over with"
    ):
        answer(table, output=cut_off, resume=True)
    answer(table, output=cut_off, force=True)
    assert cut_off.read_bytes() == answer(table).stdout


@pytest.mark.parametrize("header", ["id,text,more\n", "number,text\n"])
def test_a_changed_header_is_noticed(answer: Answer, table: Path, cut_off: Path, header: str) -> None:
    table.write_text(ROWS.replace("id,text\n", header))
    with pytest.raises(OutputError, match="the header or rows that were already processed have changed"):
        answer(table, output=cut_off, resume=True)


def test_a_part_that_is_gone_is_made_again(answer: Answer, table: Path, cut_off: Path) -> None:
    Path(f"{cut_off}.part").unlink()
    run = answer(table, output=cut_off, resume=True)
    assert f"{cut_off}.part: does not exist; starting over" in run.notes
    assert cut_off.read_bytes() == answer(table).stdout


def test_an_old_output_is_not_taken_for_that_of_a_run_whose_part_is_gone(
    answer: Answer, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out.csv"
    output.write_text("of last week")

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("sentiment.bulk.output.part_file.PartFile.place", die)
        with pytest.raises(Killed):
            answer(table, output=output, force=True)
    Path(f"{output}.part").unlink()
    with pytest.raises(
        OutputError, match=r"part: does not exist, and .*out\.csv is not what the run wrote; start over"
    ):
        answer(table, output=output, resume=True)
    assert output.read_text() == "of last week"


def changed_state(change: Callable[[dict[str, Any]], object]) -> Callable[[list[bytes]], list[bytes]]:
    """Change the last line of a journal."""

    def change_last(lines: list[bytes]) -> list[bytes]:
        state = json.loads(lines[-1])
        change(state)
        return [*lines[:-1], json.dumps(state).encode() + b"\n"]

    return change_last


@pytest.mark.parametrize(
    "damage",
    [
        changed_state(lambda state: state.update(counts=[1])),
        changed_state(lambda state: state.update(counts=None)),
        changed_state(lambda state: state["counts"].update(rows="many")),
        changed_state(lambda state: state.update(records=1.5)),
        changed_state(lambda state: state.update(records=True)),
        changed_state(lambda state: state.update(part_bytes=-1)),
        changed_state(lambda state: state.update(part_bytes=1 << 70)),
        changed_state(lambda state: state.update(part_sha256=7)),
        changed_state(lambda state: state.update(output_sha256=[])),
        changed_state(lambda state: state.pop("counts")),
        lambda lines: [*lines, b"[" * 100_000 + b"\n"],
        lambda lines: [*lines, b'{"counts": ' * 50_000 + b"\n"],
        lambda lines: [*lines, b"\xff\xfe\n", b"null\n"],
    ],
)
def test_a_state_that_is_none_is_left_out(
    answer: Answer, table: Path, cut_off: Path, damage: Callable[[list[bytes]], list[bytes]]
) -> None:
    journal = Path(f"{cut_off}.journal")
    journal.write_bytes(b"".join(damage(journal.read_bytes().splitlines(keepends=True))))
    answer(table, output=cut_off, resume=True)
    assert cut_off.read_bytes() == answer(table).stdout


@pytest.mark.parametrize(
    "beginning",
    [
        b'{"version": 1, "model": "m"}\n',
        b'{"version": 2}\n',
        b'{"version": 2, "asked": [], "force": true, "in_place": false, "rejects": null}\n',
        b'{"version": 2, "asked": {}, "force": "yes", "in_place": false, "rejects": null}\n',
        b"[" * 100_000 + b"\n",
        b"dear diary\n",
        b"dear diary",
    ],
)
def test_what_is_no_journal_is_left_alone(answer: Answer, table: Path, cut_off: Path, beginning: bytes) -> None:
    journal = Path(f"{cut_off}.journal")
    journal.write_bytes(beginning)
    for options in ({}, {"resume": True}, {"force": True}):
        with pytest.raises(OutputError, match="is not a journal of this version of sentiment"):
            answer(table, output=cut_off, **options)
    assert journal.read_bytes() == beginning


def test_the_advice_on_a_broken_row_works(answer: Answer, table: Path, tmp_path: Path) -> None:
    output, rejects = tmp_path / "out.csv", tmp_path / "rejects"
    table.write_text(ROWS + "40,broken,row\n")
    with pytest.raises(
        DataError, match="fix it, or choose a file for broken rows with `rejects`, then continue with `res"
    ):
        answer(table, output=output)
    with pytest.raises(OutputError, match="resume it with `resume`, or start over with `force`"):
        answer(table, output=output, rejects=rejects)
    answer(table, output=output, rejects=rejects, resume=True)
    assert len(rejects.read_text().splitlines()) == 1
    assert output.read_bytes() == answer(table, rejects=rejects, force=True).stdout


def test_the_advice_on_an_encoding_works(answer: Answer, table: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    table.write_bytes(ROWS.replace("word", "word " * 8_000).encode() + "40,좋아요\n".encode("cp949"))
    with pytest.raises(DataError, match="set the right encoding with `encoding` and start over with `force`, fix it"):
        answer(table, output=output)
    with pytest.raises(
        OutputError, match=r"started with encoding .* now it is 'cp949'; repeat the earlier options, or start over"
    ):
        answer(table, output=output, encoding="cp949", resume=True)
    answer(table, output=output, encoding="cp949", force=True)
    assert "좋아요".encode("cp949") in output.read_bytes()


class PausingScorer(ChecksumScorer):
    """Waits at its third call, so that others can meddle meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.calls, self.waits, self.may_go_on = 0, threading.Event(), threading.Event()

    def score(self, texts: list[str], batch_size: int) -> Scores:
        self.calls += 1
        if self.calls == 3:
            self.waits.set()
            assert self.may_go_on.wait(60)
        return super().score(texts, batch_size)


@pytest.mark.parametrize("obeys", [False, True])
def test_a_second_run_is_told_of_the_first(answer: Answer, table: Path, tmp_path: Path, obeys: bool) -> None:
    output, scorer = tmp_path / "out.csv", PausingScorer()
    ends: list[Counts | OutputError] = []

    def first() -> None:
        try:
            ends.append(answer(table, output=output, threads=1, scorer=scorer).counts)
        except OutputError as error:
            ends.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    assert scorer.waits.wait(60)
    for options in ({}, {"resume": True}, {"force": True}):
        with pytest.raises(OutputError, match=r"out\.csv\.journal: another run is writing this output"):
            answer(table, output=output, **options)
    if obeys:  # nobody says so any more, but who deletes the files must not be told of a success
        Path(f"{output}.journal").unlink()
        with pytest.raises(OutputError, match=r"out\.csv\.part: another run is writing this output"):
            answer(table, output=output)
        Path(f"{output}.part").unlink()
        answer(table, output=output)
    scorer.may_go_on.set()
    thread.join(60)
    assert output.read_bytes() == answer(table).stdout
    if obeys:
        assert "was deleted or replaced during the run" in str(ends[0])
    else:
        assert isinstance(ends[0], Counts)
        assert ends[0].rows == 40
    assert {path.name for path in tmp_path.iterdir()} == {"rows.csv", "out.csv"}


def test_a_file_that_came_to_stand_at_the_output_is_spared(answer: Answer, table: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"

    class Meddling(ChecksumScorer):
        def score(self, texts: list[str], batch_size: int) -> Scores:
            output.write_text("mine")
            return super().score(texts, batch_size)

    with pytest.raises(OutputError, match="was created by something else during the run"):
        answer(table, output=output, scorer=Meddling())
    assert output.read_text() == "mine"
    with pytest.raises(OutputError, match="already exists"):
        answer(table, output=output, resume=True)
    answer(table, output=output, resume=True, force=True, scorer=ChecksumScorer(calls_left=0))
    assert output.read_bytes() == answer(table).stdout
