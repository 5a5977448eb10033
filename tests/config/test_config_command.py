"""`sentiment config` shows experiments to people and to programs."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sentiment.cli.config import complete_config, config_app
from sentiment.config import Config, config_description, config_names, flatten, load_config, parse_config
from sentiment.errors import ConfigError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(config_app, arguments)


def test_list_prints_name_and_description() -> None:
    result = run("list")
    assert result.exit_code == 0
    assert result.stdout == "".join(f"{name}\t{config_description(name)}\n" for name in config_names())


def test_show_prints_every_value_with_its_origin() -> None:
    lines = run("show", "textbook", "--set", "training.epochs=2").stdout.splitlines()
    assert "  epochs: 2                             # --set" in lines
    assert any(line.startswith("  kind: word ") and "# textbook.yaml:" in line for line in lines)
    assert "  source: nsmc                          # default" in lines


def test_show_without_a_name_shows_the_default() -> None:
    assert run("show").stdout == run("show", "bilstm").stdout


@pytest.mark.parametrize("name", config_names())
def test_what_show_prints_is_the_same_experiment(name: str, tmp_path: Path) -> None:
    text = run("show", name, "--set", "model.hidden_size=7").stdout
    config = parse_config(text, "shown.yaml")
    assert config.model.hidden_size == 7
    path = tmp_path / "shown.yaml"
    path.write_text(text)
    assert load_config(str(path)).config == config


def test_a_path_with_odd_characters_stays_a_comment(tmp_path: Path) -> None:
    path = tmp_path / "a\ntraining: {epochs: 99} #.yaml"
    path.write_text("description: mine")
    assert parse_config(run("show", str(path)).stdout, "shown.yaml").training.epochs == 5


def test_a_fault_is_left_to_the_main_program() -> None:
    result = run("show", "--set", "training.epohcs=3")
    assert isinstance(result.exception, ConfigError)
    assert result.exception.exit_code == 3
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["list", "keys", "show"])
def test_help_has_an_example_that_runs(command: str) -> None:
    help_text = run(command, "--help").stdout
    (example,) = [line.split("Example: sentiment config ")[1] for line in help_text.splitlines() if "Example:" in line]
    arguments = example.split(" > ")[0].split()
    assert run(*arguments).exit_code == 0


def test_names_are_completed() -> None:
    assert complete_config("bi") == ["bigru", "bilstm"]
    assert complete_config("") == config_names()


def test_the_command_is_imported_without_what_is_slow() -> None:
    code = "import sys, sentiment.cli.config; print({'pydantic', 'yaml', 'rich.console', 'numpy'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


def test_keys_tells_what_each_key_means() -> None:
    lines = [line.split("\t") for line in run("keys").stdout.splitlines()]
    assert [line[0] for line in lines] == list(flatten(Config()))
    assert all(len(line) == 4 and all(line) for line in lines)
    assert run("keys", "model.cell").stdout.split("\t")[:3] == [
        "model.cell",
        "one of rnn_tanh, rnn_relu, lstm, gru",
        "'lstm'",
    ]
    for prefix, meant in (("training.epohcs", "training.epochs"), ("trainng", "training")):
        result = run("keys", prefix)
        assert isinstance(result.exception, ConfigError)
        assert str(result.exception) == f"{prefix}: no key begins with this; did you mean {meant}?"
