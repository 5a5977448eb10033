"""How the words of a command line are read: each option once, texts after --, and faults for people and programs."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import SENTIMENT
from tests.cli.test_cli import ALL_COMMANDS

Run = Callable[..., Any]

REPEATABLE = {
    *(("pretrain", "data"), ("pretrain", "settings"), ("train", "settings"), ("config show", "settings")),
    *(("eval", "against"), ("eval", "by"), ("predict", "by"), ("calibrate", "max_error")),
    *(("ensemble", "data"), ("data check", "fail_on"), ("serve", "allow_origin")),
}


def options() -> Iterator[tuple[tuple[str, ...], Any]]:
    for path, command in ALL_COMMANDS.items():
        for parameter in command.params:
            if parameter.param_type_name == "option" and not parameter.is_flag:
                yield path, parameter


def value_of(parameter: Any) -> str:
    """Return a value that the type of an option takes."""
    choices = getattr(parameter.type, "choices", None)
    highest = getattr(parameter.type, "max", None)
    return str(next(iter(choices))) if choices else "1" if highest is None or highest >= 1 else "0.1"


@pytest.mark.parametrize(("path", "parameter"), list(options()), ids=lambda value: getattr(value, "name", None))
def test_no_option_with_one_value_may_stand_twice(path: tuple[str, ...], parameter: Any, run_command: Run) -> None:
    name, value = max(parameter.opts, key=len), value_of(parameter)
    if (" ".join(path), parameter.name) in REPEATABLE:
        assert parameter.multiple
        return
    needed = []
    for other in ALL_COMMANDS[path].params:
        if getattr(other, "required", False) and other is not parameter:
            needed += [*(other.opts if other.param_type_name == "option" else ()), "1"]
    for words in ([name, value, name, value], [f"{name}={value}", name, value]):
        outcome = run_command(*path, *words, *needed)
        assert (outcome.exit_code, outcome.stdout) == (2, "")
        fault = f"Invalid value for {name}: given 2 times; give it once"
        assert outcome.stderr == f"error: {fault}; see sentiment {' '.join(path)} --help\n"


@pytest.mark.parametrize(
    ("path", "parameter"),
    [(path, parameter) for path, parameter in options() if parameter.type.name.startswith("float")],
    ids=lambda value: getattr(value, "name", None),
)
@pytest.mark.parametrize("value", ["nan", "inf", "1e999"])
def test_an_option_that_takes_a_number_takes_no_nan_and_no_infinity(
    path: tuple[str, ...], parameter: Any, value: str, run_command: Run
) -> None:
    needed = [word for other in ALL_COMMANDS[path].params if other.required for word in (*other.opts[:1], "1")]
    outcome = run_command(*path, max(parameter.opts, key=len), value, *needed)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert "is not" in outcome.stderr


@pytest.mark.parametrize(
    ("words", "code", "fault"),
    [
        (("predict", "--threads", "99999999", "good"), 2, "99999999 is not in the range 1<=x<=1024"),
        (("serve", "--workers", "1000000"), 2, "1000000 is not in the range 1<=x<=1024"),
        (("train", "small", "--threads", "99999999"), 3, "training.threads: got 99999999, wanted an integer"),
    ],
)
def test_what_no_machine_has_is_refused(words: tuple[str, ...], code: int, fault: str, run_command: Run) -> None:
    outcome = run_command(*words)
    assert (outcome.exit_code, outcome.stdout) == (code, "")
    assert fault in outcome.stderr


def test_a_file_of_results_is_not_standard_output(run_command: Run) -> None:
    outcome = run_command("predict", "--file", "rows.csv", "--rejects", "-")
    assert (outcome.exit_code, outcome.stdout) == (7, "")
    assert "-: standard output is for the answers; pass a file" in outcome.stderr


def test_the_options_were_found() -> None:
    names = {(" ".join(path), max(parameter.opts, key=len)) for path, parameter in options()}
    assert names >= {("train", "--data"), ("train", "--from"), ("predict", "--file"), ("eval", "--model")}
    assert len(names) > 40


@pytest.mark.parametrize(
    "words",
    [
        ("train", "--set", "training.epochs=1", "--set", "training.seed=2", "--resume", "x"),
        ("pretrain", "--data", "a", "--data", "b", "--resume", "x"),
        ("predict", "--json", "--json", "good"),
        ("predict", "good", "--", "--model", "a", "--model", "b"),
        ("predict", "--data", "--data"),
    ],
)
def test_what_may_stand_twice(words: tuple[str, ...], run_command: Run, shared_tiny_model_dir: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENTIMENT_MODEL", str(shared_tiny_model_dir))
        assert "times" not in run_command(*words).stderr


def test_help_is_shown_whatever_stands_beside_it(run_command: Run) -> None:
    outcome = run_command("predict", "--model", "a", "--model", "b", "--help")
    assert outcome.exit_code == 0
    assert "Usage: sentiment predict" in outcome.stdout


@pytest.mark.parametrize(
    "text",
    ["-좋아요", "-_-;; 별로", "--- 최악", "-1점", "--좋아요=별로", "- '인용' \"부호\"", "-ㅅ-", "-$HOME", "-h좋아요"],
)
def test_a_text_that_begins_with_a_dash(text: str, run_command: Run, shared_tiny_model_dir: Path) -> None:
    outcome = run_command("predict", text)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    advice = outcome.stderr.splitlines()[-1].partition("a TEXT that begins with a dash goes after --: ")[2]
    words = shlex.split(advice)
    assert words == ["sentiment", "predict", "--", text]
    outcome = run_command("predict", "--model", str(shared_tiny_model_dir), *words[2:])
    assert outcome.exit_code == 0
    assert re.match("(positive|negative) ", outcome.stdout)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("models", "show", "-x"), "a MODEL that begins with a dash goes after --: sentiment models show -- -x"),
        (
            ("data", "info", "-x.csv"),
            "a NAME|FILE that begins with a dash goes after --: sentiment data info -- -x.csv",
        ),
        (("train", "-x.yaml"), "a CONFIG that begins with a dash goes after --: sentiment train -- -x.yaml"),
    ],
)
def test_any_argument_that_begins_with_a_dash(words: tuple[str, ...], told: str, run_command: Run) -> None:
    outcome = run_command(*words)
    assert outcome.exit_code == 2
    assert outcome.stderr.splitlines()[-1].endswith(told)


@pytest.mark.parametrize("words", [("predict", "--modell", "x"), ("models", "list", "-x"), ("predict", "--model")])
def test_an_option_that_was_meant_gets_no_such_advice(words: tuple[str, ...], run_command: Run) -> None:
    assert "goes after --" not in run_command(*words).stderr


class TestFaultsForPrograms:
    @pytest.mark.parametrize(
        ("words", "exit_code", "told"),
        [
            (("predict", "--json", "--model", "no-such", "good"), 5, "no-such: no such directory"),
            (("predict", "--json", "--file", "no-such.csv"), 4, "no-such.csv: no such file"),
            (("models", "show", "no-such", "--json"), 5, "no-such: no such directory"),
            (("eval", "--json", "--model", "no-such"), 5, "no-such: no such directory"),
            (("eval", "--json", "--text-column", "t"), 2, "Invalid value for --text-column"),
            (("generate", "--json", "--model", "no-such"), 5, "no-such: no such directory"),
            (("generate", "--json", "--n", "many"), 2, "Invalid value for '--n': 'many' is not"),
            (("predict", "--json", "--output", "o", "good"), 2, "Invalid value for --output: needs --file"),
            (("predict", "--json", "--modell", "x"), 2, "No such option: --modell"),
            (("predict", "--json", "--model", "a", "--model", "b"), 2, "Invalid value for --model: given 2 times"),
            (("predict", "--json", "-좋아요"), 2, "No such option: -좋; a TEXT that begins with a dash"),
        ],
    )
    def test_the_last_line_is_json(
        self,
        words: tuple[str, ...],
        exit_code: int,
        told: str,
        run_command: Run,
        shared_tiny_model_dir: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("SENTIMENT_MODEL", str(shared_tiny_model_dir))
        outcome = run_command(*words)
        assert (outcome.exit_code, outcome.stdout) == (exit_code, "")
        assert "rror: " not in outcome.stderr
        fields = json.loads(outcome.stderr.splitlines()[-1])
        assert list(fields) == ["event", "message", "exit_code"]
        assert (fields["event"], fields["exit_code"]) == ("error", exit_code)
        assert fields["message"].startswith(told)

    def test_every_line_of_a_file_run_is_json(
        self, tmp_path: Path, run_command: Run, shared_tiny_model_dir: Path
    ) -> None:
        table = tmp_path / "한글.csv"
        table.write_text("id,text\n1,good\n2\n", encoding="utf-8")
        outcome = run_command("predict", "--json", "--model", str(shared_tiny_model_dir), "--file", str(table))
        events = [json.loads(line) for line in outcome.stderr.splitlines()]
        assert [event["event"] for event in events[:-1]].count("note") == len(events) - 1
        assert events[-1]["event"] == "error"
        assert events[-1]["exit_code"] == outcome.exit_code == 4
        assert "한글.csv" in outcome.stderr, "people can read it too"

    def test_a_text_called_json_asks_for_none(self, run_command: Run) -> None:
        outcome = run_command("predict", "--model", "no-such", "--", "--json")
        assert outcome.stderr.startswith("error: no-such")


def environment(**variables: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | variables


C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "utf-8"}
"""Without Python's own way out: the command line is UTF-8, and Python takes it for ASCII."""


