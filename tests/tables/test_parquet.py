"""Parquet files: what is read from a column of text, and that nothing but our columns is added."""

import base64
import io
import json
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from datetime import date
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
from sentiment.tables.parquet.footer import Footer
from sentiment.tables.stored import Cell, StoredTable

NAMES = ["predicted_label", "predicted_probability"]
TEXTS = ["좋다", None, "", "나쁘다"]
ANSWERS: list[tuple[Cell, ...]] = [("긍정", 0.75), (None, None), (None, None), ("부정", 1.0)]


def answered(table: ParquetTable, answers: Iterable[Sequence[Cell]], names: Sequence[str] = NAMES) -> bytes:
    buffer = io.BytesIO()
    table.write_answered(buffer, names, answers)
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
    with pytest.raises(DataError, match=r"column 'text' holds .*, not text; name another one with --text-column"):
        list(table.texts(0))


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


@settings(max_examples=100, deadline=None)
@given(tables(), st.integers(1, 5), st.booleans(), st.data())
def test_everything_else_survives(
    tmp_path_factory: pytest.TempPathFactory, source: pa.Table, group_rows: int, as_arrow: bool, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("property") / "rows.parquet"
    write(
        path,
        source,
        row_group_size=group_rows,
        store_schema=as_arrow,
        write_page_index=True,
        sorting_columns=[pq.SortingColumn(0)],
    )
    answer = st.tuples(st.none() | st.text(max_size=3), st.none() | st.floats(0, 1))
    answers = data.draw(st.lists(answer, min_size=source.num_rows, max_size=source.num_rows))
    before = pq.ParquetFile(path)
    package = answered(ParquetTable(path), answers)
    after = pq.ParquetFile(io.BytesIO(package), page_checksum_verification=True)

    footer_start = before.metadata.serialized_size
    assert package.startswith(path.read_bytes()[: -footer_start - 8])
    result = after.read()
    width = len(source.schema)
    assert result.select(range(width)).equals(before.read(), check_metadata=True)
    assert [result.schema.field(place) for place in range(width)] == list(before.schema_arrow)
    assert result.schema.metadata == before.schema_arrow.metadata
    assert list(zip(*(result.column(width + place).to_pylist() for place in (0, 1)), strict=True)) == answers
    assert after.metadata.num_row_groups == before.metadata.num_row_groups
    for index in range(before.metadata.num_row_groups):
        old, new = before.metadata.row_group(index), after.metadata.row_group(index)
        assert new.sorting_columns == old.sorting_columns
        for column in range(old.num_columns):
            assert new.column(column).to_dict() == old.column(column).to_dict()
        sizes = [new.column(column).total_uncompressed_size for column in range(new.num_columns)]
        assert new.total_byte_size == sum(sizes)


def test_many_columns_and_row_groups(path: Path) -> None:
    """The footer writes the length of a list in another way from 15 elements on, and of 128 again."""
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
    late = [(None, None, None), ("p", None, None), (None, 0.5, None), (None, None, "note")]
    result = pq.read_table(io.BytesIO(answered(table, late, ["a", "b", "c"])))
    assert result.schema.types[1:] == [pa.string(), pa.float64(), pa.string()]
    assert result.column("c").to_pylist() == [None, None, None, "note"]


@pytest.mark.parametrize("answers", [ANSWERS[:3], [*ANSWERS, ("p", 0.5)], [("p",)] * 4, [("p", 0.5, 0.5)] * 4, []])
def test_number_of_answers_must_fit(path: Path, answers: list[tuple[Cell, ...]]) -> None:
    table = ParquetTable(write(path, pa.table({"text": TEXTS}), row_group_size=3))
    with pytest.raises(ValueError, match=r"answers|zip\(\)"):
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


def test_arrow_schema_lists_the_new_columns(path: Path) -> None:
    write(path, pa.table({"text": ["좋다"]}))
    metadata = pq.read_metadata(io.BytesIO(answered(ParquetTable(path), [("p", 0.5)]))).metadata
    schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(metadata[b"ARROW:schema"])))
    assert schema.names == ["text", *NAMES]


def test_missing_package_names_the_extra(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'sentiment\[tables\]'"):
        ParquetTable(path)


def test_bytes_that_are_not_utf8(path: Path) -> None:
    texts = pa.array([b"ok"] * 3_000 + [b"\xff\xfe", b"ok"])
    invalid = pa.Array.from_buffers(pa.string(), len(texts), texts.buffers())
    table = ParquetTable(write(path, pa.table({"text": invalid, "other": invalid})))
    with pytest.raises(DataError, match=r"row 3001: column 'text' holds bytes that are not UTF-8; write"):
        list(table.texts(0))
    assert pq.read_metadata(io.BytesIO(answered(table, [("p", 0.5)] * 3_002))).num_columns == 4


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


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_cut_or_changed_file_is_an_answer_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = write(tmp_path_factory.mktemp("damage") / "rows.parquet", pa.table({"text": TEXTS * 30, "n": range(120)}))
    content = bytearray(path.read_bytes())
    footer = Footer.read(io.BytesIO(bytes(content))).start
    content[data.draw(st.integers(4, footer - 1))] ^= data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    assert "\n" not in (fault_of_a_run(path) or "")


def fault_of_a_run(path: Path) -> str | None:
    """Read and write a table; return what is wrong with it."""
    try:
        table = ParquetTable(path)
        answered(table, [("p", 0.5) for _ in table.texts(0)])
    except DataError as error:
        return str(error)
    return None


def test_memory_is_flat(path: Path) -> None:
    """One row group of 40 MB of text, and its answers in slices."""
    num_rows = 40_000
    write(
        path,
        pa.table({"text": [f"{number:01000}" for number in range(num_rows)]}),
        compression="none",
        use_dictionary=False,
    )
    arrow_before = pa.total_allocated_bytes()
    table, arrow_peak = ParquetTable(path), 0
    for _ in table.texts(0):
        arrow_peak = max(arrow_peak, pa.total_allocated_bytes() - arrow_before)
    assert arrow_peak < 20_000_000
    with path.with_suffix(".out").open("w+b") as file:
        tracemalloc.start()
        try:
            table.write_answered(file, NAMES, (("positive", 0.5) for _ in range(num_rows)))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 8_000_000
