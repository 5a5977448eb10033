"""The model that is meant when none is named, and the place of the next one."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sentiment.errors import ModelDirectoryError
from sentiment.model_dir import FORMAT_VERSION, default_out, find_model

WriteModel = Callable[..., Path]
Change = Callable[..., None]


def test_a_named_model_comes_first_then_the_environment_then_the_last_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_minimal: WriteModel, change_manifest: Change
) -> None:
    runs = tmp_path / "runs"
    for age_days, name in enumerate(["b", "a", "c"]):
        created = datetime(2026, 5, 1, tzinfo=UTC) - timedelta(days=age_days)
        change_manifest(write_minimal(runs / name), created=created.isoformat())
    (runs / "d.unfinished").mkdir()
    assert find_model(None, runs=runs) == (runs / "b", f"the last finished run under {runs}/")
    monkeypatch.setenv("SENTIMENT_MODEL", "/some/where")
    assert find_model(None, runs=runs) == (Path("/some/where"), "$SENTIMENT_MODEL")
    assert find_model("named", runs=runs) == (Path("named"), "--model")


def test_runs_are_compared_in_time_not_as_text(
    tmp_path: Path, write_minimal: WriteModel, change_manifest: Change
) -> None:
    change_manifest(write_minimal(tmp_path / "east"), created="2026-05-02T01:00:00+09:00")
    change_manifest(write_minimal(tmp_path / "west"), created="2026-05-01T20:00:00+00:00")
    assert find_model(None, runs=tmp_path)[0] == tmp_path / "west"


def test_a_run_that_cannot_be_read_is_passed_over_and_named(
    tmp_path: Path, write_minimal: WriteModel, change_manifest: Change
) -> None:
    write_minimal(tmp_path / "good")
    change_manifest(write_minimal(tmp_path / "newer"), format_version=FORMAT_VERSION + 1)
    path, reason = find_model(None, runs=tmp_path)
    assert path == tmp_path / "good"
    assert re.search(r"; ignored \S+/newer/manifest\.json: format 2 is newer", reason)


def test_nothing_to_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTIMENT_MODEL", "")
    with pytest.raises(ModelDirectoryError, match=r"no finished run under .*sentiment train quick"):
        find_model(None, runs=tmp_path / "runs")


def test_the_default_place_is_the_first_free_name(tmp_path: Path) -> None:
    assert default_out("gru", tmp_path) == tmp_path / "gru"
    (tmp_path / "gru").mkdir()
    (tmp_path / "gru-2.unfinished").mkdir()
    assert default_out("gru", tmp_path) == tmp_path / "gru-3"
