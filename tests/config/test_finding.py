"""A name means a shipped experiment, a path a file; whatever is neither gets one clear line."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.config import config_description, config_names, load_config
from sentiment.errors import ConfigError


def test_a_name_works_with_and_without_suffix_in_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config("gru") == load_config("gru.yaml")


def test_a_file_of_that_name_is_taken_only_with_its_suffix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gru.yaml").write_text("description: mine")
    assert load_config("gru.yaml").config.description == "mine"
    assert load_config("gru").config.description == config_description("gru") != "mine"


def test_an_unknown_name_gets_the_nearest_and_the_list() -> None:
    with pytest.raises(ConfigError) as caught:
        load_config("bilsmt")
    assert str(caught.value) == (
        "bilsmt: no such file or shipped experiment; did you mean bilstm? the shipped ones are: "
        f"{', '.join(config_names())}"
    )


@pytest.mark.parametrize("name", ["", "nowhere/bilsmt.yaml", "a\0b", "a\nb", "configs.yaml/x"])
def test_what_is_not_there_is_said_on_one_line(name: str) -> None:
    with pytest.raises(ConfigError, match="no such file or shipped experiment") as caught:
        load_config(name)
    assert str(caught.value).isprintable()


def test_a_directory_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a directory, wanted a YAML file or the name of a shipped experiment"):
        load_config(str(tmp_path))


def test_bytes_that_are_not_utf_8_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "korean.yaml"
    path.write_bytes("training: {epochs: 3}\ndescription: 영화\n".encode("cp949"))
    with pytest.raises(ConfigError) as caught:
        load_config(str(path))
    assert str(caught.value) == f"{path}:2: not UTF-8 (byte 0xbf); save it as UTF-8"


def test_a_table_taken_for_an_experiment_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("text,label\n" * 10_000)
    with pytest.raises(ConfigError, match="more than 64 KiB, which no experiment needs; is it data"):
        load_config(str(path))


@given(st.text(string.printable, min_size=1).filter(lambda name: set(name) - set("./")))
def test_any_name_of_nothing_is_refused_on_one_line(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(f"nowhere/{name}")
    assert str(caught.value).isprintable()
