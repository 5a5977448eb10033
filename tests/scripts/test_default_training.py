"""The script that trains as `sentiment train` does by default, beside linear models."""

import json
import sys
from pathlib import Path

import pytest

import sentiment
from default_training import Result, Task, main, table

RESULTS = [
    Result("a.csv:t:l", 0, 80, {"sentiment train": 80.0, "characters": 70.0, "both": 79.0}, 3.0),
    Result("a.csv:t:l", 1, 80, {"sentiment train": 90.0, "characters": 80.0, "both": 75.0}, 4.0),
]


def test_means_stand_in_the_table() -> None:
    assert table(RESULTS) == [
        "| file | rows | sentiment train | characters | both | difference | s |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| a.csv:t:l | 80 | 85.00 | 75.00 | 77.00 | +8.00 | 4 |",
    ]


def test_no_text_is_in_both_parts_and_seeds_hold_out_others(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("t,l\n" + "".join(f"text {row % 90},{row % 2}\n" for row in range(180)), encoding="utf-8")
    task = Task.parse(f"{path}:t:l:100")
    training, held_out = task.divide(0)
    assert 85 <= len(training.texts) <= 115
    assert not set(training.texts) & set(held_out.texts)
    assert set(held_out.texts) != set(task.divide(1)[1].texts)
    assert held_out.accuracy([*held_out.labels[:-1], None]) == pytest.approx(100 * (1 - 1 / len(held_out.labels)))


def test_what_has_been_measured_is_not_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, results = tmp_path / "a.csv", tmp_path / "results.jsonl"
    path.write_text(
        "t,l\n"
        + "".join(f"{word} film {row},{int(word == 'good')}\n" for row in range(20) for word in ("good", "bad")),
        encoding="utf-8",
    )
    name = f"{path}:t:l"
    monkeypatch.setattr(sys, "argv", ["default_training.py", name, "--seeds", "0", "--results", str(results)])

    class Trained:
        def predict(self, texts: list[str]) -> list["Answer"]:
            return [Answer() for _ in texts]

    class Answer:
        label = "1"

    monkeypatch.setattr(sentiment, "train", lambda *_, **__: Trained())
    main()
    first = capsys.readouterr().out
    assert len(first.splitlines()) == 3
    assert len(results.read_text().splitlines()) == 1
    assert json.loads(results.read_text())["accuracies"]["sentiment train"] == pytest.approx(50.0)
    monkeypatch.delattr(sentiment, "train")
    main()
    assert capsys.readouterr().out == first
