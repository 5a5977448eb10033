"""Broken rows are set aside or stop the run: no row is lost, none invented."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentiment.errors import DataError, OutputError
from sentiment.inference import Scores
from tests.bulk.conftest import Answer, ChecksumScorer, Run


def split(answer: Answer, path: Path, **options: object) -> tuple[Run, list[dict[str, Any]]]:
    """Answer a file and return the run and its rejects."""
    rejects = path.with_suffix(".rejects")
    run = answer(path, rejects=rejects, force=True, **options)
    return run, [json.loads(line) for line in rejects.read_text().splitlines()]


def test_each_kind_of_fault_is_named_with_row_and_line(answer: Answer, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(
        b"id,text\n"
        b'1,"two\nlines"\n'  # row 1, lines 2 and 3
        b"2\n"  # row 2, line 4
        b"3,good,more\n"
        b"4,bad \xff\n"
        b'5,"open\n'  # row 5, line 7
        b'6,"closes" here\n'
        b"\n"
        b"7,good\n"
    )
    run, rejects = split(answer, path)
    assert [(reject["row"], reject["line"], reject["reason"]) for reject in rejects] == [
        (2, 4, "has 1 field, but the header has 2"),
        (3, 5, "has 3 fields, but the header has 2"),
        (4, 6, "contains bytes that are not UTF-8"),
        (5, 7, "has a quote that opens a field and closes in the middle of another"),
        (6, 8, "has a quote that opens a field and closes in the middle of another"),
    ]
    assert [reject.get("content") for reject in rejects] == ["2", "3,good,more", None, '5,"open', '6,"closes" here']
    assert base64.b64decode(rejects[2]["content_base64"]) == b"4,bad \xff"
    assert (run.counts.rows, run.counts.written, run.counts.rejected) == (7, 2, 5)
    assert run.stdout.count(b"\n7,good,") == 1


def test_a_quote_that_is_never_closed_takes_only_its_own_line(answer: Answer, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('id,text\n1,"open\n' + "".join(f"{number},good\n" for number in range(2, 5_000)))
    run, rejects = split(answer, path)
    assert [reject["reason"] for reject in rejects] == ["has a quote that opens a field and is never closed"]
    assert run.counts.written == 4_998


def test_objects_that_are_none(answer: Answer, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    lines = [
        '{"text": "good"}',
        "no json",
        "[1]",
        '{"text": ["a"]}',
        '{"text": 5}',
        "[" * 100_000,
        '{"text": 1' + "0" * 5_000 + "}",
        '{"text": "x", "predicted_label": 1}',
        "{}",
    ]
    path.write_text("\n".join(['{"text": "first"}'] * 200 + lines))
    run, rejects = split(answer, path)
    assert [reject["row"] - 200 for reject in rejects] == [2, 3, 4, 6, 7, 8]
    assert [reject["reason"].partition(" (")[0] for reject in rejects] == [
        "is not JSON",
        "is not a JSON object",
        "contains a list or an object instead of the text",
        "is nested too deeply for JSON",
        "is not readable JSON",
        "already has a key 'predicted_label'",
    ]
    assert json.loads(run.stdout.splitlines()[-1]) == {"predicted_label": None, "predicted_probability": None}


class MarkingScorer(ChecksumScorer):
    """Answers every text alike, with a label that no input holds."""

    def score(self, texts: list[str], batch_size: int) -> Scores:
        ones = np.ones(len(texts), np.int64)
        return Scores(np.tile(np.array([[1, 0]], np.float32), (len(texts), 1)), ones, ones)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(
        st.sampled_from([b'"', b",", b"\n", b"\r\n", b"a", b"\xff", "가".encode(), b'""', b" "]), max_size=40
    )
)
def test_any_bytes_are_shared_out_without_loss(answer: Answer, tmp_path: Path, parts: list[bytes]) -> None:
    path, content = tmp_path / "rows.csv", b"id,text\n" + b"".join(parts)
    path.write_bytes(content)
    run, rejects = split(answer, path, encoding="utf-8", scorer=MarkingScorer(labels=("@", "#")))
    assert run.counts.rows == run.counts.written + run.counts.rejected
    assert len(rejects) == run.counts.rejected
    assert run.stdout.count(b",@,1.000000") == run.counts.written
    kept = run.stdout.replace(b",@,1.000000", b"").replace(b",predicted_label,predicted_probability", b"")
    set_aside = b"".join(
        base64.b64decode(reject["content_base64"]) if "content_base64" in reject else reject["content"].encode()
        for reject in rejects
    )
    line_ends = bytes.maketrans(b"", b"")
    assert sorted((kept + set_aside).translate(line_ends, b"\r\n")) == sorted(content.translate(line_ends, b"\r\n"))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"text,x\ngood,1\nbad\n", r"rows.csv:3: row 2 has 1 field, but the header has 2; fix it, or choose a file"),
        (b"text,x\ngood \xff,1\n", "rows.csv:2: row 1 contains bytes that are not UTF-8"),
    ],
)
def test_without_a_place_for_them_the_first_stops_the_run(
    answer: Answer, tmp_path: Path, content: bytes, fault: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=fault):
        answer(path, output=tmp_path / "out.csv")
    assert [entry.name for entry in tmp_path.iterdir()] == ["rows.csv"]


def test_a_row_that_was_mended_is_gone_on_from(answer: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentiment.tables.text_files.text_table.WINDOW_ROWS", 2)
    path, output = tmp_path / "rows.csv", tmp_path / "out.csv"
    path.write_text("text,x\na,1\nb,2\nc,3\nd\n")
    with pytest.raises(DataError, match=r"rows\.csv:5: row 4"):
        answer(path, output=output)
    assert not output.exists()
    path.write_text("text,x\na,1\nb,2\nc,3\nd,4\n")
    run = answer(path, output=output, resume=True)
    assert run.counts.rows == 4
    assert output.read_bytes() == answer(path).stdout


def test_rejects_may_not_replace_what_they_come_from(answer: Answer, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text\ngood\n")
    for options in ({"rejects": path}, {"rejects": tmp_path / "out", "output": tmp_path / "out"}):
        with pytest.raises(OutputError, match="is also the input or the output"):
            answer(path, **options)
    assert path.read_text() == "text\ngood\n"


def test_a_name_mistyped_at_its_end_is_no_question_of_formats(answer: Answer, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"rows\.cvs: no such file; check the name"):
        answer(tmp_path / "rows.cvs")
    (tmp_path / "rows.cvs").write_text("text\n")
    with pytest.raises(DataError, match=r"rows\.cvs: its name does not show the format"):
        answer(tmp_path / "rows.cvs")
