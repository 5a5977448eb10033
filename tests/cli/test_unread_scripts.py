"""What the model that comes with sentiment cannot read gets no guess where no model is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment.errors import DataError

Run = Callable[..., Any]
REASON = "written in Hiragana, which no included model reads; choose a model with --model"


@pytest.fixture(autouse=True)
def _alone(shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the shipped model be the only one."""
    assert shipped.exists()
    monkeypatch.delenv("SENTIMENT_MODEL", raising=False)
    monkeypatch.chdir(tmp_path)


def test_one_text(run_command: Run) -> None:
    outcome = run_command("predict", "こんにちは")
    assert (outcome.exit_code, outcome.stdout) == (0, f"no answer: the text is {REASON}\n")
    in_json = run_command("predict", "--json", "こんにちは")
    assert json.loads(in_json.stdout) == {
        "text": "こんにちは",
        "label": None,
        "probability": None,
        "probabilities": None,
        "windows": 0,
    }
    assert in_json.stderr.splitlines()[-1] == f"text 1 has no answer: it is {REASON}"


@pytest.mark.parametrize(("text", "fault"), [("こんにちは", REASON), (" ", "empty")])
@pytest.mark.parametrize("options", [("--explain",), ("--explain", "--json")])
def test_what_is_inside_of_no_answer_is_told(run_command: Run, options: tuple[str, ...], text: str, fault: str) -> None:
    outcome = run_command("predict", *options, text)
    assert outcome.exit_code == 0
    assert [json.loads(line)["label"] for line in outcome.stdout.splitlines()] in ([], [None])
    assert outcome.stderr.splitlines()[-1] == f"text 1 has no answer: it is {fault}"


@pytest.mark.parametrize("piped", [False, True])
def test_others_beside_it_are_answered(run_command: Run, piped: bool) -> None:
    texts = ["이 영화", "こんにちは", "", "good film", "хорошо", "👍 100"]
    outcome = (
        run_command("predict", stdin="".join(f"{text}\n" for text in texts).encode())
        if piped
        else run_command("predict", *texts)
    )
    rows = [line.split("\t") for line in outcome.stdout.splitlines()]
    assert [row[-1] for row in rows] == texts
    assert [bool(row[0]) for row in rows] == [True, False, False, True, False, True]
    assert outcome.stderr.splitlines()[-1] == f"text 2 has no answer: it is {REASON} (and 1 more like it)"


def test_a_model_that_is_named_answers(run_command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_command("predict", "--model", "korean-opinion", "こんにちは").stdout.startswith(("neg", "pos"))
    monkeypatch.setenv("SENTIMENT_MODEL", "korean-opinion")
    assert run_command("predict", "こんにちは").stdout.startswith(("neg", "pos"))


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "rows.parquet", "rows.txt"])
def test_a_table_of_them_is_refused_before_anything_is_written(
    run_command: Run, tmp_path: Path, write_table: Callable[..., None], name: str
) -> None:
    write_table(tmp_path / name, ["こんにちは", "さようなら", "좋아요"])
    outcome = run_command("predict", "--file", name, "--output", "answers" + Path(name).suffix)
    assert outcome.exit_code == DataError.exit_code
    assert outcome.stderr.splitlines()[-1] == (
        f"error: {name}: its texts are written in Hiragana, and the model that comes with sentiment reads Hangul and "
        "Latin; choose a model with --model, or train one on texts like these"
    )
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [name]
    named = run_command("predict", "--file", name, "--output", "a" + Path(name).suffix, "--model", "korean-opinion")
    assert named.exit_code == 0


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "rows.txt"])
def test_rows_of_a_table_are_answered_each_by_itself(
    run_command: Run, tmp_path: Path, write_table: Callable[..., None], name: str
) -> None:
    texts = ["이 영화 정말 최고예요", "배우가 아깝다", "こんにちは", "good film", "👍 100", ""]
    write_table(tmp_path / name, texts)
    outcome = run_command("predict", "--file", name)
    answered = ["negative" in line or "positive" in line for line in outcome.stdout.splitlines()[name == "rows.csv" :]]
    assert (outcome.exit_code, answered) == (0, [True, True, False, True, True, False][: len(answered)])
    assert "2 without a text that the model reads have no answer" in outcome.stderr or name == "rows.txt"
    one_by_one = run_command("predict", "--json", *texts[:5])
    assert [json.loads(line)["label"] is not None for line in one_by_one.stdout.splitlines()] == answered[:5]


def test_the_reason_says_which_rows_are_of_another_script(
    run_command: Run, tmp_path: Path, write_table: Callable[..., None]
) -> None:
    write_table(tmp_path / "rows.csv", ["이 영화 정말 최고예요", "배우가 아깝다", "こんにちは", ""])
    options = ("--unsure-below", "0.5")
    rows = run_command("predict", "--file", "rows.csv", *options).stdout.splitlines()[1:]
    assert [row.split(",")[-1] for row in rows] == ["", "", "unread script", "empty"]
    streamed = run_command("predict", "--json", *options, "こんにちは", "").stdout.splitlines()
    assert [json.loads(line)["reason"] for line in streamed] == ["unread script", "empty"]


def test_rows_of_a_stream_are_answered_each_by_itself(run_command: Run) -> None:
    rows = "id,text\n1,こんにちは\n2,이 영화\n3,\n"
    outcome = run_command("predict", "--file", "-", "--format", "csv", stdin=rows.encode())
    assert [line.split(",")[2] != "" for line in outcome.stdout.splitlines()] == [True, False, True, False]
    assert outcome.exit_code == 0
    assert outcome.stderr.splitlines()[-1].endswith("2 without a text that the model reads have no answer")
    named = run_command("predict", "--file", "-", "--format", "csv", "--model", "korean-opinion", stdin=rows.encode())
    assert named.stderr.splitlines()[-1].endswith("1 without a text have no answer")


@pytest.fixture
def write_table() -> Callable[..., None]:
    """The function that writes a table of texts in the format that its name tells."""

    def write(path: Path, texts: list[str]) -> None:
        if path.suffix == ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.table({"text": texts}), path)
            return
        lines = {
            ".csv": ["id,text", *(f"{n},{text}" for n, text in enumerate(texts))],
            ".jsonl": [json.dumps({"text": text}) for text in texts],
            ".txt": texts,
        }[path.suffix]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    return write
