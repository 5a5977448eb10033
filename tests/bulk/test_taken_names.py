"""A column to be added may not have the name of one that is there, whatever the format."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment.errors import DataError
from tests.bulk.conftest import Answer

COLUMNS = {"text": ["good film"], "predicted_label": ["old"], "predicted_probability": ["0.5"]}


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_every_taken_name_is_told(answer: Answer, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix == ".parquet":
        pq.write_table(pa.table(COLUMNS), path)
    else:
        path.write_text(",".join(COLUMNS) + "\n" + ",".join(cells[0] for cells in COLUMNS.values()) + "\n")
    with pytest.raises(DataError) as caught:
        answer(path, output=tmp_path / f"out{path.suffix}")
    taken = "'predicted_label', 'predicted_probability'"
    assert str(caught.value) == f"{path}: already has a column {taken}; choose other names with `column_prefix`"
    answer(path, output=tmp_path / f"out{path.suffix}", column_prefix="new_")