RUN_EACH = """
import contextlib, io, json, os, sys
from sentiment.cli import main
ended = []
for words in json.load(sys.stdin):
    sys.argv[1:] = [os.fsdecode(bytes.fromhex(word)) for word in words]
    with contextlib.redirect_stdout(io.StringIO()) as stdout, contextlib.redirect_stderr(io.StringIO()) as stderr:
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    ended.append([code, stdout.getvalue(), stderr.getvalue()])
json.dump(ended, sys.stdout)
"""
"""Reads several command lines as Python reads the one of a process, which takes longer to start than they to fail."""


def run_each(commands: Iterable[Sequence[str | bytes]], **variables: str) -> list[tuple[int, str, str]]:
    """Return the exit code of each command, and what it printed to standard output and error."""
    given = [[(word.encode() if isinstance(word, str) else word).hex() for word in words] for words in commands]
    ended = subprocess.run(
        [sys.executable, "-c", RUN_EACH],
        env=environment(**variables),
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return [(code, stdout, stderr) for code, stdout, stderr in json.loads(ended.stdout)]


class TestTextOfAnotherEncoding:
    def run(self, *words: str | bytes) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*SENTIMENT, *words],
            env=environment(**C_LOCALE),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def test_a_text(self, shared_tiny_model_dir: Path) -> None:
        ended = self.run("predict", "--json", "--model", str(shared_tiny_model_dir), "이 영화")
        assert json.loads(ended.stdout)["text"] == "이 영화"

    def test_the_name_of_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "리뷰.csv").write_text("text,label\n좋다,긍정\n나쁘다,부정\n", encoding="utf-8")
        ended = self.run("data", "info", str(tmp_path / "리뷰.csv"), "--text-column", "text")
        assert (ended.returncode, "label 긍정\t1" in ended.stdout) == (0, True)

    def test_other_text(self) -> None:
        told = {
            ("generate", "--fill", "이 영화"): "has no gap",
            ("generate", "--fill", "이 _ 영화", "--prompt", "a"): "--fill: cannot be combined with --prompt",
            ("config", "keys", "없음"): "없음: no key begins with this",
            ("data", "download", "없음"): "없음",
            ("config", "show", "quick", "--set", "없음=1"): "없음=1: unknown key",
        }
        for (_, _, stderr), message in zip(run_each(told, **C_LOCALE), told.values(), strict=True):
            assert message in stderr
            assert r"\udc" not in ascii(stderr)

    @pytest.mark.parametrize("variables", [C_LOCALE, {}], ids=["C", "own"])
    def test_bytes_that_are_no_text(self, variables: dict[str, str]) -> None:
        commands: list[tuple[str | bytes, ...]] = [
            ("predict", b"good \xff"),
            ("predict", "최고예요".encode("cp949")),
            ("generate", "--prompt", b"\xff"),
            ("generate", "--fill", b"_\xff"),
            ("predict", "--file", "x.csv", "--text-column", "리뷰".encode("cp949")),
            ("eval", "--data", "x.csv", "--label-column", b"\xff"),
            ("train", "--set", b"data.source=\xff"),
        ]
        for words, (code, stdout, stderr) in zip(commands, run_each(commands, **variables), strict=True):
            assert (words, code, stdout) == (words, 2, "")
            assert "not in the encoding of this terminal" in stderr


