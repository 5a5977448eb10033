"""`predict --unsure-below`: texts without a label, for people, pipes, programs and tables."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment import Classifier

Run = Callable[..., Any]
TEXTS = ["good film", "bad film", "이 영화 정말 최고예요"]


@pytest.fixture(autouse=True)
def threshold(shared_tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a threshold between the probabilities of the texts."""
    monkeypatch.setenv("SENTIMENT_MODEL", str(shared_tiny_model_dir))
    probabilities = sorted(float(one.probability or 0) for one in Classifier.load(shared_tiny_model_dir).predict(TEXTS))
    return f"{(probabilities[0] + probabilities[1]) / 2:.6f}"


def test_for_programs(run_command: Run, threshold: str) -> None:
    plain = [json.loads(line) for line in run_command("predict", "--json", *TEXTS, "").stdout.splitlines()]
    command = ("predict", "--json", "--unsure-below", threshold, *TEXTS, "")
    found = [json.loads(line) for line in run_command(*command).stdout.splitlines()]
    assert sorted(str(one["reason"]) for one in found) == ["None", "None", "empty", "unsure"]
    for before, after in zip(plain, found, strict=True):
        unsure = (before["probability"] or 1.0) < float(threshold)
        assert after["label"] == (None if unsure else before["label"])
        assert {**before, "label": after["label"], "reason": after["reason"]} == after


def test_for_people_and_pipes(run_command: Run, threshold: str) -> None:
    lines = run_command("predict", "--unsure-below", threshold, *TEXTS).stdout.splitlines()
    (unsure,) = (line for line in lines if line.startswith("\t"))
    label, probability, text = unsure.split("\t")
    assert (label, float(probability) < float(threshold)) == ("", True)
    alone = run_command("predict", "--unsure-below", threshold, text).stdout
    assert alone.startswith("no answer: unsure (")
    assert run_command("predict", "--unsure-below", "0", text).stdout == run_command("predict", text).stdout


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_tables(run_command: Run, threshold: str, tmp_path: Path, suffix: str) -> None:
    data, out = tmp_path / f"in.{suffix}", tmp_path / f"out.{suffix}"
    lines = [json.dumps({"text": text}) for text in [*TEXTS, ""]] if suffix == "jsonl" else ["text", *TEXTS, '""']
    data.write_text("\n".join(lines) + "\n", encoding="utf-8")
    run = ("predict", "--file", str(data), "--output", str(out), "--unsure-below", threshold)
    assert run_command(*run, "--all-probabilities").exit_code == 0
    written = out.read_text(encoding="utf-8")
    assert (written.count("unsure"), written.count("empty")) == (1, 1)
    assert written.count("predicted_reason") == (1 if suffix == "csv" else 4)
    again = run_command(*run, "--force")
    assert again.exit_code == 0
    assert "predicted_probability_" not in out.read_text(encoding="utf-8")


@pytest.mark.parametrize("option", ["--unsure-below", "--max-error"])
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_threshold_is_a_number(run_command: Run, option: str, value: str) -> None:
    outcome = run_command("predict", option, value, "good film")
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert option in outcome.stderr


def test_a_promise_finds_the_threshold_itself(run_command: Run) -> None:
    outcome = run_command("predict", "--max-error", "0.1", "--unsure-below", "0.9", "good film")
    assert outcome.exit_code == 2
    assert "cannot be combined" in outcome.stderr
