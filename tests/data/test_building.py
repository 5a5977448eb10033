"""A data set that is built on the user's machine: from raw files to the rows that a pretraining reads."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sentiment.config import DataConfig
from sentiment.data import load_pretraining_texts, source_info, source_names
from sentiment.data.building import BUILDERS

NAME = "naver-movie-reviews"
Run = Callable[..., Any]


def review(number: object, text: object, rating: object, **others: object) -> dict[str, Any]:
    rated = {"review": text, "rating": str(rating), "review_id": str(number), "movie_id": "7"}
    return rated | {"date": "15.08.25", "author": "a***"} | others


def write_raw(folder: Path, *films: list[dict[str, Any]]) -> Path:
    folder.mkdir()
    for number, reviews in enumerate(films):
        (folder / f"{number}.json").write_text(json.dumps(reviews, ensure_ascii=False), encoding="utf-8")
    return folder


def test_what_is_built_is_what_the_source_reads(data: Path, run_command: Run) -> None:
    raw = write_raw(
        data / "raw",
        [review(3, "NSMC에 있는 글", 10), review(203, "새로운  글", 7), review(204, "great FILM", 10)],
        [review(202, "또 다른 글", 1), review(203, "새로운 글", 7), review(205, "  ", 3), review(206, "글", 11)],
    )
    out = data / "data" / NAME / "reviews.parquet"
    outcome = run_command("data", "build", NAME, str(raw), "--out", str(out), "--force")
    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.stdout == f"{out}\n"
    assert pq.read_table(out).to_pylist() == [
        {"id": 202, "document": "또 다른 글", "rating": 1, "movie_id": 7, "date": "15.08.25"},
        {"id": 203, "document": "새로운 글", "rating": 7, "movie_id": 7, "date": "15.08.25"},
    ]
    reasons = ("are in NSMC", "are duplicates", "have no text", "have an impossible rating", "equal a test text")
    assert all(f"1 reviews {reason} and are left out" in outcome.stderr for reason in reasons)
    assert "reviews.parquet: 2 reviews written" in outcome.stderr
    texts = load_pretraining_texts([NAME], DataConfig(), lambda _line: None)
    assert texts.texts == ["또 다른 글", "새로운 글"]
    assert texts.grade_values == (1, 7)


def test_it_is_written_where_it_is_looked_for_and_replaced_with_force_only(
    data: Path, run_command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "data" / NAME / "reviews.parquet").unlink()
    raw = write_raw(data / "raw", [review(202, "또 다른 글", 1)])
    assert run_command("data", "build", NAME, str(raw)).exit_code == 0
    found = source_info(NAME).find("train")
    assert found == data / "cache" / "data" / NAME / "reviews.parquet"
    before = found.read_bytes()
    folder = run_command("data", "build", NAME, str(raw), "--out", str(data), "--force")
    assert folder.exit_code == 7
    assert folder.stderr.startswith(f"error: {data}: already exists")
    again = run_command("data", "build", NAME, str(raw))
    assert again.exit_code == 7
    assert f"{found}: already exists; choose another place with --out, or replace a file with --force" in again.stderr
    assert run_command("data", "build", NAME, str(raw), "--force").exit_code == 0
    assert found.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "contains no JSON files; pass the folder raw of a clone of https://github.com/e9t/nsmc"),
        ('{"review": 3}', "does not contain a list of reviews"),
        ("[[", "not valid JSON"),
        ('[{"review": "\\ud800"}]', "not valid JSON (half a surrogate pair)"),
        (json.dumps([review(2**63, "글", 1)]), "a number is negative or too large"),
        (json.dumps([review("x", "글", 1)]), "does not contain a list of reviews"),
        (json.dumps([review(202, ["글"], 1)]), "does not contain a list of reviews"),
        (json.dumps([review(202, "글", 1, date=None)]), "does not contain a list of reviews"),
    ],
)
def test_a_folder_without_reviews_is_one_clear_line(
    data: Path, run_command: Run, content: str | None, fault: str
) -> None:
    raw = write_raw(data / "raw")
    if content is not None:
        (raw / "1.json").write_text(content)
    out = data / "out.parquet"
    outcome = run_command("data", "build", NAME, str(raw), "--out", str(out))
    assert outcome.exit_code == 4
    assert outcome.stderr.startswith(f"error: {raw}")
    assert fault in outcome.stderr
    assert not list(data.glob("*out*"))


def test_a_folder_that_is_missing_is_said(data: Path, run_command: Run) -> None:
    outcome = run_command("data", "build", NAME, str(data / "missing"), "--out", str(data / "out.parquet"))
    assert outcome.exit_code == 4
    assert outcome.stderr.startswith(f"error: {data / 'missing'}: no such folder; pass the folder raw of a clone of ")


def test_a_place_that_cannot_be_written_is_said(data: Path, run_command: Run) -> None:
    (data / "file").touch()
    out = data / "file" / "out.parquet"
    outcome = run_command("data", "build", NAME, str(write_raw(data / "raw")), "--out", str(out))
    assert outcome.exit_code == 7
    assert outcome.stderr.startswith(f"error: {out}: cannot be written (")


@pytest.mark.parametrize("command", [("data", "download"), ("data", "info")])
def test_a_data_set_that_is_not_here_says_how_it_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_command: Run, command: tuple[str, ...]
) -> None:
    monkeypatch.delenv("SENTIMENT_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _name: tmp_path / "cache")
    told = run_command(*command, NAME).stderr
    assert f"build it with: sentiment data build {NAME} RAW, where RAW is the folder raw of a clone of" in told


def test_what_is_not_built_is_refused(run_command: Run, tmp_path: Path) -> None:
    outcome = run_command("data", "build", "nsmc", str(tmp_path))
    assert outcome.exit_code == 4
    assert outcome.stderr == "error: nsmc: nothing to build; get it with: sentiment data download nsmc\n"


def test_every_data_set_that_is_built_has_a_builder() -> None:
    assert {name for name in source_names() if source_info(name).built_from is not None} == {*BUILDERS}


def test_a_folder_without_reviews_builds_nothing(data: Path, run_command: Run) -> None:
    raw = write_raw(data / "raw", [])
    out = data / "reviews.parquet"
    outcome = run_command("data", "build", NAME, str(raw), "--out", str(out))
    assert (outcome.exit_code, outcome.stdout) == (4, "")
    assert f"{raw}: contains no reviews; are these the raw files of {NAME}?" in outcome.stderr
    assert not out.exists()
