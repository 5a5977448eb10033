"""Parquet files: what is read from a column of text, and that nothing but our columns is new."""

import base64
import errno
import io
import json
import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.errors import DataError, MissingExtraError
from sentiment.tables.parquet import ParquetTable
from sentiment.tables.table import Cell, StoredTable

NAMES = ["predicted_label", "predicted_probability"]
TEXTS = ["좋다", None, "", "나쁘다"]
ANSWERS: list[tuple[Cell, ...]] = [("긍정", 0.75), (None, None), (None, None), ("부정", 1.0)]


def typed(names: Sequence[str]) -> dict[str, type[str] | type[float]]:
    """Return the types of new columns: a label, and then numbers."""
    return {name: float if place else str for place, name in enumerate(names)}


def answered(table: ParquetTable, answers: Iterable[Sequence[Cell]], names: Sequence[str] = NAMES) -> bytes:
    buffer = io.BytesIO()
    table.write_answered(buffer, typed(names), answers)
    return buffer.getvalue()


def write(path: Path, table: pa.Table, **options: Any) -> Path:
    pq.write_table(table, path, **options)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows.parquet"


@pytest.mark.parametrize(
    "type_",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int32(), pa.string()),
        pa.dictionary(pa.int8(), pa.large_string()),
    ],
    ids=str,
)
def test_texts_of_every_type(path: Path, type_: pa.DataType) -> None:
    texts = pa.array(TEXTS).cast(type_) if not pa.types.is_dictionary(type_) else pa.array(TEXTS, type_)
    table: StoredTable = ParquetTable(write(path, pa.table({"n": [1, 2, 3, 4], "text": texts}), row_group_size=3))
    assert (table.columns, table.num_rows) == (["n", "text"], 4)
    assert list(table.texts(1)) == TEXTS
    assert list(table.texts(1)) == TEXTS


@pytest.mark.parametrize("type_", [pa.int64(), pa.float64(), pa.list_(pa.string()), pa.binary(), pa.null()], ids=str)
def test_other_types_are_no_text(path: Path, type_: pa.DataType) -> None:
    table = ParquetTable(write(path, pa.table({"text": pa.array([None], type_)})))
    with pytest.raises(DataError, match=r"column 'text' contains .*, not text; choose another one with `text_column`"):
        list(table.texts(0))


DATES = [datetime(2026, 1, 5), None, datetime(1969, 7, 20, 20, 17, 40)]


@pytest.mark.parametrize(
    ("type_", "shown"),
    [
        (pa.date32(), ["2026-01-05", None, "1969-07-20"]),
        (pa.date64(), ["2026-01-05", None, "1969-07-20"]),
        (pa.timestamp("s"), ["2026-01-05T00:00:00", None, "1969-07-20T20:17:40"]),
        (pa.timestamp("ns"), ["2026-01-05T00:00:00", None, "1969-07-20T20:17:40"]),
        (pa.timestamp("ms", "Asia/Seoul"), ["2026-01-05T09:00:00+09:00", None, "1969-07-21T05:17:40+09:00"]),
        (pa.dictionary(pa.int8(), pa.timestamp("us")), ["2026-01-05T00:00:00", None, "1969-07-20T20:17:40"]),
    ],
    ids=str,
)
def test_dates_are_values_but_no_texts(path: Path, type_: pa.DataType, shown: list[str | None]) -> None:
    if pa.types.is_dictionary(type_):
        days = pa.array(DATES, type_.value_type).dictionary_encode()
    else:
        days = pa.array(DATES, pa.timestamp("s")).cast(pa.timestamp("us")).cast(type_)
    table = ParquetTable(write(path, pa.table({"text": ["a", "b", "c"], "when": days})))
    assert [row.cells for row in table.rows(0, [1])] == [[value] for value in shown]
    assert [row[1] for row in table.sample()] == shown
    with pytest.raises(DataError, match=r"column 'when' contains .*, not text; choose another one with `text_column`"):
        list(table.texts(1))


def test_a_part_of_a_microsecond_is_cut(path: Path) -> None:
    source = pa.table({"text": ["a"], "when": pa.array([1_500], pa.timestamp("ns"))})
    assert [row.cells for row in ParquetTable(write(path, source)).rows(0, [1])] == [["1970-01-01T00:00:00.000001"]]


