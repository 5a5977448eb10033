"""The same table comes back: every byte that is not an answer stays what it was, in every format and encoding."""

import csv
import gzip
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bulk.conftest import Answer, ChecksumScorer

SCORER = ChecksumScorer()
LINE_ENDS = st.sampled_from(["\n", "\r\n"])
# What every encoding below has; NUL and a byte order mark inside a file are tested apart.
CHARACTERS = "가나다힣ㅋㅠ최고 abcXYZ019.,;\t|'!?~\\{}[]:"
CELLS = st.text(CHARACTERS, max_size=12)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp949"])

fast = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding)


def run_on(answer: Answer, folder: Path, name: str, content: bytes, **options: object) -> bytes:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return answer(path, **options).stdout


@st.composite
def csv_field(draw: st.DrawFn) -> tuple[str, str]:
    """A field as it stands in a file, and what it means."""
    meaning = draw(st.text(CHARACTERS + '"\n\r', max_size=12))
    must_quote = any(mark in meaning for mark in ',"\n\r') or meaning.startswith('"')
    if must_quote or draw(st.booleans()):
        return '"' + meaning.replace('"', '""') + '"', meaning
    return meaning, meaning


@fast
@given(
    rows=st.lists(st.tuples(csv_field(), csv_field(), csv_field()), min_size=1, max_size=8),
    line_end=LINE_ENDS,
    encoding=ENCODINGS,
    ends=st.booleans(),
    packed=st.booleans(),
)
def test_csv(
    answer: Answer,
    tmp_path: Path,
    rows: Sequence[Sequence[tuple[str, str]]],
    line_end: str,
    encoding: str,
    ends: bool,
    packed: bool,
) -> None:
    raw_rows = [",".join(raw for raw, _ in row) for row in rows]
    content = line_end.join(['id,"text",x', *raw_rows]) + (line_end if ends else "")
    expected = ['id,"text",x,predicted_label,predicted_probability']
    expected += [f"{raw},{','.join(SCORER.answer(row[1][1]))}" for raw, row in zip(raw_rows, rows, strict=True)]
    wanted = encoded(line_end.join(expected) + (line_end if ends else ""), encoding)
    name = "rows.csv.gz" if packed else "rows.csv"
    # A short head without a mark may look like another encoding: what is not found is named.
    options = {"encoding": "cp949"} if encoding == "cp949" else {}
    written = run_on(answer, tmp_path, name, encoded(content, encoding), **options)
    assert written == wanted
    read_back = list(csv.reader(io.StringIO(written.decode(encoding), newline="")))
    assert [row[:3] for row in read_back[1:] if row] == [[meaning for _, meaning in row] for row in rows]


@fast
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), line_end=LINE_ENDS, encoding=ENCODINGS)
def test_tsv_without_quoting(
    answer: Answer, tmp_path: Path, rows: list[tuple[str, str]], line_end: str, encoding: str
) -> None:
    rows = [(first.replace("\t", " "), second.replace("\t", " ") + '"') for first, second in rows]
    raw_rows = ['"open\ttext', *map("\t".join, rows)]
    content = line_end.join(["id\ttext", *raw_rows]) + line_end
    texts = ["text", *(second for _, second in rows)]
    expected = ["id\ttext\tpredicted_label\tpredicted_probability"]
    expected += ["\t".join([raw, *SCORER.answer(text)]) for raw, text in zip(raw_rows, texts, strict=True)]
    options = {"encoding": "cp949"} if encoding == "cp949" else {}
    written = run_on(answer, tmp_path, "rows.tsv", encoded(content, encoding), **options)
    assert written == encoded(line_end.join(expected) + line_end, encoding)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@fast
