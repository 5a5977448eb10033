"""The frame that all commands share: help, exit codes, errors, start-up."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from sentiment.cli import build_app
from sentiment.cli.console import notify, progress_bar
from sentiment.errors import ModelDirectoryError, SentimentError
from sentiment.wording import on_one_line

Run = Callable[..., Any]
COMMANDS = (
    "train",
    "pretrain",
    "eval",
    "predict",
    "models list",
    "models show",
    "models verify",
    "config list",
    "config show",
    "data list",
    "data info",
    "data download",
)


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that does something, with the words that call it."""
    if hasattr(command, "commands"):
        for name, child in command.commands.items():
            yield from commands(child, (*path, name))
    else:
        yield path, command


ALL_COMMANDS = dict(commands(typer.main.get_command(build_app())))


def test_the_commands_that_scripts_rely_on_are_there() -> None:
    assert {" ".join(path) for path in ALL_COMMANDS} >= set(COMMANDS)


@pytest.mark.parametrize("path", ALL_COMMANDS, ids=" ".join)
def test_every_command_has_a_summary_and_an_example(path: tuple[str, ...], run_command: Run) -> None:
    outcome = run_command(*path, "--help")
    assert outcome.exit_code == 0
    assert f"Example: sentiment {' '.join(path)}" in " ".join(outcome.stdout.split())
    assert "\x1b" not in outcome.stdout


@pytest.mark.parametrize("path", ALL_COMMANDS, ids=" ".join)
def test_no_help_holds_what_a_terminal_takes_for_markup(path: tuple[str, ...]) -> None:
    command = ALL_COMMANDS[path]
    assert "[" not in command.help, "rich swallows [words] in brackets"
    for parameter in command.params:
        assert parameter.help, f"{parameter.name} has no help"
        assert "[" not in parameter.help, f"{parameter.name}: rich swallows [words] in brackets; use show_default"


def subclasses(kind: type[SentimentError]) -> set[type[SentimentError]]:
    found = {kind}
    for child in kind.__subclasses__():
        found |= subclasses(child)
    return found


def test_the_main_help_tells_every_exit_code(run_command: Run) -> None:
    told = " ".join(run_command("--help").stdout.split())
    codes = {error.exit_code for error in subclasses(SentimentError) if hasattr(error, "exit_code")}
    assert codes >= {3, 4, 5, 6, 7, 8}
    for code in (0, 1, 2, *codes):
        assert f" {code} " in told.partition("Exit codes:")[2]
    assert told.endswith(
        "Exit codes: 0 done, 1 a bug (with its traceback), 2 wrong usage, 3 config, 4 data, 5 model directory, "
        "6 training, 7 output cannot be written, 8 optional package missing, 9 service, 10 faults found in data, "
        "11 Spark, 130 interrupted, 141 output closed early."
    )


def test_no_command_is_a_usage_error_that_shows_the_help(run_command: Run) -> None:
    outcome = run_command()
    assert outcome.exit_code == 2
    assert "Usage: sentiment" in outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("predict", "--file"), "predict"),
        (("train", "--set"), "train"),
        (("predict", "--force=1", "a"), "predict"),
        (("predict", "--threads", "x"), "predict"),
        (("models", "list", "--nothing"), "models list"),
    ],
)
def test_wrong_usage_ends_with_the_help_to_read(arguments: tuple[str, ...], command: str, run_command: Run) -> None:
    outcome = run_command(*arguments)
    assert (outcome.exit_code, outcome.stdout, outcome.stderr.count("\n")) == (2, "", 1)
    assert outcome.stderr.endswith(f"; see sentiment {command} --help\n")


@pytest.mark.parametrize("arguments", [("predict", "--modell", "x"), ("predikt",)])
def test_a_misspelt_word_names_the_nearest(arguments: tuple[str, ...], run_command: Run) -> None:
    outcome = run_command(*arguments)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert "--model" in outcome.stderr or "'predict'" in outcome.stderr
    assert outcome.stderr.startswith("error: No such ")
    assert outcome.stderr.endswith(" --help\n")
    assert outcome.stderr.count("\n") == 1


def test_the_version(run_command: Run) -> None:
    from importlib.metadata import version

    outcome = run_command("--version")
    assert (outcome.exit_code, outcome.stdout) == (0, f"sentiment {version('recurrent-sentiment')}\n")


def break_predict(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("sentiment.model_dir.choose_model", fail)


def test_a_fault_of_the_users_is_one_line_even_if_its_name_has_two(
    monkeypatch: pytest.MonkeyPatch, run_command: Run
) -> None:
    break_predict(monkeypatch, ModelDirectoryError("a\nb\x1b[31m: missing"))
    outcome = run_command("predict", "x")
    assert (outcome.exit_code, outcome.stdout) == (5, "")
    assert outcome.stderr == "error: a\\nb\\x1b[31m: missing\n"


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch, run_command: Run) -> None:
    break_predict(monkeypatch, ZeroDivisionError("bug"))
    with pytest.raises(ZeroDivisionError, match="bug"):
        run_command("predict", "x")