HELP_OF_ALL = """
import contextlib, io, json, sys
from sentiment.cli import main
printed = []
for path in json.load(sys.stdin):
    sys.argv[1:] = [*path, "--help"]
    with contextlib.redirect_stdout(io.StringIO()) as stdout, contextlib.suppress(SystemExit):
        main()
    printed.append(stdout.getvalue())
assert False, "assertions are left out too"
json.dump(printed, sys.stdout)
"""


def test_help_is_the_same_without_docstrings(run_command: Run) -> None:
    paths = [(), *ALL_COMMANDS]
    command = [sys.executable, "-OO", "-c", HELP_OF_ALL]
    ended = subprocess.run(
        command, env=environment(), input=json.dumps(paths), capture_output=True, text=True, check=True
    )
    assert json.loads(ended.stdout) == [run_command(*path, "--help").stdout for path in paths]


class TestFullDisk:
    @pytest.fixture(autouse=True)
    def model(self, shared_tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SENTIMENT_MODEL", str(shared_tiny_model_dir))

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
    @pytest.mark.parametrize("unbuffered", ["", "1"])
    @pytest.mark.parametrize("words", [("predict", "good"), ("predict", "a", "b"), ("models", "show", "--json")])
    def test_standard_output(self, words: tuple[str, ...], unbuffered: str) -> None:
        with Path("/dev/full").open("w") as full:
            ended = subprocess.run(
                [*SENTIMENT, *words],
                env=environment(PYTHONUNBUFFERED=unbuffered),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert ended.returncode == 7
        fault = "standard output: cannot be written (No space left on device); free some space"
        fields = {"event": "error", "message": fault, "exit_code": 7}
        assert ended.stderr.splitlines()[-1] == (json.dumps(fields) if "--json" in words else f"error: {fault}")

    @pytest.mark.parametrize(
        ("error", "told"),
        [
            (OSError(28, "No space left on device", "/some/where"), "/some/where: cannot be written (No space"),
            (OSError(28, "No space left on device"), "a file, perhaps a temporary one in "),
            (OSError(122, "Disk quota exceeded"), "a file, perhaps a temporary one in "),
            (OSError(5, "Input/output error"), "a file, perhaps a temporary one in "),
        ],
    )
    def test_what_is_no_standard_output_is_not_taken_for_it(
        self, error: OSError, told: str, monkeypatch: pytest.MonkeyPatch, run_command: Run
    ) -> None:
        def fail(*_: object) -> None:
            raise error

        monkeypatch.setattr("sentiment.model_dir.choose_model", fail)
        outcome = run_command("predict", "x")
        assert outcome.exit_code == 7
        assert outcome.stderr.startswith(f"error: {told}")
        assert "standard output" not in outcome.stderr


@pytest.mark.parametrize(
    ("command", "words", "named"),
    [
        ("predict", ("--model", "", "good"), "'--model'"),
        ("predict", ("--file", ""), "'--file'"),
        ("predict", ("--file", "a.csv", "--output", " "), "'--output'"),
        ("eval", ("--data", ""), "'--data'"),
        ("train", ("--from=",), "'--from'"),
        ("train", ("--out=",), "'--out'"),
        ("train", ("",), "'CONFIG'"),
        ("pretrain", ("--data", ""), "'--data'"),
        ("generate", ("--model=",), "'--model'"),
        ("models show", ("",), "'MODEL'"),
        ("data info", ("",), "'NAME|FILE'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_no_place_is_called_nothing(command: str, words: tuple[str, ...], named: str, run_command: Run) -> None:
    outcome = run_command(*command.split(), *words)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    fault = "is empty; pass a value"
    assert outcome.stderr == f"error: Invalid value for {named}: {fault}; see sentiment {command} --help\n"


@pytest.mark.parametrize("command", [("train",), ("pretrain",), ("config", "show")], ids=" ".join)
def test_a_key_is_set_once(command: tuple[str, ...], run_command: Run) -> None:
    settings = ("--set", "training.epochs=1", "--set", " training.epochs = 2", "--set", "training.seed=1")
    outcome = run_command(*command, *settings)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    fault = "training.epochs is set 2 times; set it once"
    assert outcome.stderr == f"error: Invalid value for --set: {fault}; see sentiment {' '.join(command)} --help\n"


class TestHome:
    """What the shell leaves of `--file=~/reviews.csv`, or of a variable in quotes."""

    @pytest.fixture(autouse=True)
    def home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_model: Callable[..., Path]) -> Path:
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.delenv("SENTIMENT_MODEL", raising=False)
        monkeypatch.chdir(tmp_path)
        (tmp_path / "home").mkdir()
        write_model(tmp_path / "runs" / "any")
        return tmp_path / "home"

    @pytest.mark.parametrize(
        "words",
        [
            ("predict", "--file=~/nowhere"),
            ("predict", "--model=~/nowhere", "good"),
            ("eval", "--model=~/nowhere"),
            ("models", "show", "~/nowhere"),
            ("models", "verify", "~/nowhere"),
            ("generate", "--model=~/nowhere"),
            ("data", "info", "~/nowhere"),
            ("config", "show", "~/nowhere"),
            ("train", "--data=~/nowhere", "--set", "training.epochs=1"),
            ("train", "--data=sample", "--eval-data=~/nowhere"),
            ("train", "--data=sample", "--from=~/nowhere"),
            ("train", "--resume=~/nowhere"),
            ("train", "--data=sample", "--teacher=~/nowhere"),
            ("pretrain", "--data=sample", "--data=~/nowhere"),
            ("pretrain", "--resume=~/nowhere"),
        ],
        ids=" ".join,
    )
    def test_every_place_is_read_from_there(self, words: tuple[str, ...], run_command: Run, home: Path) -> None:
        outcome = run_command(*words)
        assert outcome.exit_code not in {0, 1, 2}
        assert str(home / "nowhere") in outcome.stderr.splitlines()[-1]

    def test_places_are_written_there(
        self, run_command: Run, home: Path, write_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (home / "in.csv").write_text("text\ngood\n,\n")
        write_model(home / "model")
        monkeypatch.setenv("SENTIMENT_MODEL", "~/model")
        outcome = run_command("predict", "--file=~/in.csv", "--output=~/out.csv", "--rejects=~/bad.jsonl")
        assert outcome.exit_code == 0, outcome.stderr
        assert (home / "out.csv").read_text().startswith("text,predicted_label")
        assert (home / "bad.jsonl").read_text().count("\n") == 1

    def test_text_is_left_as_it_is(self, run_command: Run, write_model: Callable[..., Path]) -> None:
        model = write_model(Path("model"))
        outcome = run_command("predict", "--json", "--model", str(model), "~/good")
        assert json.loads(outcome.stdout)["text"] == "~/good"

    def test_other_tildes_are_names(self, run_command: Run) -> None:
        for name in ("~nobody/x.csv", "~x.csv", "./~/x.csv"):
            outcome = run_command("predict", f"--file={name}")
            assert outcome.stderr.splitlines()[-1].startswith("error: ")
            assert "home" not in outcome.stderr

    @pytest.mark.parametrize("value", ["~/no model", "./no-such", "no-such", "~", "/dev/null"])
    def test_a_fault_names_the_variable_of_the_model(
        self, value: str, run_command: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SENTIMENT_MODEL", value)
        outcome = run_command("predict", "good")
        assert outcome.exit_code == 5
        assert outcome.stderr.startswith("error: $SENTIMENT_MODEL: ")

    def test_the_folder_of_the_data(self, run_command: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SENTIMENT_DATA", "~/data")
        for words in (("data", "list"), ("data", "info", "nsmc")):
            assert f"$SENTIMENT_DATA: {home}/data: no such folder" in run_command(*words).stderr
        (home / "data" / "nsmc").mkdir(parents=True)
        for part in ("train", "test"):
            (home / "data" / "nsmc" / f"ratings_{part}.txt").touch()
        outcome = run_command("data", "list")
        assert (f"{home}/data/nsmc" in outcome.stdout, outcome.stderr) == (True, "")


class TestStreams:
    @pytest.fixture(autouse=True)
    def model(self, shared_tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SENTIMENT_MODEL", str(shared_tiny_model_dir))

    def run(self, redirection: str, *words: str) -> "subprocess.CompletedProcess[str]":
        command = f"{shlex.join([*SENTIMENT, *words])} {redirection}"
        return subprocess.run(command, shell=True, env=environment(), capture_output=True, text=True, check=False)

    @pytest.mark.parametrize(
        ("redirection", "words"),
        [
            ("2>/dev/full", ("predict", "good")),
            ("2>&-", ("predict", "good", "bad")),
            ("2>/dev/null", ("predict", "--json", "good")),
            ("2>/dev/full", ("predict", "--json", "good")),
        ],
    )
    def test_an_answer_needs_no_room_for_notes(self, redirection: str, words: tuple[str, ...]) -> None:
        ended = self.run(redirection, *words)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert re.search("negative|positive", ended.stdout)

    @pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-", ">/dev/full 2>/dev/full"])
    def test_a_fault_keeps_its_exit_code(self, redirection: str) -> None:
        assert self.run(redirection, "predict", "--model", "no-such", "good").returncode == 5
        assert self.run(redirection, "predict", "--modell", "no-such", "good").returncode == 2

    def test_nowhere_to_write_to(self) -> None:
        assert self.run(">/dev/full 2>/dev/full", "predict", "good").returncode == 7
        for words in (("predict", "good"), ("models", "list"), ("config", "list"), ("--help",)):
            ended = self.run(">&-", *words)
            assert (ended.returncode, "Traceback" in ended.stderr) == (0, False)
