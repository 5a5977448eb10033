"""What metrics.json records of the rows, for later evaluations."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SETTINGS = (
    *("model.embedding_size=8", "model.hidden_size=8", "tokenizer.vocab_size=200", "training.epochs=1"),
    *("data.validation_fraction=0.2", "data.test_fraction=0.2", "training.calibrate=false"),
)
ROWS = [f"{word} film {row},{label}" for row in range(30) for word, label in (("good", "좋음"), ("bad", "싫음"))]


def test_a_training_records_the_rows_before_it_divided_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_command: Callable[..., Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.csv").write_text("\n".join(["text,label", *ROWS]), encoding="utf-8")
    options = [word for setting in SETTINGS for word in ("--set", setting)]
    ended = run_command("train", "--data", "my.csv", "--out", "mine", "--threads", "1", *options)
    assert ended.exit_code == 0, ended.stderr
    data = json.loads(Path("mine/metrics.json").read_text(encoding="utf-8"))["data"]
    assert len(data["undivided_sha256"]) == 64
    assert data["undivided_sha256"] != data["train"]["sha256"]
    evaluate = ("eval", "--model", "mine", "--no-baseline", "--json")
    own = json.loads(run_command(*evaluate).stdout)
    Path("my.csv").unlink()
    Path("other.csv").write_text("\n".join(["text,label", *sorted(ROWS)]), encoding="utf-8")
    outcome = run_command(*evaluate, "--data", "other.csv")
    found = json.loads(outcome.stdout)
    assert (found["n"], found["accuracy"], found["data"]["split"]) == (own["n"], own["accuracy"], "test")
    assert "other.csv: contains the rows of my.csv, which the model was trained on" in outcome.stderr