def test_int96_beyond_nanoseconds_is_read(path: Path) -> None:
    source = pa.table({"text": ["a"], "when": pa.array([datetime(9999, 12, 31)], pa.timestamp("us"))})
    write(path, source, use_deprecated_int96_timestamps=True)
    assert [row.cells for row in ParquetTable(path).rows(0, [1])] == [["9999-12-31T00:00:00"]]


def test_a_date_beyond_the_calendar_is_one_line(path: Path) -> None:
    table = ParquetTable(write(path, pa.table({"text": ["a"], "when": pa.array([1 << 30], pa.date32())})))
    with pytest.raises(DataError, match="cannot be read as Parquet") as caught:
        list(table.rows(0, [1]))
    assert "\n" not in str(caught.value)
    assert table.sample() == [["a", None]]


@pytest.mark.parametrize("type_", [pa.time32("s"), pa.duration("s"), pa.list_(pa.date32())], ids=str)
def test_other_types_are_no_values(path: Path, type_: pa.DataType) -> None:
    table = ParquetTable(write(path, pa.table({"text": ["a"], "when": pa.array([None], type_)})))
    with pytest.raises(DataError, match=r"column 'when' contains .*, neither text, numbers nor dates; choose"):
        list(table.rows(0, [1]))


def test_columns_that_share_a_name(path: Path) -> None:
    nested = pa.array([{"b": "innen"}])
    columns = [pa.array(["x"]), nested, pa.array(["außen"]), pa.array(["y"])]
    table = ParquetTable(write(path, pa.Table.from_arrays(columns, names=["text", "a", "a.b", "text"])))
    assert [list(table.texts(column)) for column in (0, 2, 3)] == [["x"], ["außen"], ["y"]]
    assert pq.ParquetFile(io.BytesIO(answered(table, [("p", 0.5)]))).schema_arrow.names == [
        "text",
        "a",
        "a.b",
        "text",
        *NAMES,
    ]


def test_answers_are_two_columns_more(path: Path) -> None:
    table = ParquetTable(write(path, pa.table({"text": TEXTS}), row_group_size=3, compression="zstd"))
    result = pq.ParquetFile(io.BytesIO(answered(table, ANSWERS)))
    assert result.read().to_pydict() == {
        "text": TEXTS,
        NAMES[0]: [label for label, _ in ANSWERS],
        NAMES[1]: [probability for _, probability in ANSWERS],
    }
    assert [result.schema_arrow.field(name).type for name in NAMES] == [pa.string(), pa.float64()]
    groups = [result.metadata.row_group(index) for index in range(result.metadata.num_row_groups)]
    assert [group.num_rows for group in groups] == [3, 1]
    assert {group.column(index).compression for group in groups for index in range(3)} == {"ZSTD"}
    assert groups[0].column(1).statistics.max == "긍정"


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "brotli", "lz4", "zstd"])
@pytest.mark.parametrize("version", ["1.0", "2.6"])
def test_compression_is_kept(path: Path, compression: str, version: str) -> None:
    source = pa.table({"text": TEXTS})
    write(path, source, compression=compression, version=version, data_page_version=version.replace("2.6", "2.0"))
    result = pq.ParquetFile(io.BytesIO(answered(ParquetTable(path), ANSWERS)))
    group = result.metadata.row_group(0)
    assert group.column(1).compression == group.column(0).compression
    assert result.read().column(0) == source.column(0)