@given(
    rows=st.lists(
        st.tuples(
            st.none() | st.text(max_size=12),
            st.dictionaries(st.text("abc", min_size=1, max_size=3), json_values, max_size=3),
            st.sampled_from(["", " ", "\t "]),
            st.booleans(),
        ),
        min_size=1,
        max_size=8,
    ),
    line_end=LINE_ENDS,
)
def test_json_lines(
    answer: Answer,
    tmp_path: Path,
    rows: list[tuple[str | None, dict[str, object], str, bool]],
    line_end: str,
) -> None:
    lines = [
        json.dumps({"text": text, **others}, ensure_ascii=ascii_only) + after
        for text, others, after, ascii_only in rows
    ]
    written = run_on(
        answer, tmp_path, "rows.jsonl", line_end.join(lines).encode("utf-8", "surrogatepass"), column_prefix="our "
    )
    for line, answered, (text, others, _, _) in zip(lines, written.decode().split(line_end), rows, strict=True):
        label, probability = SCORER.answer(text or "")
        assert answered.startswith(line[: line.rindex("}")])
        assert json.loads(answered) == {
            "text": text,
            **others,
            "our label": label or None,
            "our probability": float(probability) if probability else None,
        }


@fast
@given(lines=st.lists(st.text(CHARACTERS + '"', max_size=12), min_size=1, max_size=8), line_end=LINE_ENDS)
def test_plain_lines(answer: Answer, tmp_path: Path, lines: list[str], line_end: str) -> None:
    written = run_on(answer, tmp_path, "rows.log", (line_end.join(lines) + line_end).encode())
    expected = ["\t".join([*SCORER.answer(line), line]) for line in lines]
    assert written.decode() == line_end.join(expected) + line_end


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp949"])
def test_an_encoding_without_a_mark_is_found_and_said(answer: Answer, tmp_path: Path, encoding: str) -> None:
    content = "번호,리뷰\n1,정말 최고예요\n2,배우가 아깝다\n"
    (tmp_path / "rows.csv").write_bytes(content.encode(encoding))
    run = answer(tmp_path / "rows.csv")
    assert any(encoding.upper() in note for note in run.notes)
    assert run.stdout.decode(encoding).splitlines()[1] == f"1,정말 최고예요,{','.join(SCORER.answer('정말 최고예요'))}"


def test_a_header_and_blank_lines_stay_where_they_are(answer: Answer, tmp_path: Path) -> None:
    content = b"\n\nid,text\n\n1,good\n\n\n2,bad\n\n"
    written = run_on(answer, tmp_path, "rows.csv", content).decode().splitlines()
    good, bad = (",".join([row, *SCORER.answer(row[2:])]) for row in ("1,good", "2,bad"))
    assert written == ["", "", "id,text,predicted_label,predicted_probability", "", good, "", "", bad, ""]


def test_classic_mac_line_ends_stay(answer: Answer, tmp_path: Path) -> None:
    written = run_on(answer, tmp_path, "rows.csv", b"id,text\r1,good\r2,bad\r")
    assert b"\n" not in written
    assert [line.count(b",") for line in written.split(b"\r")] == [3, 3, 3, 0]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_another_delimiter_is_found_said_and_kept(answer: Answer, tmp_path: Path, delimiter: str) -> None:
    (tmp_path / "rows.csv").write_text(f"id{delimiter}text\n1{delimiter}good, very\n")
    run = answer(tmp_path / "rows.csv")
    assert run.stdout.decode().splitlines()[1] == delimiter.join(["1", "good, very", *SCORER.answer("good, very")])
    assert f"rows.csv: the delimiter is {delimiter!r}" in run.notes[0]


def test_a_label_that_needs_quotes_gets_them(answer: Answer, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("text\ngood\n")
    scorer = ChecksumScorer(labels=('so, "so"', 'so, "so" indeed'))
    rows = list(csv.reader(io.StringIO(answer(tmp_path / "rows.csv", scorer=scorer).stdout.decode())))
    assert rows[1][1] in scorer.labels


def test_every_class_on_request(answer: Answer, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text('text\ngood\n""\n')
    written = answer(tmp_path / "rows.csv", all_probabilities=True, column_prefix="p_").stdout.decode().splitlines()
    assert written[0] == "text,p_label,p_probability,p_probability_negative,p_probability_positive"
    label, probability, *every = written[1].split(",")[1:]
    assert max(every) == probability == every[["negative", "positive"].index(label)]
    assert written[2] == '"",,,,'
