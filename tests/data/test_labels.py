"""Labels: one table has the same ones in every format, and what looks alike is one class or is told."""

import csv
import json
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentiment.data import LabelledTexts, known_spelling, load_rows, normal_label, renamed_note
from sentiment.errors import DataError
from sentiment.evaluation.rows import number_labels
from tests.tables.conftest import workbook_parts, zipped

Value = bool | int | float | str | None


def read(path: Path) -> tuple[LabelledTexts, list[str]]:
    notes: list[str] = []
    return load_rows(str(path), notify=notes.append), notes[1:]


def csv_rows(tmp_path: Path, labels: Sequence[str]) -> tuple[LabelledTexts, list[str]]:
    path = tmp_path / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *((f"좋다 {n}", label) for n, label in enumerate(labels))])
    return read(path)


@pytest.mark.parametrize(
    ("label", "normal"),
    [
        (unicodedata.normalize("NFD", "부정"), "부정"),
        ("\ufeff긍\u200b정\u2060 ", "긍정"),
        ("매우 \u3000 긍정", "매우 긍정"),
        ("\u200d👩\u200d🚀\u200c", "👩\u200d🚀"),
        ("1.0", "1"),
        ("-0.0", "0"),
        ("2.50", "2.5"),
        ("2.2999999999999998", "2.3"),
        ("TRUE", "True"),
        ("false", "False"),
        ("00", "00"),
        ("01.0", "01.0"),
        ("1.0.0", "1.0.0"),
        ("1e5", "1e5"),
        ("0.12345678901234567890123", "0.12345678901234567890123"),
        ("Negative", "Negative"),
        ("\u200b", ""),
    ],
)
def test_one_spelling(label: str, normal: str) -> None:
    assert normal_label(label) == normal
    assert normal_label(normal) == normal


def test_labels_that_look_alike_are_one_class(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "부정")
    rows, notes = csv_rows(tmp_path, ["부정", decomposed, "긍정", "긍정\u200b", "\ufeff부정", " 긍정 "])
    assert (rows.labels, notes) == (["부정", "부정", "긍정", "긍정", "부정", "긍정"], [])


@pytest.mark.parametrize(
    ("labels", "kept", "note"),
    [
        (["negative", "Negative", "x"], None, "labels 'Negative', 'negative' differ only in case, width or zeros"),
        (["0", "00", "1"], None, "labels '0', '00' differ only in case, width or zeros"),
        (["1", "１", "0"], None, "labels '1', '１' differ only in case, width or zeros"),
        (["None", "긍정", "부정"], None, "'None' is treated as a label, in 1 rows; leave the cell empty"),
        (
            ["NaN", "0.0", "1.0"],
            ["0", "1"],
            "'NaN' is not counted as a label, because all others are numbers or booleans",
        ),
        (["None", "True", "FALSE"], ["True", "False"], "'None' is not counted as a label"),
        (["긍정|배송", "긍정", "부정"], None, "labels such as '긍정|배송' look like several labels in one cell"),
        (["a, b", "a, c", "d"], None, "labels such as 'a, b', 'a, c' look like several labels in one cell"),
        (["5/5", "4/5", "n/a"], None, "'n/a' is treated as a label"),
    ],
)
def test_what_people_should_know_of_labels(
    tmp_path: Path, labels: list[str], kept: list[str] | None, note: str
) -> None:
    rows, notes = csv_rows(tmp_path, labels)
    assert rows.labels == (labels if kept is None else kept)
    assert any(note in line for line in notes)


@pytest.mark.parametrize("labels", [["긍정", "부정"], ["0", "1"], ["5", "10"], ["N", "A"], ["1/2", "3/4"], ["1", "-1"]])
def test_usual_labels_need_no_word(tmp_path: Path, labels: list[str]) -> None:
    assert csv_rows(tmp_path, labels)[1] == []


def write_csv(path: Path, texts: list[str], labels: list[Value]) -> None:
    cells = ["" if label is None else str(label) for label in labels]
    with path.open("w", newline="", encoding="utf-8") as file:
        delimiter = "\t" if path.suffix == ".tsv" else ","
        csv.writer(file, delimiter=delimiter).writerows([("text", "label"), *zip(texts, cells, strict=True)])


def write_jsonl(path: Path, texts: list[str], labels: list[Value]) -> None:
    rows = [{"text": text, "label": label} for text, label in zip(texts, labels, strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_parquet(path: Path, texts: list[str], labels: list[Value]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"text": texts, "label": labels}), path)


def write_dictionary(path: Path, texts: list[str], labels: list[Value]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"text": texts, "label": pa.array(labels).dictionary_encode()}), path)


def write_workbook(path: Path, texts: list[str], labels: list[Value]) -> None:
    def cell(reference: str, value: Value) -> str:
        if isinstance(value, bool):
            return f'<c r="{reference}" t="b"><v>{int(value)}</v></c>'
        if isinstance(value, int | float):
            return f'<c r="{reference}"><v>{value!r}</v></c>'
        return "" if value is None else f'<c r="{reference}" t="inlineStr"><is><t>{value}</t></is></c>'

    rows = enumerate([("text", "label"), *zip(texts, labels, strict=True)], 1)
    lines = (f'<row r="{n}">{cell(f"A{n}", text)}{cell(f"B{n}", label)}</row>' for n, (text, label) in rows)
    path.write_bytes(zipped(workbook_parts(f"<sheetData>{''.join(lines)}</sheetData>")))


WRITERS: dict[str, Callable[[Path, list[str], list[Any]], None]] = {
    "rows.csv": write_csv,
    "rows.tsv": write_csv,
    "rows.jsonl": write_jsonl,
    "rows.parquet": write_parquet,
    "dictionary.parquet": write_dictionary,
    "rows.xlsx": write_workbook,
}

