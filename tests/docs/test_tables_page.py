"""Every command on the page about tables is run, and must print what the page says."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"
TABLE = 'id,리뷰,"date"\n1,"최고예요, good film",2026-01-02\n2,"bad\nfilm",2026-01-03\n\n3,,2026-01-04\n4,good\n'


def examples() -> list[tuple[str, str]]:
    """Return each command of the page, and what it should print."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    pieces = [re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:] for block in blocks]
    return [(parts[i], parts[i + 1]) for parts in pieces for i in range(0, len(parts), 2)]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory, write_page_model: Callable[..., Path]) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    write_page_model(folder / "runs" / "bilstm")
    (folder / "reviews.csv").write_text(TABLE, encoding="utf-8")
    command = folder / "bin" / "sentiment"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sentiment "$@"\n')
    command.chmod(0o755)
    return folder


def test_the_page_has_examples() -> None:
    assert len(examples()) >= 5


def test_the_examples_print_what_the_page_says(workplace: Path) -> None:
    """All in one test: some read what earlier ones have written."""
    environment = os.environ | {"PATH": f"{workplace / 'bin'}:{os.environ['PATH']}"}
    environment.pop("SENTIMENT_MODEL", None)
    for command, printed in examples():
        process = subprocess.run(
            ["sh", "-c", f"({command}) 2>&1"],
            cwd=workplace,
            env=environment,
            capture_output=True,
            check=True,
        )
        assert (command, process.stdout.decode()) == (command, printed)
