"""The directory of a training that has not ended: what is taken for one, and what is not."""

from pathlib import Path

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
