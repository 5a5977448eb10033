"""Files of a teacher's answers: in every format, under every name, and broken in every way."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.data import TeacherAnswers, file_sha256, read_teacher
from sentiment.errors import DataError
from tests.tables.conftest import workbook_parts, zipped

LABELS = ("negative", "positive")
TEXTS = ["정말 최고예요", '그는 "별로"라고, 했다', "two\nlines"]
ANSWERS = [[0.1, 0.9], [0.75, 0.25], [1.0, 0.0]]


def read(path: Path, labels: tuple[str, ...] = LABELS, text_column: str = "document") -> TeacherAnswers:
    return read_teacher(path, labels, text_column, lambda _line: None)


def write_delimited(path: Path, names: list[str], delimiter: str) -> None:
    rows = [
        [f'"{text.replace(chr(34), chr(34) * 2)}"', *map(str, answer)]
        for text, answer in zip(TEXTS, ANSWERS, strict=True)
    ]
    path.write_text("".join(delimiter.join(row) + "\n" for row in [names, *rows]), encoding="utf-8")


def write_jsonl(path: Path, names: list[str]) -> None:
    rows = [dict(zip(names, [text, *answer], strict=True)) for text, answer in zip(TEXTS, ANSWERS, strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_parquet(path: Path, names: list[str]) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = [TEXTS, *map(list, zip(*ANSWERS, strict=True))]
    pq.write_table(pa.table(dict(zip(names, columns, strict=True))), path)


def write_workbook(path: Path, names: list[str]) -> None:
    def cell(value: str | float) -> str:
        return f"<c><v>{value}</v></c>" if isinstance(value, float) else f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    rows: list[list[str | float]] = [[*names]]
    rows += [[text, *answer] for text, answer in zip(TEXTS, ANSWERS, strict=True)]
    xml = "".join(f"<row>{''.join(cell(value) for value in row)}</row>" for row in rows)
    path.write_bytes(zipped(workbook_parts(f"<sheetData>{xml}</sheetData>")))


WRITERS: dict[str, Callable[[Path, list[str]], None]] = {
    "csv": lambda path, names: write_delimited(path, names, ","),
    "tsv": lambda path, names: write_delimited(path, names, "\t"),
    "jsonl": write_jsonl,
    "parquet": write_parquet,
    "xlsx": write_workbook,
}


@pytest.mark.parametrize("format_name", WRITERS)
@pytest.mark.parametrize("form", ["{}", "probability_{}", "predicted_probability_{}"])
def test_every_format_and_name_gives_the_same(tmp_path: Path, format_name: str, form: str) -> None:
    path = tmp_path / f"teacher.{format_name}"
    names = ["document", *(form.format(label) for label in LABELS)]
    WRITERS[format_name](path, names)
    answers = read(path)
    assert answers.texts == TEXTS
    np.testing.assert_allclose(answers.probabilities, ANSWERS, atol=1e-7)
    assert (answers.num_rows, answers.num_unanswered) == (3, 0)
    reversed_labels = read(path, LABELS[::-1]).probabilities
    np.testing.assert_array_equal(reversed_labels, answers.probabilities[:, ::-1])


def test_an_answered_table_is_read_as_predict_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "answered.csv"
    path.write_text(
        "id,document,predicted_label,predicted_probability,predicted_probability_0,predicted_probability_1\n"
        "1,good,1,0.900000,0.100000,0.900000\n2,,,,,\n3,empty,,,,\n\n4,bad,0,0.700000,0.700000,0.300000\n"
    )
    answers = read(path, ("0", "1"))
    assert answers.texts == ["good", "bad"]
    assert (answers.num_rows, answers.num_unanswered) == (4, 2)


def test_a_usual_name_will_do_for_the_texts(tmp_path: Path) -> None:
    path = tmp_path / "teacher.csv"
    path.write_text("review,negative,positive\ngood,0,1\n")
    assert read(path).texts == ["good"]


@given(st.lists(st.floats(0.001, 1.0), min_size=3, max_size=3), st.floats(-0.0009, 0.0009))
@settings(deadline=None, max_examples=30)
def test_what_nearly_sums_to_1_is_made_to(
    tmp_path_factory: pytest.TempPathFactory, weights: list[float], error: float
) -> None:
    path = tmp_path_factory.mktemp("teacher") / "t.jsonl"
    shares = np.array(weights) / sum(weights)
    nearly = np.minimum(shares * (1 + error), 1.0)
    path.write_text(json.dumps({"text": "t"} | dict(zip("abc", nearly.tolist(), strict=True))) + "\n")
    probabilities = read(path, ("a", "b", "c")).probabilities
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(probabilities[0], shares, atol=2e-3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("document,negative,positive\na,0.5,0.5\nb,0.5,0.6\n", ":3: the probabilities sum to 1.1, not to 1; write one"),
        ("document,negative,positive\na,1.5,-0.5\n", ":2: the probability for 'negative' is 1.5; it must be a number"),
        ("document,negative,positive\na,nan,1\n", ":2: the probability for 'negative' is nan; it must be"),
        ("document,negative,positive\na,inf,0\n", ":2: the probability for 'negative' is inf; it must be"),
        ("document,negative,positive\na,0_1,0\n", ":2: the probability for 'negative' is '0_1'; it must be"),
        ("document,negative,positive\na,high,0\n", ":2: the probability for 'negative' is 'high'; it must be"),
        ("document,negative,positive\na,,1\n", ":2: has no probability for 'negative', but one for another label"),
        ("document,negative,positive\na,1\n", ":2: has 2 fields, but the header has 3; fix the row"),
        (
            'document,negative,positive\n"a,1,0\n',
            ":2: has a quote that opens a field and is never closed; close it, or",
        ),
        ("document,negative,positive\na,1,0\nb,0,1\na,0.5,0.5\n", ":4: the text is also at 2, with another answer"),
        ("document,negative\na,1\n", ": not every label has a column; expected 'probability_negative', 'prob"),
        ("document,negative,positive,negative\na,1,0,1\n", ": more than one column is named 'negative'; rename"),
        (
            "x,negative,positive\na,1,0\n",
            ": no column contains the texts; name one 'document', as in the training rows",
        ),
        ("text,review,negative,positive\na,b,1,0\n", ": the texts could be in 'text', 'review'; name one 'document'"),
        (
            "document,negative,positive,p_probability_negative,p_probability_positive\na,1,0,1,0\n",
            ": the probabilities",
        ),
        (
            "document,negative,positive\n,1,0\nb,,\n",
            ": contains no texts with probabilities; write a row for each text",
        ),
        ("", ": the file is empty"),
    ],
)
def test_a_broken_file_is_one_clear_line(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "teacher.csv"
    path.write_text(content)
    with pytest.raises(DataError) as raised:
        read(path)
    assert str(raised.value).startswith(f"{path}{message}")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("cell", ['"0.5"', "true", "[1]", "1" + "0" * 400, "-1", "1e999", "{}"])
def test_json_that_is_no_probability(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "teacher.jsonl"
    path.write_text(f'{{"document": "a", "negative": {cell}, "positive": 0.5}}\n')
    with pytest.raises(DataError, match=r"jsonl:1: the probability for 'negative' is .{1,40}; it must be a number"):
        read(path)


def test_parquet_tells_the_row(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "teacher.parquet"
    pq.write_table(
        pa.table({"document": ["a", None, "b"], "negative": [1.0, None, 0.5], "positive": [0, None, 0]}), path
    )
    with pytest.raises(DataError, match=r"parquet: row 3: the probabilities sum to 0\.5, not to 1"):
        read(path)
    pq.write_table(pa.table({"document": [1], "negative": [1.0], "positive": [0.0]}), path)
    with pytest.raises(DataError, match="column 'document' contains int64, not text"):
        read(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read(path)


def test_what_is_no_file_of_answers(tmp_path: Path) -> None:
    for name, message in (("none.csv", "no such file"), ("", "is a folder"), ("x.xlsx", "is empty; pass an XLSX file")):
        if name.endswith("xlsx"):
            (tmp_path / name).touch()
        with pytest.raises(DataError, match=message):
            read(tmp_path / name)
    with pytest.raises(DataError, match="no such file"):
        file_sha256(tmp_path / "none.csv")


def test_texts_are_found_and_labels_spelled_as_in_any_table(tmp_path: Path) -> None:
    path = tmp_path / "teacher.csv"
    path.write_text(
        "2026년 답\n\nid,구매자리뷰,probability_1.0,probability_TRUE\n1,정말 좋아요,0.25,0.75\n"
        "id,구매자리뷰,probability_1.0,probability_TRUE\n2,별로예요,1,0\n"
    )
    answers = read(path, labels=("1", "True"))
    assert (answers.texts, answers.probabilities.tolist()) == (["정말 좋아요", "별로예요"], [[0.25, 0.75], [1.0, 0.0]])
