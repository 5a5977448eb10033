from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment.evaluation import find_suited_model
from sentiment.model_dir import DEFAULT_CLASSIFIER, ENGLISH_CLASSIFIER, FILM_CLASSIFIER
from sentiment.tables import TableOptions

LABELS = {"good": "positive", "bad": "negative"}
KOREAN, ENGLISH = ["이 영화 정말 좋아요,1", "별로예요,0"], ["a good film,1", "a bad film,0"]


def find(model: str | None = None, data: str | None = None, behaviour: str | None = None) -> str:
    options = TableOptions()
    columns: dict[str, None] = {"text_column": None, "label_column": None}
    return find_suited_model(model, data=data, behaviour=behaviour, options=options, **columns)[0].name


@pytest.fixture(autouse=True)
def _both_shipped(
    shipped: Path, write_model: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_model(shipped / ENGLISH_CLASSIFIER)
    monkeypatch.delenv("SENTIMENT_MODEL", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        (KOREAN, DEFAULT_CLASSIFIER),
        (ENGLISH, ENGLISH_CLASSIFIER),
        ([*KOREAN, *ENGLISH, *ENGLISH], ENGLISH_CLASSIFIER),
        (["100,1", "...,0"], DEFAULT_CLASSIFIER),
    ],
)
def test_the_script_of_most_rows_chooses(rows: list[str], name: str) -> None:
    Path("rows.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    assert find(data="rows.csv") == name
    assert find(DEFAULT_CLASSIFIER, data="rows.csv") == DEFAULT_CLASSIFIER


@pytest.mark.parametrize(("korean", "note"), [(1, "; 9% of the texts are in Hangul letters, which "), (0, "")])
def test_rows_for_another_model_are_told_of(korean: int, note: str) -> None:
    rows = [*KOREAN[:korean], *ENGLISH * 5]
    Path("rows.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    columns: dict[str, None] = {"text_column": None, "label_column": None}
    _, reason = find_suited_model(None, data="rows.csv", options=TableOptions(), **columns)
    assert reason.endswith(f"{note}{DEFAULT_CLASSIFIER} is for" if note else "sentiment")


def test_without_rows_the_suite_chooses() -> None:
    assert (find(), find(behaviour="korean")) == (DEFAULT_CLASSIFIER, DEFAULT_CLASSIFIER)
    assert (find(behaviour="auto"), find(behaviour="english")) == (DEFAULT_CLASSIFIER, ENGLISH_CLASSIFIER)


def test_without_any_it_is_one_whose_rows_can_be_downloaded(shipped: Path, write_model: Callable[..., Path]) -> None:
    write_model(shipped / DEFAULT_CLASSIFIER, source="rows.csv", replace=True)
    assert find() == ENGLISH_CLASSIFIER
    write_model(shipped / FILM_CLASSIFIER, source="nsmc")
    assert find() == FILM_CLASSIFIER
    write_model(Path("runs/own"), source="rows.csv")
    assert find() == "own"


@pytest.mark.parametrize("command", ["eval", "calibrate"])
def test_commands_choose_it(command: str, run_command: Callable[..., Any]) -> None:
    rows = [f"{kind} film {number},{label}" for kind, label in LABELS.items() for number in range(12)]
    Path("rows.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    outcome = run_command(command, "--data", "rows.csv", *(["--out", "mine"] if command == "calibrate" else []))
    assert outcome.stderr.startswith(f"model: {ENGLISH_CLASSIFIER} (")
