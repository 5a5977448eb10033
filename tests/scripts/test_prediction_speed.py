"""The start of a prediction can be measured for a model without weights, as the one that ships is."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import prediction_speed
from tests.conftest import write_tiny_encoder, write_tiny_model


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr(sys, "argv", ["prediction_speed.py", *map(str, arguments)])
    prediction_speed.main()


def test_start_is_measured_without_torch_where_there_are_no_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_tiny_model(tmp_path / "model", with_weights=False)
    run(monkeypatch, "start", "--model", model, "--rounds", "1")
    captured = capsys.readouterr()
    assert captured.err == f"{model}: has no model.safetensors, so it is not compared with torch\n"
    measured = [line.split(" | ")[0] for line in captured.out.splitlines() if line.startswith("| ")][2:]
    processes = ("predict", "bare imports", "--help", "import typer")
    ratios = ("predict / bare imports", "--help / import typer")
    assert measured == [f"| {name}" for name in (*processes, *ratios)]


def test_start_is_compared_with_torch_where_there_are_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Sequence[str]] = []

    def wall_seconds(command: Sequence[str]) -> float:
        asked.append(command)
        return 1.0

    monkeypatch.setattr(prediction_speed, "wall_seconds", wall_seconds)
    model = write_tiny_model(tmp_path / "model")
    run(monkeypatch, "start", "--model", model, "--rounds", "2")
    assert "| through torch / predict | 1 (1 to 1) |" in capsys.readouterr().out
    assert len(asked) == 5 * 3


def test_what_cannot_be_asked_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match=r"^error: .*no such model directory"):
        run(monkeypatch, "start", "--model", tmp_path / "missing")
    with pytest.raises(SystemExit, match=r"^error: .*encoder"):
        run(monkeypatch, "start", "--model", write_tiny_encoder(tmp_path / "encoder"))
