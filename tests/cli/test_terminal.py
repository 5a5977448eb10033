"""What reaches a terminal: nothing that moves its cursor or misleads its reader, and no word cut at any width."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sentiment.cli.console import json_line, print_path, with_options
from sentiment.wording import on_one_line
from tests.cli.conftest import run_on_terminal, without_colour

Run = Callable[..., Any]

# The kinds, not a copy of the set: C0, C1, soft hyphen, Arabic mark, zero width, marks of direction, separators,
# embeddings, isolates, invisible operators, deprecated controls, byte order mark, interlinear notes, tags.
UNSAFE = (
    "\x00\t\n\r\x1b\x7f\x85\x9b\xad\u061c\u180e\u200b\u200e\u200f\u2028"
    "\u2029\u202a\u202e\u2060\u2066\u2069\u206a\ufeff\ufff9\U000e0041"
)
SAFE = "최고 é ☕️ 👨‍👩‍👧 👍🏽 ㄱㅏ ᄒ\u1160 葛\U000e0100 ن\u200cد \\"
WIDTHS = (20, 40, 60, 80, 120, 200)
LONG_TEXT = "배우들의 연기가 훌륭했고 음악도 좋았습니다 다만 결말이 조금 아쉬웠어요"


def test_what_the_library_calls_a_field_is_an_option_on_the_command_line() -> None:
    assert (
        with_options("choose the column with `text_column`, or `sheet`")
        == "choose the column with --text-column, or --sheet"
    )
    quoted = "the columns are '`format`', '`a b`'; `x.csv` is no option, nor is folder/`sheet`/a"
    assert with_options(quoted) == quoted


@pytest.mark.parametrize("character", UNSAFE, ids=ascii)
def test_every_unsafe_character_is_escaped_on_a_line_and_in_json(character: str) -> None:
    shown = on_one_line(f"a{character}b")
    assert shown.isprintable()
    assert shown.startswith("a\\")
    assert shown.endswith("b")
    line = json_line({"label": f"a{character}b"})
    assert line.isprintable()
    assert json.loads(line) == {"label": f"a{character}b"}


def test_what_people_write_stays_as_it_is() -> None:
    assert on_one_line(SAFE) == SAFE
    assert json_line([SAFE]) == json.dumps([SAFE], ensure_ascii=False)


@given(st.text())
def test_json_keeps_every_text_and_escapes_it_but_once(text: str) -> None:
    line = json_line(text)
    assert json.loads(line) == text
    assert on_one_line(line) == line


def environment(**variables: str) -> dict[str, str]:
    return os.environ | {"TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path)} | variables


def lines_on_terminal(*arguments: str, **variables: str) -> Iterator[str]:
    shown, exit_code = run_on_terminal(arguments, environment(**variables))
    assert exit_code == 0, shown
    return (line.rstrip() for line in without_colour(shown).splitlines())


@pytest.mark.parametrize("columns", [*WIDTHS, 1, 7])
def test_answers_are_whole_at_every_width(columns: int, shared_tiny_model_dir: Path) -> None:
    command = ["predict", "--model", str(shared_tiny_model_dir), "--all-probabilities", LONG_TEXT, "bad", "good film"]
    lines = list(lines_on_terminal(*command, COLUMNS=str(columns)))[1:]
    words = " ".join(lines).split()
    assert words.count("negative") + words.count("positive") >= 3
    assert set(LONG_TEXT.split()) <= set(words), "no word of a text is cut"
    assert "…" not in "".join(lines)
    room = max(columns, 20)
    assert all(cell_len(line) <= room for line in lines)


@pytest.mark.parametrize("columns", ["0", "00", "-5", "x", ""])
@pytest.mark.parametrize("arguments", [("predict", "good", "bad"), ("config", "list"), ("predict", "--help")])
def test_a_width_that_none_can_have_is_no_width(
    columns: str, arguments: tuple[str, ...], shared_tiny_model_dir: Path
) -> None:
    variables = {"COLUMNS": columns, "LINES": columns, "SENTIMENT_MODEL": str(shared_tiny_model_dir)}
    lines = list(lines_on_terminal(*arguments, **variables))
    assert len("".join(lines)) > 100, lines


def test_an_empty_text_is_named_by_its_number(shared_tiny_model_dir: Path) -> None:
    command = ["predict", "--model", str(shared_tiny_model_dir), "good", "", "bad", " "]
    shown = "\n".join(lines_on_terminal(*command, COLUMNS="80"))
    assert re.findall(r"no answer: .*", shown) == ["no answer: text 2 is empty", "no answer: text 4 is empty"]


@pytest.mark.parametrize(("is_terminal", "shown"), [(True, "a\\x1b[2Jb c\n"), (False, "a\x1b[2Jb c\n")])
def test_a_path_is_exact_for_programs_and_safe_for_people(
    is_terminal: bool, shown: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)
    print_path(Path("a\x1b[2Jb c"))
    assert capsys.readouterr().out == shown


class TestHostileNames:
    """A file, a label, a run whose name holds escape sequences."""

    NAME = "x\x1b[2J\x9b1m\u202egnp\u200e\u061c"
    SHOWN = r"x\x1b[2J\x9b1m\u202egnp\u200e\u061c"

    @pytest.fixture(autouse=True)
    def model(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_model: Callable[..., Path]) -> Path:
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("SENTIMENT_MODEL", raising=False)
        return write_model(Path("runs") / self.NAME, labels=(f"neg{self.NAME}", f"pos{self.NAME}"))

    def shown(self, *arguments: str, exit_code: int = 0) -> str:
        shown, ended = run_on_terminal(arguments, environment(COLUMNS="200"))
        assert ended == exit_code, shown
        # A bar moves the cursor too, but neither clears the screen nor turns the direction of writing.
        assert not re.search("\x1b\\[2J|[\x7f-\x9f\u061c\u200e\u202e]", shown), ascii(shown)
        return without_colour(shown)

    @pytest.mark.parametrize(
        "arguments",
        [
            ("models", "list"),
            ("models", "show"),
            ("models", "verify"),
            ("predict", "good"),
            ("predict", "good", "bad"),
            ("predict", "--all-probabilities", "good"),
            ("predict", "--all-probabilities", "good", "bad"),
        ],
        ids=" ".join,
    )
    def test_a_model(self, arguments: tuple[str, ...]) -> None:
        assert self.SHOWN in self.shown(*arguments)

    @pytest.mark.parametrize("arguments", [("predict", "--json", "good"), ("models", "show", "--json")], ids=" ".join)
    def test_json(self, arguments: tuple[str, ...]) -> None:
        (line,) = (line for line in self.shown(*arguments).splitlines() if line.startswith("{"))
        fields = json.loads(line)
        labels = fields.get("labels", [fields.get("label")])
        assert all(label.removeprefix("neg").removeprefix("pos") == self.NAME for label in labels)

    def test_a_file(self) -> None:
        Path(f"{self.NAME}.csv").write_text("text,label\ngood,a\nbad,b\n")
        assert self.SHOWN in self.shown("data", "info", f"{self.NAME}.csv")
        shown = self.shown("predict", "--file", f"{self.NAME}.csv", "--output", "out.csv")
        assert re.search(re.escape(self.SHOWN) + r"\.csv .*━", shown), "the bar has the name"

    def test_an_experiment(self) -> None:
        Path(f"{self.NAME}.yaml").write_text("training: {epochs: 2}\n")
        shown = self.shown("config", "show", f"{self.NAME}.yaml", "--set", f'data.source="{ascii(self.NAME)[1:-1]}"')
        assert r"x\e[2J" in shown

    def test_the_values_of_a_column(self) -> None:
        Path("rows.csv").write_text(f"text,label\ngood,{self.NAME}\nbad,b\n", encoding="utf-8")
        # A label has no invisible marks at its ends.
        assert self.SHOWN.partition(r"\u200e")[0] in self.shown("data", "info", "rows.csv")

    @pytest.mark.parametrize(
        ("arguments", "exit_code"),
        [
            (("predict", "--model", NAME + "2", "good"), 5),
            (("predict", "--file", NAME), 4),
            (("predict", "--batch-size", NAME, "good"), 2),
            (("predict", "--format", NAME, "good"), 2),
            (("models", "list", NAME), 2),
            (("models", "show", "one", NAME), 2),
            (("models", NAME), 2),
            ((NAME,), 2),
            (("eval", "--split", NAME), 2),
            (("generate", "--" + NAME), 2),
            (("config", "show", NAME), 3),
            (("train", "--set", NAME), 3),
        ],
        ids=ascii,
    )
    def test_a_fault(self, arguments: tuple[str, ...], exit_code: int) -> None:
        assert "x\\x1b[2J" in self.shown(*arguments, exit_code=exit_code)