VALUES: dict[pa.DataType, Callable[[int], Any]] = {
    pa.int8(): int,
    pa.uint64(): int,
    pa.float32(): float,
    pa.bool_(): bool,
    pa.string(): "가나다".__mul__,
    pa.large_binary(): bytes,
    pa.string_view(): str,
    pa.date32(): date.fromordinal,
    pa.timestamp("ns", tz="Asia/Seoul"): int,
    pa.duration("ms"): int,
    pa.decimal128(20, 3): Decimal,
    pa.dictionary(pa.int16(), pa.string()): str,
    pa.dictionary(pa.int8(), pa.string(), ordered=True): str,
    pa.list_(pa.dictionary(pa.int8(), pa.string())): lambda seed: [str(seed)],
    pa.float16(): float,
    pa.time32("s"): int,
    pa.time64("ns"): int,
    pa.timestamp("s"): int,
    pa.decimal256(50, 3): Decimal,
    pa.list_(pa.int8(), 2): lambda seed: [seed, None],
    pa.uuid(): lambda seed: uuid.UUID(int=seed).bytes,
    pa.json_(): str,
    pa.list_(pa.int32()): lambda seed: [seed] * (seed % 3),
    pa.large_list(pa.string()): lambda seed: ["x", None, str(seed)],
    pa.map_(pa.string(), pa.int64()): lambda seed: [("k", seed)],
    pa.struct([("a", pa.int32()), ("b", pa.list_(pa.string()))]): lambda seed: {"a": seed, "b": ["x"] * (seed % 3)},
    pa.null(): lambda _: None,
}
METADATA = st.none() | st.dictionaries(st.sampled_from(["key", "열쇠"]), st.text(max_size=3), min_size=1)


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """A text column among others of any type, with metadata of columns and table."""
    num_rows = draw(st.integers(0, 12))
    types = [pa.string(), *draw(st.lists(st.sampled_from(list(VALUES)), max_size=4))]
    seeds = draw(st.lists(st.none() | st.integers(1, 99), min_size=num_rows, max_size=num_rows))
    arrays = [pa.array([None if seed is None else VALUES[type_](seed) for seed in seeds], type_) for type_ in types]
    fields = [
        pa.field(draw(st.text(max_size=3)) + str(place), type_, metadata=draw(METADATA))
        for place, type_ in enumerate(types)
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=draw(METADATA)))


@settings(max_examples=50, deadline=None)
@given(tables(), st.integers(1, 5), st.booleans(), st.data())
def test_everything_else_survives(
    tmp_path_factory: pytest.TempPathFactory, source: pa.Table, group_rows: int, as_arrow: bool, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("property") / "rows.parquet"
    options = {"store_schema": as_arrow, "use_compliant_nested_type": data.draw(st.booleans())}
    with pq.ParquetWriter(path, source.schema, **options) as writer:
        if source.schema.metadata:
            writer.add_key_value_metadata(source.schema.metadata)
        writer.write_table(source, row_group_size=group_rows)
    answer = st.tuples(st.none() | st.text(max_size=3), st.none() | st.floats(0, 1))
    answers = data.draw(st.lists(answer, min_size=source.num_rows, max_size=source.num_rows))
    before = pq.ParquetFile(path)
    after = pq.ParquetFile(io.BytesIO(answered(ParquetTable(path), answers)))

    width = len(source.schema)
    assert rows_of(after, width) == rows_of(before, width)
    assert list(after.schema_arrow)[:width] == list(before.schema_arrow)
    assert [field.metadata for field in after.schema_arrow][:width] == [field.metadata for field in before.schema_arrow]
    assert after.schema_arrow.metadata == before.schema_arrow.metadata
    for place in range(len(before.schema)):
        assert after.schema.column(place).equals(before.schema.column(place))
    result = after.schema_arrow.names[width:]
    added = [
        row for batch in after.iter_batches(columns=result) for row in zip(*batch.to_pydict().values(), strict=True)
    ]
    assert added == answers
    assert row_group_sizes(after) == [size for size in row_group_sizes(before) if size]


def rows_of(file: pq.ParquetFile, width: int) -> list[tuple[Any, ...]]:
    """The cells of the first columns: Arrow cannot always read row groups with nested dictionaries at once."""
    groups = [file.read_row_group(index) for index in range(file.metadata.num_row_groups)]
    return [row for group in groups for row in zip(*(group.column(at).to_pylist() for at in range(width)), strict=True)]


def row_group_sizes(file: pq.ParquetFile) -> list[int]:
    return [file.metadata.row_group(index).num_rows for index in range(file.metadata.num_row_groups)]


def test_many_columns_and_row_groups(path: Path) -> None:
    source = pa.table({"text": [str(row) for row in range(140)], **{f"c{place}": range(140) for place in range(140)}})
    table = ParquetTable(write(path, source, row_group_size=1))
    result = pq.ParquetFile(io.BytesIO(answered(table, [("p", row / 140) for row in range(140)])))
    assert result.metadata.num_row_groups == 140
    assert result.read(source.schema.names).equals(source)
    assert result.read(NAMES[1:]).column(0).to_pylist() == [row / 140 for row in range(140)]


def test_no_rows(path: Path) -> None:
    table = ParquetTable(write(path, pa.table({"text": pa.array([], pa.string())})))
    assert (table.num_rows, list(table.texts(0))) == (0, [])
    result = pq.read_table(io.BytesIO(answered(table, [])))
    assert result.schema.types == [pa.string(), pa.string(), pa.float64()]


def test_columns_without_values(path: Path) -> None:
    table = ParquetTable(write(path, pa.table({"text": TEXTS})))
    result = pq.read_table(io.BytesIO(answered(table, [(None, None)] * 4)))
    assert result.schema.types == [pa.string(), pa.string(), pa.float64()]
    buffer = io.BytesIO()
    late = [(None, None, None), ("p", None, None), (None, 0.5, None), (None, None, "note")]
    table.write_answered(buffer, {"a": str, "b": float, "c": str}, late)
    result = pq.read_table(buffer)
    assert result.schema.types[1:] == [pa.string(), pa.float64(), pa.string()]
    assert result.column("c").to_pylist() == [None, None, None, "note"]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (ANSWERS[:2], "there are fewer answers than rows"),
        (ANSWERS[:3], "there are fewer answers than rows"),
        ([], "there are fewer answers than rows"),
        ([*ANSWERS, ("p", 0.5)], "there are more answers than the 4 rows"),
        ([("p",)] * 4, r"zip\(\)"),
        ([("p", 0.5, 0.5)] * 4, r"zip\(\)"),
    ],
)
def test_number_of_answers_must_fit(path: Path, answers: list[tuple[Cell, ...]], message: str) -> None:
    table = ParquetTable(write(path, pa.table({"text": TEXTS}), row_group_size=3))
    with pytest.raises(ValueError, match=message):
        answered(table, answers)


