"""What a worker does with record batches, without Spark."""

import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment import Classifier
from sentiment.bulk import AnswerColumns
from sentiment.errors import DataError, ModelDirectoryError
from sentiment.model_dir import DEFAULT_CLASSIFIER, ENGLISH_CLASSIFIER, ModelDirectory
from sentiment.model_dir.known import shipped_by_script
from sentiment.spark.models import WorkerModel, WorkerModelsByScript, loaded
from sentiment.spark.partitions import WINDOW_BYTES, PartitionPredictor, windows
from sentiment.tables import WINDOW_ROWS


def batch_of(texts: Sequence[str | None]) -> pa.RecordBatch:
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


class TestModelsByScript:
    """Where no model is named, the script of each text chooses among those that come with sentiment."""

    @pytest.fixture
    def english(self, shipped: Path, write_model: Callable[..., Path]) -> Path:
        """The stand-in for the model of English texts, beside that for Korean ones."""
        loaded.cache_clear()
        return write_model(shipped / ENGLISH_CLASSIFIER, texts=("a good film", "a bad film"))

    @pytest.fixture
    def loads(self, english: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The names of the models loaded in this process."""
        names: list[str] = []
        load = Classifier.load

        def counted(path: Path, **options: Any) -> Classifier:
            names.append(path.name)
            return load(path, **options)

        monkeypatch.setattr(Classifier, "load", counted)
        return names

    def predictor(self) -> PartitionPredictor:
        paths = shipped_by_script()
        model = WorkerModelsByScript.of(paths)
        return PartitionPredictor(model, 0, "text", AnswerColumns(), 128, threads=1, scripts=frozenset(paths))

    def answers(self, texts: Sequence[str | None]) -> list[tuple[Any, Any]]:
        """Predict a partition, as a task of its own does."""
        predictor = pickle.loads(pickle.dumps(self.predictor()))
        (answered,) = predictor([batch_of(texts)])
        return list(zip(answered.column(1).to_pylist(), answered.column(2).to_pylist(), strict=True))

    def test_each_text_is_answered_by_its_own(self, shipped: Path, english: Path) -> None:
        texts = ["이 영화 정말 최고예요", "good film", "bad film 최고", "GOOD", "배우가 아깝다", "100"]
        chosen = [shipped / DEFAULT_CLASSIFIER if row in {0, 2, 4, 5} else english for row in range(len(texts))]
        expected = [Classifier.load(path).predict([text])[0] for path, text in zip(chosen, texts, strict=True)]
        assert self.answers(texts) == [(one.label, pytest.approx(one.probability, abs=1e-6)) for one in expected]
        other = Classifier.load(shipped / DEFAULT_CLASSIFIER).predict(["good film"])[0]
        assert abs((other.probability or 0) - (expected[1].probability or 0)) > 1e-4

    def test_a_process_loads_each_once_and_only_if_a_text_needs_it(self, loads: list[str]) -> None:
        self.answers(["good film"])
        assert loads == [ENGLISH_CLASSIFIER]
        for _ in range(2):
            self.answers(["이 영화", "a bad film"])
        assert loads == [ENGLISH_CLASSIFIER, DEFAULT_CLASSIFIER]

    def test_a_text_in_a_script_that_none_reads_has_no_answer(self, english: Path) -> None:
        answers = self.answers(["이 영화", "こんにちは", None, "good film", "хорошо", "ｶﾞﾝﾊﾞﾚ ok"])
        assert [label is not None for label, _ in answers] == [True, False, False, True, False, False]
        assert [probability is not None for _, probability in answers] == [True, False, False, True, False, False]

    def test_another_model_than_the_driver_s_is_refused(
        self, shipped: Path, english: Path, write_model: Callable[..., Path]
    ) -> None:
        predictor = self.predictor()
        write_model(english, texts=("quite other texts",), replace=True)
        with pytest.raises(ModelDirectoryError, match=f"^{ENGLISH_CLASSIFIER}: worker .* another model of this name"):
            list(predictor([batch_of(["이 영화"])]))
