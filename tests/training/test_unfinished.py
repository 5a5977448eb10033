"""The directory of a training that has not ended: what is taken for one, and what is not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment.errors import OutputError
from sentiment.training.unfinished import RECORD_FILE, create_unfinished


@pytest.mark.parametrize(
    "names", [(), ("tokenizer.json",), ("tokenizer.json", "state.json", f"{'0' * 64}.safetensors")]
)
def test_one_that_was_killed_before_its_record_stands_in_nobodys_way(tmp_path: Path, names: tuple[str, ...]) -> None:
    directory = tmp_path / "model.unfinished"
    directory.mkdir()
    for name in names:
        (directory / name).touch()
    assert create_unfinished(tmp_path / "model", replace=False) == directory
    assert not list(directory.iterdir())


@pytest.mark.parametrize("name", [RECORD_FILE, "notes.txt"])
def test_what_can_be_gone_on_with_or_is_not_ours_is_kept(tmp_path: Path, name: str) -> None:
    directory = tmp_path / "model.unfinished"
    directory.mkdir()
    (directory / name).write_text("mine")
    with pytest.raises(OutputError, match="a training is unfinished there"):
        create_unfinished(tmp_path / "model", replace=False)
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
