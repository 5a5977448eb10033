"""Nothing that predicts opens a socket: the command runs with sockets forbidden."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.tables.conftest import workbook_parts, zipped

if TYPE_CHECKING:
    from .conftest import Command

FORBIDDING = """
import sys

def forbid(event, arguments):
    if event.startswith("socket."):
        print("FORBIDDEN", event, arguments, file=sys.stderr, flush=True)
        raise PermissionError(event)

sys.addaudithook(forbid)
"""
SENTIMENT = "from sentiment.cli import main\nmain()\n"
Offline = Callable[..., "subprocess.CompletedProcess[str]"]
CELL = '<c t="inlineStr"><is><t>{}</t></is></c>'


@pytest.fixture
def offline(command: "Command", tmp_path: Path, marking_model: Path) -> Offline:
    """Run a script with sockets forbidden: `offline(script, *arguments)`."""

    def run(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", FORBIDDING + script, *arguments],
            cwd=tmp_path,
            env=command.environment() | {"SENTIMENT_MODEL": str(marking_model)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", "good film"],
        ["predict", "--file", "rows.csv", "--output", "answered.csv"],
        ["predict", "--file", "rows.xlsx", "--output", "answered.xlsx"],
        ["models", "list"],
        ["--help"],
    ],
    ids=" ".join,
)
def test_no_socket_is_opened(offline: Offline, tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "rows.csv").write_text("text\ngood\nbad\n")
    rows = "".join(f"<row>{CELL.format(text)}</row>" for text in ("text", "good"))
    (tmp_path / "rows.xlsx").write_bytes(zipped(workbook_parts(f"<sheetData>{rows}</sheetData>")))
    ended = offline(SENTIMENT, *arguments)
    assert "FORBIDDEN" not in ended.stderr
    assert ended.returncode == 0, ended.stderr


def test_nothing_is_left_at_home(command: "Command", tmp_path: Path, marking_model: Path) -> None:
    """onnxruntime counts its uses there, and sends them from threads that no hook of Python's sees."""
    home = tmp_path / "home"
    home.mkdir()
    changes = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "SENTIMENT_MODEL": str(marking_model)}
    ended = command.run(["predict", "good film"], tmp_path, **changes)
    assert ended.returncode == 0, ended.stderr
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "event"),
    [
        ("import socket\nsocket.socket()\n", "socket.__new__"),
        ("import socket\nsocket.getaddrinfo('localhost', 80)\n", "socket.getaddrinfo"),
        ("import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9')\n", "socket."),
    ],
)
def test_one_would_be_noticed(offline: Offline, script: str, event: str) -> None:
    ended = offline(script)
    assert f"FORBIDDEN {event}" in ended.stderr
    assert ended.returncode == 1
