"""Broken model directories, some of every kind: none crashes, hangs, swells, shows a traceback or answers otherwise."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "release" / "fuzz_model_directories.py"
FORMATS = Path(__file__).parents[1] / "formats"
CLASSIFIER, ENCODER = FORMATS / "classifier-1", FORMATS / "encoder-1"


def test_a_broken_directory_is_used_or_refused(tmp_path: Path) -> None:
    bases = [str(CLASSIFIER), str(ENCODER)]
    command: list[str | Path] = [sys.executable, SCRIPT, "--seed", "0", "--cases", "60", "--bases", *bases]
    process = subprocess.run([*command, "--keep", tmp_path / "failing"], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    rows = [line.split() for line in process.stdout.splitlines()[1:]]
    assert {kind for kind, *_ in rows} == {"bytes", "graph", "huge", "json", "special", "weights", "yaml"}
    assert sum(int(count) for _, *counts in rows for count in counts) == 60
    assert sum(int(row[1]) for row in rows) > 5, "some are used"


@pytest.mark.parametrize(
    ("harm", "verdict"),
    [
        ("os.kill(os.getpid(), 9)", "signal"),
        ("while True: pass", "hang"),
        ("bytearray(1_300_000_000)", "memory"),
        ("raise ZeroDivisionError", "traceback"),
        ("return [('positive', {'positive': 1.0, 'bad': 0.0})]", "silent"),
    ],
)
def test_what_goes_wrong_is_counted(tmp_path: Path, harm: str, verdict: str) -> None:
    """The reader of answers is replaced by one that does harm, once the sound directory is known."""
    (tmp_path / "harmful.py").write_text(
        f"import os, runpy, sys\nsys.path.insert(0, {str(SCRIPT.parent)!r})\nimport directory_uses\n"
        "sound = directory_uses.answers_of\n"
        "def harm(path):\n    if path.name != directory_uses.NAME: return sound(path)\n"
        f"    {harm}\n"
        f"directory_uses.answers_of = harm\nsys.argv[0] = {str(SCRIPT)!r}\n"
        f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')\n"
    )
    harmful = tmp_path / "harmful.py"
    command: list[str | Path] = [sys.executable, harmful, "--cases", "1", "--kinds", "bytes", "--bases", CLASSIFIER]
    process = subprocess.run([*command, "--keep", tmp_path / "failing"], capture_output=True, text=True, check=False)
    assert process.returncode == 1, process.stderr
    assert process.stdout.startswith(f"case 0: bytes: {verdict}: ")
    assert (tmp_path / "failing" / "0-0" / "runs" / "broken" / "manifest.json").exists()
