"""`sentiment eval` as a person and as a program sees it."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment.evaluation import LINEAR, MAJORITY
from sentiment.model_dir import ModelDirectory

Run = Callable[..., Any]


def test_json_is_one_object_on_stdout_and_the_rest_on_stderr(trained: Any, run_command: Run) -> None:
    outcome = run_command("eval", "--model", str(trained.model), "--json")
    assert outcome.exit_code == 0
    assert outcome.stdout.count("\n") == 1
    report = json.loads(outcome.stdout)
    assert report["model"] == str(trained.model)
    assert report["model_sha256"] == ModelDirectory.open(trained.model).fingerprint()
    assert report["data"]["split"] == "test"
    assert report["n"] == len(trained.splits().test.texts)
    assert report["baselines"].keys() == {MAJORITY, LINEAR}
    assert outcome.stderr.startswith(f"model: {trained.model} (--model)\n")
    assert "fitting the character n-gram baseline" in outcome.stderr


def test_tables_without_a_terminal_are_plain_aligned_text(trained: Any, run_command: Run) -> None:
    outcome = run_command("eval", "--model", str(trained.model))
    report = json.loads(run_command("eval", "--model", str(trained.model), "--json").stdout)
    assert outcome.exit_code == 0
    assert "\x1b" not in outcome.stdout
    lines = outcome.stdout.splitlines()
    assert f"{report['n']:,} rows" in lines[0]
    (header,) = (line for line in lines if LINEAR in line)
    alone, accuracy = (line for line in lines if line.startswith("accuracy %"))
    assert alone.split()[2:] == [f"{100 * report['accuracy']:.2f}"]
    accuracies = [
        report["accuracy"],
        *(report["baselines"][name]["metrics"]["accuracy"] for name in (LINEAR, MAJORITY)),
    ]
    assert accuracy.split()[2:] == [f"{100 * value:.2f}" for value in accuracies]
    assert len(header) == len(accuracy)
    assert any(line.startswith("Against the linear model: ") for line in lines)
    (confusion,) = (i for i, line in enumerate(lines) if line.startswith("true, by predicted"))
    matrix = lines[confusion + 1 : confusion + 1 + len(report["labels"])]
    assert [line.split() for line in matrix] == [
        [label, *map(str, row)] for label, row in zip(report["labels"], report["confusion_matrix"], strict=True)
    ]
    assert lines.index(alone) < confusion < lines.index(header)


def test_a_terminal_gets_tables_of_rich(
    trained: Any, run_command: Run, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    plain = run_command("eval", "--model", str(trained.model))
    monkeypatch.setattr("sentiment.cli.eval_display.sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    figures = re.compile(r"\d+\.\d\d")
    on_terminal = run_command("eval", "--model", str(trained.model))
    assert figures.findall(on_terminal.stdout) == figures.findall(plain.stdout)


def test_many_classes_spare_the_matrix(train: Callable[..., Any], run_command: Run) -> None:
    rows = [(f"{'가나다라마바사아자차카타파'[label]} {i}", f"{label}") for label in range(13) for i in range(8)]
    outcome = run_command("eval", "--model", str(train(rows=rows).model))
    assert outcome.exit_code == 0
    assert "The confusion matrix of 13 classes is in the output of --json." in outcome.stdout


def test_missing_baselines_are_said(trained: Any, run_command: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("text,label\n최고,positive\n최악,negative\n", encoding="utf-8")
    trained.data.unlink()
    outcome = run_command("eval", "--model", str(trained.model), "--data", str(other))
    assert outcome.exit_code == 0
    assert re.search(r"(?m)^accuracy % +\d+\.\d\d$", outcome.stdout)
    assert LINEAR not in outcome.stdout
    assert "No baselines: the model's training rows are not available: " in outcome.stdout


def test_no_baseline_prints_the_models_figures_alone(trained: Any, run_command: Run) -> None:
    outcome = run_command("eval", "--model", str(trained.model), "--no-baseline")
    assert outcome.exit_code == 0
    assert "aselines" not in outcome.stdout + outcome.stderr
    assert run_command("eval", "--model", str(trained.model)).stdout.startswith(outcome.stdout)


def test_without_scikit_learn_a_line_says_what_to_install(
    trained: Any, run_command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    outcome = run_command("eval", "--model", str(trained.model))
    assert outcome.exit_code == 0
    assert re.search(r"(?m)^accuracy % +\d+\.\d\d +- +\d+\.\d\d$", outcome.stdout)
    assert f"No {LINEAR} model: scikit-learn is not installed" in outcome.stdout
    report = json.loads(run_command("eval", "--model", str(trained.model), "--json").stdout)
    assert report["baselines"][LINEAR]["metrics"] is None
    assert report["baselines"][LINEAR]["reason"].startswith("scikit-learn is not installed")
    assert report["baselines"][MAJORITY]["metrics"] is not None


def test_columns_need_a_file(trained: Any, run_command: Run) -> None:
    outcome = run_command("eval", "--model", str(trained.model), "--text-column", "review")
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert "add --data" in " ".join(outcome.stderr.split())


def test_an_unknown_split_is_a_usage_error(trained: Any, run_command: Run) -> None:
    outcome = run_command("eval", "--model", str(trained.model), "--split", "dev")
    assert (outcome.exit_code, outcome.stdout) == (2, "")


def test_faults_are_one_line_with_their_exit_code(trained: Any, run_command: Run, tmp_path: Path) -> None:
    missing = run_command("eval", "--model", str(trained.model), "--data", str(tmp_path / "missing.csv"))
    assert (missing.exit_code, missing.stdout) == (4, "")
    assert missing.stderr.splitlines()[-1].startswith("error: ")
    absent = run_command("eval", "--model", str(tmp_path / "absent"))
    assert (absent.exit_code, absent.stdout) == (5, "")