def test_pandas_finds_its_index_and_the_new_columns(path: Path) -> None:
    """What pandas notes of its columns stays as it is; a reader takes the others as they are stored."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"text": ["좋다", "나쁘다"], "kind": pandas.Categorical(["x", "y"])}, index=pandas.Index([5, 9], name="번호")
    )
    frame.to_parquet(path)
    package = io.BytesIO(answered(ParquetTable(path), [("긍정", 0.75), ("부정", 0.5)]))
    result = pandas.read_parquet(package)
    assert list(result.columns) == ["text", "kind", *NAMES]
    assert result[list(frame.columns)].equals(frame)
    assert result.index.equals(frame.index)
    assert pq.read_schema(package).metadata == pq.read_schema(path).metadata


def test_spark_sees_the_new_columns(path: Path) -> None:
    """Spark believes its own note of the schema, and would not see a column that it lacks."""
    key = b"org.apache.spark.sql.parquet.row.metadata"
    text = {"name": "text", "type": "string", "nullable": True, "metadata": {}}
    source = pa.table({"text": ["좋다"]})
    with pq.ParquetWriter(path, source.schema, store_schema=False) as writer:
        writer.add_key_value_metadata({key: json.dumps({"type": "struct", "fields": [text]})})
        writer.write_table(source)
    metadata = pq.read_metadata(io.BytesIO(answered(ParquetTable(path), [("p", 0.5)]))).metadata
    assert b"ARROW:schema" not in metadata
    fields = json.loads(metadata[key])["fields"]
    assert [(field["name"], field["type"]) for field in fields] == [
        ("text", "string"),
        (NAMES[0], "string"),
        (NAMES[1], "double"),
    ]


@pytest.mark.parametrize("note", ["[]", "{", '{"fields": 3}', "null"])
def test_note_of_spark_that_is_damaged(path: Path, note: str) -> None:
    source = pa.table({"text": ["좋다"]}).replace_schema_metadata({"org.apache.spark.sql.parquet.row.metadata": note})
    table = ParquetTable(write(path, source))
    with pytest.raises(DataError, match="cannot be read as Parquet") as caught:
        answered(table, [("p", 0.5)])
    assert "\n" not in str(caught.value)


def test_arrow_schema_lists_the_new_columns(path: Path) -> None:
    write(path, pa.table({"text": ["좋다"]}))
    metadata = pq.read_metadata(io.BytesIO(answered(ParquetTable(path), [("p", 0.5)]))).metadata
    schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(metadata[b"ARROW:schema"])))
    assert schema.names == ["text", *NAMES]


def test_missing_package_names_the_extra(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'recurrent-sentiment\[tables\]'"):
        ParquetTable(path)


def test_bytes_that_are_not_utf8(path: Path) -> None:
    texts = pa.array([b"ok"] * 3_000 + [b"\xff\xfe", b"ok"])
    invalid = pa.Array.from_buffers(pa.string(), len(texts), texts.buffers())
    table = ParquetTable(write(path, pa.table({"text": invalid, "other": invalid})))
    with pytest.raises(DataError, match=r"row 3001: column 'text' contains bytes that are not UTF-8; write"):
        list(table.texts(0))
    result = pq.read_table(io.BytesIO(answered(table, [("p", 0.5)] * 3_002)))
    assert result.column("other").cast(pa.binary()).to_pylist() == texts.to_pylist()


def test_encrypted(path: Path) -> None:
    write(path, pa.table({"text": ["좋다"]}))
    content = path.read_bytes()
    path.write_bytes(b"PARE" + content[4:-4] + b"PARE")
    with pytest.raises(DataError, match="cannot be read as Parquet") as caught:
        ParquetTable(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"PAR1", b"PAR1PAR1", b"PAR1\0\0\0\0PAR1", b"text\n", b"PAR1" + b"\xff" * 40 + b"PAR1"]
)
def test_no_parquet(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        ParquetTable(path)
    assert str(caught.value).startswith(f"{path}: cannot be read as Parquet (")
    assert "\n" not in str(caught.value)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.parquet"):
        with pytest.raises(DataError, match="cannot be read"):
            ParquetTable(path)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_a_cut_or_changed_file_is_an_answer_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = write(tmp_path_factory.mktemp("damage") / "rows.parquet", pa.table({"text": TEXTS * 30, "n": range(120)}))
    content = bytearray(path.read_bytes())
    footer_start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    content[data.draw(st.integers(4, footer_start - 1))] ^= data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    assert "\n" not in (fault_of_a_run(path) or "")


DAMAGED_FOOTERS = """
import io, random, sys
from pathlib import Path

