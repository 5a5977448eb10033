"""Every command on the page about generation is run on the encoder that ships: it must do what the page says of it."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sentiment
from sentiment.model_dir import known

PAGE = Path(__file__).parents[2] / "docs" / "generate.md"
LABELLED = re.compile(r"[01]\.\d{4}\t.+")


def examples() -> list[tuple[str, list[str]]]:
    """Return each command of the page, and the lines that it prints there."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    pieces = [re.split(r"^\$ sentiment (.*)\n", block, flags=re.MULTILINE)[1:] for block in blocks]
    return [(parts[i], parts[i + 1].splitlines()) for parts in pieces for i in range(0, len(parts), 2)]


def expected(arguments: list[str]) -> re.Pattern[str]:
    """Return what each line has to look like; the words are those of a machine, and another may draw others."""
    if "--fill" in arguments:
        return re.compile(".+".join(map(re.escape, arguments[arguments.index("--fill") + 1].split("_"))))
    if "--prompt" in arguments:
        return re.compile(re.escape(arguments[arguments.index("--prompt") + 1]) + ".+")
    return LABELLED if "--label" in arguments else re.compile(".+")


def test_the_page_has_examples() -> None:
    assert len(examples()) >= 7


@pytest.mark.parametrize(("command", "printed"), examples())
def test_an_example(
    command: str,
    printed: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run_command: Callable[..., Any],
) -> None:
    monkeypatch.setattr(known, "SHIPPED", Path(sentiment.__file__).parent / "shipped")
    monkeypatch.chdir(tmp_path)
    arguments = shlex.split(command)
    outcome = run_command(*arguments)
    assert outcome.exit_code == 0, outcome.stderr
    lines = outcome.stdout.splitlines()
    assert len(lines) == len(printed)
    for line in [*lines, *printed]:
        assert expected(arguments).fullmatch(line), line
