"""What a worker does with record batches, without Spark."""

import pickle
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.bulk import AnswerColumns
from sentiment.errors import DataError
from sentiment.model_dir import ModelDirectory
from sentiment.spark.models import WorkerModel, loaded
from sentiment.spark.partitions import WINDOW_BYTES, PartitionPredictor, windows
from sentiment.tables import WINDOW_ROWS


def batch_of(texts: list[str | None]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(texts, pa.string())], names=["text"])


@pytest.fixture
def model(shared_tiny_model_dir: Path) -> WorkerModel:
    return WorkerModel.of(ModelDirectory.open(shared_tiny_model_dir), on_workers=True)


@pytest.fixture
def predictor(model: WorkerModel) -> PartitionPredictor:
    return PartitionPredictor(model, 0, "text", AnswerColumns(), batch_size=128, threads=1, fingerprint=False)


@given(sizes=st.lists(st.integers(0, 20_000), max_size=4), width=st.sampled_from([1, 300, 20_000_000]))
def test_windows_hold_all_rows_in_order_and_no_more_than_fit(sizes: list[int], width: int) -> None:
    sizes = [size % 3 for size in sizes] if width > 1_000 else sizes
    cells = np.arange(sum(sizes))
    ends = np.cumsum([0, *sizes]).tolist()
    batches = [
        pa.RecordBatch.from_arrays([pa.array(cells[begin:end]), pa.array(["x" * width] * (end - begin))], ["n", "text"])
        for begin, end in pairwise(ends)
    ]
    found = list(windows(iter(batches)))
    rows = [piece.column(0).to_numpy() for pieces in found for piece in pieces]
    assert np.array_equal(np.concatenate([cells[:0], *rows]), cells)
    for pieces in found:
        num_rows = sum(piece.num_rows for piece in pieces)
        assert 0 < num_rows <= WINDOW_ROWS
        assert num_rows == 1 or sum(piece.nbytes for piece in pieces) <= WINDOW_BYTES
    if width == 1:
        assert all(sum(piece.num_rows for piece in pieces) == WINDOW_ROWS for pieces in found[:-1])


def test_a_process_loads_a_model_once(model: WorkerModel) -> None:
    assert loaded(pickle.loads(pickle.dumps(model)), 1) is loaded(model, 1)


def test_every_batch_comes_back_whole(predictor: PartitionPredictor, model: WorkerModel) -> None:
    (expected,) = loaded(model, 1).predict(["good film"])
    answered = list(
        pickle.loads(pickle.dumps(predictor))([batch_of(["good film", None]), batch_of([]), batch_of([""])])
    )
    assert [piece.column(0).to_pylist() for piece in answered] == [["good film", None], [""]]
    assert [piece.column(1).to_pylist() for piece in answered] == [[expected.label, None], [None]]


def test_bytes_that_are_no_text_are_one_line(predictor: PartitionPredictor) -> None:
    broken = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xb0\xa1")])
    with pytest.raises(DataError, match=r"column .text. contains bytes that are not UTF-8; .*make_valid_utf8"):
        list(predictor([pa.RecordBatch.from_arrays([broken], names=["text"])]))


LOADED = """
import pickle, sys
import pyarrow.parquet as pq
(answered,) = pickle.load(open(sys.argv[1], "rb"))(pq.ParquetFile(sys.argv[2]).iter_batches())
assert answered.column(1).null_count == 1
print(*{"onnxruntime", "pandas", "torch"} & set(sys.modules))
"""


def test_a_worker_does_without_pandas(predictor: PartitionPredictor, tmp_path: Path) -> None:
    (tmp_path / "predictor").write_bytes(pickle.dumps(predictor))
    pq.write_table(pa.table({"text": ["good film", None]}), tmp_path / "rows.parquet")
    command = [sys.executable, "-c", LOADED, str(tmp_path / "predictor"), str(tmp_path / "rows.parquet")]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "onnxruntime\n"