KINDS = [
    st.booleans(),
    st.integers(-9, 9),
    st.integers(-(2**53), 2**53),
    st.integers(-9, 9).map(float),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3)),
    st.sampled_from(["긍정", "부정", "True", "n/a", "01", "1.5"]),
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_table_has_the_same_labels_in_every_format(tmp_path: Path, data: st.DataObject) -> None:
    pytest.importorskip("pyarrow")
    kind = data.draw(st.sampled_from(KINDS))
    labels = [data.draw(kind), *data.draw(st.lists(st.none() | kind, max_size=8))]
    texts = [f"좋다 {number}" for number in range(len(labels))]
    found = {}
    for name, write in WRITERS.items():
        write(tmp_path / name, texts, labels)
        rows, _ = read(tmp_path / name)
        found[name] = dict(zip(rows.texts, rows.labels, strict=True))
    assert found == dict.fromkeys(WRITERS, found["rows.csv"])


def test_decimals_and_large_integers_of_parquet(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "rows.parquet"
    labels = [Decimal("1.50"), Decimal("2.00"), None]
    pq.write_table(pa.table({"text": ["a", "b", "c"], "label": pa.array(labels, pa.decimal128(5, 2))}), path)
    rows, _ = read(path)
    assert (rows.labels, rows.counts.unlabelled) == (["1.5", "2"], 1)
    pq.write_table(pa.table({"text": ["a", "b"], "label": pa.array([2**64 - 1, 1], pa.uint64())}), path)
    assert read(path)[0].labels == ["18446744073709551615", "1"]


@pytest.mark.parametrize(
    ("known", "labels"),
    [
        (("0", "1"), ["True", "False"]),
        (("False", "True"), ["True", "False"]),
        (("FALSE", "TRUE"), ["True", "False"]),
        (("0.0", "1.0"), ["1", "0"]),
        (("부정", unicodedata.normalize("NFD", "긍정")), ["긍정", "부정"]),
    ],
)
def test_an_older_model_knows_labels_by_its_own_spelling(
    tmp_path: Path, known: tuple[str, str], labels: list[str]
) -> None:
    rows, _ = csv_rows(tmp_path, labels)
    spelling = known_spelling(rows.labels, known)
    assert {spelling[label] for label in rows.labels} == set(known)
    assert sorted(number_labels(rows, known).tolist()) == [0, 1]


@pytest.mark.parametrize(
    ("known", "labels", "meant"),
    [
        (("negative", "neutral", "positive"), ["긍정", "부정", "중립"], ["positive", "negative", "neutral"]),
        (("negative", "neutral", "positive"), ["긍정", "부정", "positive"], ["positive", "negative", "positive"]),
        (("negative", "neutral", "positive"), ["-1", "0", "1"], ["negative", "neutral", "positive"]),
        (("negative", "positive"), ["Pos", "NEG"], ["positive", "negative"]),
        (("negative", "positive"), ["1", "0"], ["positive", "negative"]),
        (("negative", "positive"), ["-1.0", "1.0"], ["negative", "positive"]),
        (("부정", "긍정"), ["negative", "positive"], ["부정", "긍정"]),
        (("0", "1"), ["부정", "긍정"], ["0", "1"]),
        (("-1", "1"), ["부정적", "긍정적"], ["-1", "1"]),
        (("Sports", "음악"), ["sports", "음악"], ["Sports", "음악"]),
    ],
)
def test_labels_that_mean_those_of_the_model_are_read_as_them(
    tmp_path: Path, known: tuple[str, ...], labels: list[str], meant: list[str]
) -> None:
    rows, _ = csv_rows(tmp_path, labels)
    assert [known[number] for number in number_labels(rows, known)] == meant
    renamed = sorted((label, other) for label, other in zip(rows.labels, meant, strict=True) if label != other)
    note = renamed_note(rows.labels, known)
    assert note == (
        f"labels {', '.join(repr(label) for label, _ in renamed)} are read as the model's "
        f"{', '.join(repr(other) for _, other in renamed)}"
    )


@pytest.mark.parametrize(
    ("known", "labels", "unknown"),
    [
        (("negative", "neutral", "positive"), ["0", "1"], "'0', '1'"),  # 1 may be neutral
        (("negative", "neutral", "positive"), ["0", "1", "2"], "'0', '1', '2'"),
        (("negative", "positive"), ["부정", "중립", "긍정"], "'중립'"),
        (("negative", "positive"), ["1", "긍정"], "'1'"),
        (("positive", "긍정"), ["pos"], "'pos'"),
        (("a", "A"), ["ａ"], "'ａ'"),
        (("joy", "anger"), ["긍정"], "'긍정'"),
    ],
)
def test_labels_that_may_mean_others_are_refused(
    tmp_path: Path, known: tuple[str, ...], labels: list[str], unknown: str
) -> None:
    rows, _ = csv_rows(tmp_path, labels)
    with pytest.raises(DataError, match=f"labels unknown to the model: {unknown}; its labels are"):
        number_labels(rows, known)


def test_words_for_one_polarity_are_told_where_they_become_classes(tmp_path: Path) -> None:
    _, notes = csv_rows(tmp_path, ["긍정", "positive", "부정", "Positive"])
    assert "labels 'Positive', 'positive', '긍정' mean the same; a training keeps them apart" in notes[-1]


@given(st.lists(st.sampled_from(["부정", "긍정", "중립", "neg", "1", "0", "-1", "True", "x", "X"]), min_size=1))
def test_a_label_of_the_model_is_always_itself(known: list[str]) -> None:
    labels = sorted(set(known))
    spelling = known_spelling(labels, labels)
    assert {label: spelling[label] for label in labels} == {label: label for label in labels}
    assert renamed_note(labels, labels) is None
