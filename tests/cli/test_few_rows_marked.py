"""`models list` on a terminal says what an accuracy was measured on, and marks few rows."""

from pathlib import Path

import pytest

from sentiment.cli.model_display import accuracy_and_rows
from sentiment.model_dir import ModelSummary
from tests.conftest import write_tiny_model


@pytest.mark.parametrize(
    ("metrics", "rows"),
    [
        ({"data": {"validation": {"name": "mine", "counts": {"used": 30}}}}, "30 rows of mine (few rows)"),
        ({"data": {"validation": {"name": "mine", "counts": {"used": 7_500}}}}, "7500 rows of mine"),
        ({"cross_validation": {"accuracy": 0.8, "n": 40}}, "40 rows, cross-validated (few rows)"),
        ({"cross_validation": {"accuracy": 0.8, "n": 1_000}}, "1,000 rows, cross-validated"),
        ({}, ""),
    ],
)
def test_rows_of_an_accuracy(tmp_path: Path, metrics: dict[str, object], rows: str) -> None:
    model = write_tiny_model(tmp_path / "model", metrics=metrics)
    assert accuracy_and_rows(ModelSummary.read(model))[1] == rows