from sentiment.errors import DataError
from sentiment.tables.parquet import ParquetTable

path = Path(sys.argv[1])
content = path.read_bytes()
footer_start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
rng = random.Random(0)
for place in range(footer_start, len(content)):
    damaged = bytearray(content)
    damaged[place] ^= 1 << rng.randrange(8)
    path.write_bytes(damaged)
    try:
        table = ParquetTable(path)
        if table.num_rows < 1_000:
            table.write_answered(io.BytesIO(), {"label": str, "probability": float}, [("p", 0.5)] * table.num_rows)
    except DataError as error:
        assert "\\n" not in str(error)
        print(error)
"""


def test_damage_of_the_footer_does_not_end_the_process(path: Path) -> None:
    """A process of its own: pyarrow may end it with an exception in C++ that nobody catches."""
    write(path, pa.table({"text": TEXTS, "tags": [["a"], [], None, ["b", None]]}))
    child = subprocess.run([sys.executable, "-c", DAMAGED_FOOTERS, path], check=False, capture_output=True, text=True)
    assert (child.returncode, child.stderr) == (0, "")
    assert "Unsupported compression codec" in child.stdout


def fault_of_a_run(path: Path) -> str | None:
    """Read and write a table; return what is wrong with it."""
    try:
        table = ParquetTable(path)
        answered(table, [("p", 0.5) for _ in table.texts(0)])
    except DataError as error:
        return str(error)
    return None


def test_a_large_row_group_is_split_to_keep_memory_flat(path: Path) -> None:
    """A row group of 300 MB of text, read and written in slices."""
    num_rows = 3_000
    source = pa.table({"text": [f"{number:0100000}" for number in range(num_rows)]})
    write(path, source, compression="none", use_dictionary=False)
    del source
    arrow_before, arrow_peak = pa.total_allocated_bytes(), 0

    def measured(rows: Iterable[Any]) -> Iterator[Any]:
        nonlocal arrow_peak
        for row in rows:
            arrow_peak = max(arrow_peak, pa.total_allocated_bytes() - arrow_before)
            yield row

    table = ParquetTable(path)
    with path.with_suffix(".out").open("w+b") as file:
        table.write_answered(file, typed(NAMES), measured(("p", row / num_rows) for row in range(num_rows)))
        assert arrow_peak < 200_000_000
        result = pq.ParquetFile(file)
        assert len(row_group_sizes(result)) > 1
        assert result.read(NAMES[1:]).column(0).to_pylist() == [row / num_rows for row in range(num_rows)]


def test_a_row_group_of_many_small_rows_stays_whole(path: Path) -> None:
    source = pa.table({"text": [str(row % 7) for row in range(50_000)], "n": range(50_000)})
    table = ParquetTable(write(path, source, row_group_size=40_000))
    result = pq.ParquetFile(io.BytesIO(answered(table, [("p", row / 50_000) for row in range(50_000)])))
    assert row_group_sizes(result) == [40_000, 10_000]
    assert result.read(source.schema.names).equals(source)
    assert result.read(NAMES[1:]).column(0).to_pylist() == [row / 50_000 for row in range(50_000)]


def test_texts_of_a_large_row_group_are_read_in_slices(path: Path) -> None:
    source = pa.table({"text": [f"{number:01000}" for number in range(40_000)]})
    write(path, source, compression="none", use_dictionary=False)
    del source
    arrow_before = pa.total_allocated_bytes()
    peak = max(pa.total_allocated_bytes() - arrow_before for _ in ParquetTable(path).texts(0))
    assert peak < 20_000_000


def test_full_disk_is_no_fault_of_the_table(path: Path) -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    table = ParquetTable(write(path, pa.table({"text": TEXTS})))
    with pytest.raises(OSError, match="No space left"):
        table.write_answered(Full(), typed(NAMES), ANSWERS)


def change_footer(path: Path, old: bytes, new: bytes) -> None:
    """Change bytes of the footer that occur once."""
    content = path.read_bytes()
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    footer = content[start:-8]
    assert footer.count(old) == 1
    footer = footer.replace(old, new)
    path.write_bytes(content[:start] + footer + len(footer).to_bytes(4, "little") + b"PAR1")


JSON_TYPE, ENUM_TYPE, BSON_TYPE = b"\x25\x26\x4c\xcc", b"\x25\x08\x4c\x4c", b"\x25\x28\x4c\xdc"
"""Converted and logical type of a column, as Thrift writes them."""


@pytest.mark.parametrize(("type_bytes", "shown"), [(ENUM_TYPE, "Enum"), (BSON_TYPE, "BSON")])
def test_type_that_would_turn_into_bytes_is_refused(path: Path, type_bytes: bytes, shown: str) -> None:
    write(path, pa.table({"n": [1], "kind": pa.array(["{}"], pa.json_())}), store_schema=False)
    change_footer(path, JSON_TYPE, type_bytes)
    with pytest.raises(DataError, match=f"^{re.escape(str(path))}: column 'kind' has the type {shown}, which pyarrow"):
        ParquetTable(path).check_new_columns([])


def test_variants_are_refused(path: Path) -> None:
    required = [pa.field(name, pa.binary(), nullable=False) for name in ("metadata", "value")]
    struct = pa.array([{"metadata": b"\x01\0\0", "value": b"\0"}], pa.struct(required))
    write(path, pa.table({"text": ["x"], "v": struct}), store_schema=False)
    name_and_children = b"\x18\x01v\x15\x04"
    change_footer(path, name_and_children + b"\0", name_and_children + b"\x5c\x0c\x20\0\0\0")
    assert "(Variant(1))" in str(pq.ParquetFile(path).schema)
    with pytest.raises(DataError, match="contains a column of variants, which pyarrow cannot write; remove it"):
        ParquetTable(path).check_new_columns([])
    assert [row.text for row in ParquetTable(path).rows(0)] == ["x"]


def test_times_keep_whether_they_are_in_utc(path: Path) -> None:
    for in_utc in (False, True):
        source = pa.table({"text": ["x"], "time": pa.array([1], pa.time64("us"))})
        write(path, source, write_time_adjusted_to_utc=in_utc)
        result = pq.ParquetFile(io.BytesIO(answered(ParquetTable(path), [("p", 0.5)])))
        assert json.loads(result.schema.column(1).logical_type.to_json())["isAdjustedToUTC"] is in_utc


@pytest.mark.parametrize("wrap", [lambda type_: type_, pa.list_, lambda type_: pa.struct([("t", type_)])])
@pytest.mark.parametrize("as_arrow", [True, False])
def test_int96_keeps_its_value_or_is_refused(
    path: Path, wrap: Callable[[pa.DataType], pa.DataType], as_arrow: bool
) -> None:
    type_ = wrap(pa.timestamp("us"))
    for time in (datetime(1959, 12, 31, 23, 59, 59, 999_999), datetime(9999, 12, 31)):
        value = [time] if pa.types.is_list(type_) else {"t": time} if pa.types.is_struct(type_) else time
        source = pa.table({"text": ["x", "y"], "at": pa.array([None, value], type_)})
        write(path, source, use_deprecated_int96_timestamps=True, store_schema=as_arrow)
        table = ParquetTable(path)
        if time.year < 2262:
            result = pq.read_table(io.BytesIO(answered(table, [("p", 0.5)] * 2)))
            assert result.column("at").equals(pq.read_table(path).column("at"))
            assert result.column("at").cast(type_).to_pylist() == [None, value]
        else:
            with pytest.raises(DataError, match=r"column 'at' contains INT96 timestamps .* write it again in microsec"):
                answered(table, [("p", 0.5)] * 2)


def test_decimals_in_whole_numbers_keep_their_value(path: Path) -> None:
    source = pa.table({"text": ["x"], "price": pa.array([Decimal("1.20")], pa.decimal128(5, 2))})
    write(path, source, store_decimal_as_integer=True)
    result = pq.read_table(io.BytesIO(answered(ParquetTable(path), [("p", 0.5)])))
    assert result.select(["text", "price"]).equals(source)


def test_field_ids_and_nullability(path: Path) -> None:
    field = pa.field("text", pa.string(), nullable=False, metadata={"PARQUET:field_id": "7"})
    write(path, pa.table([["x"]], schema=pa.schema([field])), store_schema=False)
    result = pq.ParquetFile(io.BytesIO(answered(ParquetTable(path), [("p", 0.5)])))
    assert result.schema_arrow.field(0).equals(field, check_metadata=True)
    assert [result.schema_arrow.field(place).metadata for place in (1, 2)] == [None, None]


def test_no_columns(path: Path) -> None:
    table = ParquetTable(write(path, pa.table({})))
    assert (table.columns, table.num_rows) == ([], 0)
    assert pq.read_schema(io.BytesIO(answered(table, []))).names == NAMES


def test_each_column_keeps_its_codec(path: Path) -> None:
    nested = pa.array([{"b": [1]}], pa.struct([("b", pa.list_(pa.int64()))]))
    codecs = {"text": "zstd", "a.b.list.element": "gzip", "plain": "none"}
    write(path, pa.table({"text": ["x"], "a": nested, "plain": [1]}), compression=codecs)
    group = pq.read_metadata(io.BytesIO(answered(ParquetTable(path), [("p", 0.5)]))).row_group(0)
    assert [group.column(place).compression for place in range(5)] == ["ZSTD", "GZIP", "UNCOMPRESSED", "ZSTD", "ZSTD"]


@pytest.mark.parametrize("type_", [pa.float16(), pa.float32(), pa.float64()], ids=str)
def test_numbers_are_what_was_written(path: Path, type_: pa.DataType) -> None:
    write(path, pa.table({"text": ["가", "나", "다"], "label": pa.array([4.1, None, 3.0]).cast(type_, safe=False)}))
    rows = ParquetTable(path).rows(0, (1,))
    assert [row.cells for row in rows] == [[4.1], [None], [3.0]]
