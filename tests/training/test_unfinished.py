"""The directory of a training that has not ended: what is taken for one, and what is not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment.errors import OutputError
from sentiment.training.unfinished import RECORD_FILE, TrainingRecord, hold, new_unfinished, write_record


@pytest.mark.parametrize(
    "names", [(), ("tokenizer.json",), ("tokenizer.json", "state.json", f"{'0' * 64}.safetensors")]
)
def test_one_that_was_killed_before_its_record_stands_in_nobodys_way(tmp_path: Path, names: tuple[str, ...]) -> None:
    directory = tmp_path / "model.unfinished"
    directory.mkdir()
    for name in names:
        (directory / name).touch()
    with new_unfinished(tmp_path / "model", replace=False) as made:
        assert made == directory
        assert not list(directory.iterdir())


@pytest.mark.parametrize("name", [RECORD_FILE, "notes.txt"])
def test_what_can_be_gone_on_with_or_is_not_ours_is_kept(tmp_path: Path, name: str) -> None:
    directory = tmp_path / "model.unfinished"
    directory.mkdir()
    (directory / name).write_text("mine")
    with (
        pytest.raises(OutputError, match="a training is unfinished there"),
        new_unfinished(tmp_path / "model", replace=False),
    ):
        pass
    assert (directory / name).read_text() == "mine"


@pytest.mark.parametrize(("verb", "config"), [("train", "quick"), ("pretrain", "pretrain")])
def test_it_stands_in_the_way_before_any_row_is_read(
    tmp_path: Path, run_command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, verb: str, config: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.unfinished").mkdir()
    (tmp_path / "model.unfinished" / RECORD_FILE).write_text("mine")
    outcome = run_command(verb, config, "--data", "no-such-file.csv", "--out", "model")
    assert outcome.exit_code == 7
    assert "a training is unfinished there" in outcome.stderr.splitlines()[-1]


@pytest.mark.parametrize("replace", [False, True])
def test_what_a_process_trains_no_other_touches(tmp_path: Path, replace: bool) -> None:
    with new_unfinished(tmp_path / "model", replace=False) as directory:
        (directory / RECORD_FILE).write_text("mine")
        with (
            pytest.raises(OutputError, match="another process is training there"),
            new_unfinished(tmp_path / "model", replace=replace),
        ):
            pass
        with pytest.raises(OutputError, match="another process is training there"), hold(directory):
            pass
        assert (directory / RECORD_FILE).read_text() == "mine"
    with new_unfinished(tmp_path / "model", replace=True) as directory:
        assert not list(directory.iterdir())


@pytest.mark.parametrize("verb", ["train", "pretrain"])
def test_a_training_that_runs_is_not_gone_on_with(
    tmp_path: Path, run_command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with new_unfinished(tmp_path / "model", replace=False) as directory:
        write_record(directory, TrainingRecord("", {}, "", 1, replace=False, command=[], verb=verb))
        outcome = run_command(verb, "--resume", "model")
    assert outcome.exit_code == 7
    assert "another process is training there" in outcome.stderr.splitlines()[-1]
