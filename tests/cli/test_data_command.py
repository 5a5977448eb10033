"""`sentiment data`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_list_names_every_data_set_with_tabs_between(run_command: Run) -> None:
    lines = [line.split("\t") for line in run_command("data", "list").stdout.splitlines()]
    assert [(line[0], line[1]) for line in lines] == [
        ("nsmc", "200000"),
        ("naver-movie-reviews", "482415"),
        ("imdb", "100000"),
        ("sample", "720"),
    ]


def test_info_counts_what_a_file_holds(run_command: Run, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n좋다,a\n좋다,b\n,a\n나쁘다,b\n", encoding="utf-8")
    figures = dict(line.split("\t") for line in run_command("data", "info", str(path)).stdout.splitlines())
    assert figures["rows read"] == "4"
    assert figures["without text"] == "1"
    assert figures["repeated texts"] == "1"
    assert figures["texts with more than one label"] == "1"


def test_info_of_what_is_not_here_says_how_to_get_it(
    run_command: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SENTIMENT_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    ended = run_command("data", "info", "nsmc")
    assert ended.exit_code == 0
    assert "get it with: sentiment data download nsmc" in ended.stderr


def test_download_of_what_ships_with_the_package_prints_where_it_stands(run_command: Run) -> None:
    (line,) = run_command("data", "download", "sample").stdout.splitlines()
    assert Path(line).name == "sample.csv"
    assert Path(line).is_file()


def test_an_unknown_name_is_one_line(run_command: Run) -> None:
    ended = run_command("data", "download", "imbd")
    assert ended.exit_code == 4
    assert ended.stderr == "error: imbd: no such data set; there are nsmc, naver-movie-reviews, imdb, sample\n"
