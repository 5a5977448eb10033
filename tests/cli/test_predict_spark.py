"""`predict --engine spark` chooses its model as every other way to predict, before Spark starts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sentiment.bulk import Counts
from sentiment.errors import ModelDirectoryError
from sentiment.model_dir import DEFAULT_CLASSIFIER, ENGLISH_CLASSIFIER
from sentiment.spark import files, session
from sentiment.spark.files import FilesRequest

Run = Callable[..., Any]
COMMAND = ("predict", "--engine", "spark", "--file", "in.csv", "--output", "out")


@dataclass
class NoSpark:
    """Stands for Spark, and keeps what is asked of it."""

    requests: list[FilesRequest] = field(default_factory=list)

    def start(self, *_: object, **__: object) -> "NoSpark":
        return self

    def stop(self) -> None:
        """Do nothing."""

    def predict(self, request: FilesRequest, *_: object) -> Counts:
        self.requests.append(request)
        return Counts(rows=2, written=2, empty=1)


@pytest.fixture
def spark(shipped: Path, write_model: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NoSpark:
    """In a folder without runs, with a model for each script."""
    write_model(shipped / ENGLISH_CLASSIFIER, texts=("a good film", "a bad film"))
    stand_in = NoSpark()
    monkeypatch.setattr(session, "start_session", stand_in.start)
    monkeypatch.setattr(files, "predict_files", stand_in.predict)
    monkeypatch.delenv("SENTIMENT_MODEL", raising=False)
    monkeypatch.chdir(tmp_path)
    return stand_in


def test_no_named_model_means_those_by_script(run_command: Run, spark: NoSpark, shipped: Path) -> None:
    outcome = run_command(*COMMAND)
    assert outcome.stderr.splitlines() == [
        f"model: {DEFAULT_CLASSIFIER} (the model that comes with sentiment for texts in Hangul)",
        f"model: {ENGLISH_CLASSIFIER} (the model that comes with sentiment for texts in Latin)",
        "in.csv: 2 rows in = 2 out + 0 rejected; 1 without a text that the model reads have no answer",
    ]
    (request,) = spark.requests
    assert request.by_script == {"Hangul": shipped / DEFAULT_CLASSIFIER, "Latin": shipped / ENGLISH_CLASSIFIER}
    assert request.model == shipped / DEFAULT_CLASSIFIER
    assert request.scripts == {"Hangul", "Latin"}


def test_a_named_model_or_a_run_of_one_s_own_reads_all(
    run_command: Run, spark: NoSpark, write_model: Callable[..., Path]
) -> None:
    outcome = run_command(*COMMAND, "--model", DEFAULT_CLASSIFIER)
    assert outcome.stderr.startswith(f"model: {DEFAULT_CLASSIFIER} (--model)\n")
    assert outcome.stderr.endswith("1 without a text have no answer\n")
    own = write_model(Path("runs/mine"), source="nsmc", metrics={"data": {"is_fallback": False}})
    assert run_command(*COMMAND).stderr.startswith(f"model: {own} (the last finished run under runs/)\n")
    assert [(one.by_script, one.scripts) for one in spark.requests] == [(None, None)] * 2
    assert spark.requests[1].model == own


def test_a_promise_is_refused_with_the_line_of_the_local_command(run_command: Run, spark: NoSpark) -> None:
    Path("in.csv").write_text("text\na good film\n", encoding="utf-8")
    on_spark = run_command(*COMMAND, "--max-error", "0.05")
    local = run_command("predict", "--file", "in.csv", "--output", "out", "--max-error", "0.05")
    assert on_spark.exit_code == local.exit_code == ModelDirectoryError.exit_code
    assert on_spark.stderr.splitlines()[-1] == local.stderr.splitlines()[-1]
    assert "sentiment calibrate korean-opinion --data FILE" in on_spark.stderr
    assert not spark.requests
