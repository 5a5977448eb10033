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
    command: list[str | Path] = [sys.executable, SCRIPT, "--seed", "0", "--cases", "30", "--bases", *bases]
    process = subprocess.run([*command, "--keep", tmp_path / "failing"], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    rows = [line.split() for line in process.stdout.splitlines()[1:]]
    assert {kind for kind, *_ in rows} == {"bytes", "graph", "huge", "json", "special", "weights", "yaml"}
    assert sum(int(count) for _, *counts in rows for count in counts) == 30
    assert sum(int(row[1]) for row in rows) > 2, "some are used"


HARMS = {
    "signal": "os.kill(os.getpid(), 9)",
    "hang": "while True: pass",
    "memory": "bytearray(1_300_000_000)",
    "traceback": "raise ZeroDivisionError",
    "silent": "return [('positive', {'positive': 1.0, 'bad': 0.0})]",
}
HARMFUL = """
import os, sys
sys.path.insert(0, {scripts!r})
import directory_uses, fuzz_model_directories
sound = directory_uses.answers_of
allowed = fuzz_model_directories.MAX_CPU_SECONDS
{definitions}
for harm in (signal, hang, memory, traceback, silent):
    directory_uses.answers_of = harm
    fuzz_model_directories.MAX_CPU_SECONDS = 1 if harm is hang else allowed
    kept = {keep!r} + "/" + harm.__name__
    sys.argv = ["fuzz", "--cases", "1", "--kinds", "bytes", "--bases", {base!r}, "--keep", kept]
    try:
        fuzz_model_directories.main()
    except SystemExit as end:
        print("exit", int(end.code), flush=True)
"""


@pytest.fixture(scope="module")
def harmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what was printed where the reader of answers does harm, and the cases that were kept."""
    folder = tmp_path_factory.mktemp("harmed")
    definitions = "".join(
        f"def {verdict}(path):\n    if path.name != directory_uses.NAME: return sound(path)\n    {harm}\n"
        for verdict, harm in HARMS.items()
    )
    script = folder / "harmful.py"
    script.write_text(
        HARMFUL.format(scripts=str(SCRIPT.parent), definitions=definitions, base=str(CLASSIFIER), keep=str(folder))
    )
    process = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    (folder / "printed").write_text(process.stdout)
    return folder


@pytest.mark.parametrize("verdict", HARMS)
def test_what_goes_wrong_is_counted(harmed: Path, verdict: str) -> None:
    runs = (harmed / "printed").read_text().split("exit 1\n")
    assert len(runs) == len(HARMS) + 1
    assert runs[list(HARMS).index(verdict)].startswith(f"case 0: bytes: {verdict}: ")
    assert (harmed / verdict / "0-0" / "runs" / "broken" / "manifest.json").exists()