def test_a_bug_shows_no_values_of_variables_and_exits_with_1(tmp_path: Path) -> None:
    script = (
        "import sys, sentiment.model_dir as rooms; from sentiment.cli import main\n"
        "def fail(model): secret = 'hunter' + '2'; return 1 / 0\n"
        "rooms.choose_model = fail; sys.argv[1:] = ['predict', 'x']; main()"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert process.returncode == 1
    assert process.stderr.startswith("Traceback (most recent call last):")
    assert process.stderr.rstrip().endswith("ZeroDivisionError: division by zero")
    assert "hunter2" not in process.stderr
    assert "╭" not in process.stderr


def test_ctrl_c_exits_with_130(monkeypatch: pytest.MonkeyPatch, run_command: Run) -> None:
    break_predict(monkeypatch, KeyboardInterrupt())
    assert run_command("predict", "x").exit_code == 130


HELPS = [("--help",), *((*path, "--help") for path in ALL_COMMANDS)]
LOADED_BY_EACH = """
import json, os, sys
from sentiment.cli import main
for arguments in json.load(sys.stdin):
    if os.fork() == 0:
        sys.argv[1:] = arguments
        try:
            main()
        finally:
            print(*sys.modules, file=sys.stderr, flush=True)
            os._exit(0)
    os.wait()
"""


@pytest.fixture(scope="module")
def loaded_by_each() -> list[set[str]]:
    """Return the modules that each of `HELPS` loads; what all have loaded before they know what is asked, once."""
    command = [sys.executable, "-c", LOADED_BY_EACH]
    process = subprocess.run(command, input=json.dumps(HELPS), capture_output=True, text=True, check=True)
    return [set(line.split()) for line in process.stderr.splitlines()]


@pytest.mark.parametrize("arguments", HELPS, ids=" ".join)
def test_help_loads_nothing_that_is_slow(arguments: tuple[str, ...], loaded_by_each: list[set[str]]) -> None:
    loaded = loaded_by_each[HELPS.index(arguments)]
    slow = {"numpy", "onnxruntime", "tokenizers", "yaml", "torch", "sklearn", "rich"}
    # From 0.29 Typer itself checks the options of a command with pydantic; our schema is what must not be loaded then.
    slow.add("pydantic" if arguments == ("--help",) else "sentiment.config")
    assert "typer" in loaded
    assert not loaded & slow


def test_the_shell_completes_commands() -> None:
    environment = os.environ | {
        "_SENTIMENT_COMPLETE": "complete_bash",
        "COMP_WORDS": "sentiment pred",
        "COMP_CWORD": "1",
    }
    process = subprocess.run(
        [sys.executable, "-m", "sentiment"], env=environment, capture_output=True, text=True, check=True
    )
    assert process.stdout.split() == ["predict"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("최고 👍🏽 👨‍👩‍👧", "최고 👍🏽 👨‍👩‍👧"),
        ("a\tb\r\n", r"a\tb\r\n"),
        ("\x1b[2J\x00\x7f\x9b", r"\x1b[2J\x00\x7f\x9b"),
        ("\u202egnp.exe\u2028", r"\u202egnp.exe\u2028"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_would_break_a_line_is_escaped(text: str, shown: str) -> None:
    assert on_one_line(text) == shown


def test_a_note_goes_to_stderr_and_no_bar_is_drawn_into_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("loading", "rows", total=2) as bar:
        bar.update(1)
        notify("half\nway")
        bar.update(2, total=2, description="done")
    assert capsys.readouterr() == ("", "half\\nway\n")


@pytest.mark.parametrize("verb", ["train", "pretrain"])
def test_resume_names_the_options_that_it_refuses_as_they_were_written(verb: str, run_command: Run) -> None:
    options = ["--data", "sample", "--seed", "3", "--set", "training.epochs=2"]
    outcome = run_command(verb, "quick", *options, "--resume", "any")
    assert outcome.exit_code == 2
    told = " ".join(outcome.stderr.replace("│", " ").split())
    assert "remove: CONFIG, --data, --seed, --set training.epochs=2" in told


def test_resume_of_a_classifier_refuses_the_start_that_another_began_from(run_command: Run) -> None:
    outcome = run_command("train", "--from", "encoder", "--resume", "any")
    assert outcome.exit_code == 2
    assert "remove: --from" in outcome.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["predict", "--help"]], ids=" ".join)
def test_what_prints_before_a_command_runs_has_its_exit_codes_too(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "sentiment", *arguments]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ended.returncode, ended.stderr.count("\n")) == (7, 1)
    assert ended.stderr.startswith("error: standard output: cannot be written")
    reading, writing = os.pipe()
    os.close(reading)
    left = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (left.returncode, left.stderr) == (141, "")


def test_what_is_printed_for_people_ends_in_the_same_way_when_its_reader_has_gone() -> None:
    command = [sys.executable, "-m", "sentiment", "eval", "--behaviour", "--model", "korean-sentiment"]
    reading, writing = os.pipe()
    os.close(reading)
    left = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert left.returncode == 141
    assert "Traceback" not in left.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("train", "--data", "typo.csv"),
        ("train", "--eval-data", "typo.csv"),
        ("train", "quick", "--data", "typo.csv"),
        ("train", "quick", "--set", "data.validation_source=typo.csv"),
        ("pretrain", "--data", "typo.csv"),
    ],
    ids=" ".join,
)
def test_a_file_that_is_not_there_is_told_before_torch_is_loaded(words: tuple[str, ...], tmp_path: Path) -> None:
    script = "import sys; sys.modules['torch'] = None; from sentiment.cli import main; main()"
    command = [sys.executable, "-c", script, *words]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.stderr.splitlines()[-1] == "error: typo.csv: no such file; check the name and the folder"
    assert ended.returncode == 4
