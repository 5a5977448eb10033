"""The columns that are added: their types are known before the first cell."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.bulk.conftest import Answer, ChecksumScorer


def probability(text: str) -> float:
    return float(ChecksumScorer().answer(text)[1])


def test_a_column_without_a_cell_for_long_has_its_type_all_the_same(answer: Answer, tmp_path: Path) -> None:
    sure = next(text for text in map("word {}".format, range(100)) if probability(text) > 0.9)
    unsure = next(text for text in map("word {}".format, range(100)) if probability(text) < 0.9)
    for name, texts in (("sure", [sure] * 9_000), ("late", [*[sure] * 9_000, unsure])):
        pq.write_table(pa.table({"text": texts}), tmp_path / f"{name}.parquet")
        answer(tmp_path / f"{name}.parquet", output=tmp_path / f"{name}-out.parquet", unsure_below=0.9)
        reasons = pq.read_table(tmp_path / f"{name}-out.parquet").column("predicted_reason")
        assert (reasons.type, reasons.null_count, reasons[-1].as_py()) == (
            pa.string(),
            9_000,
            "unsure" if name == "late" else None,
        )
