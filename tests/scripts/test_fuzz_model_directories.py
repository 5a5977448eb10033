"""Broken model directories, some of every kind: none crashes, hangs, swells, shows a traceback or answers otherwise."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "release" / "fuzz_model_directories.py"
FORMATS = Path(__file__).parents[1] / "formats"
BASES = [str(FORMATS / name) for name in ("classifier-1", "encoder-1")]

HARMS = {
    "signal": "os.kill(os.getpid(), 9)",
    "hang": "while True: pass",
    "memory": "bytearray(1_300_000_000)",
    "traceback": "raise ZeroDivisionError",
    "silent": "return [('positive', {'positive': 1.0, 'bad': 0.0})]",
}
RUNS = """
import os, runpy, sys
sys.path.insert(0, os.path.dirname({script!r}))
sys.argv = [{script!r}, "--seed", "0", "--cases", "30", "--bases", *{bases!r}, "--keep", {keep!r} + "/failing"]
try:
    runpy.run_path({script!r}, run_name="__main__")
except SystemExit as end:
    print("exit", int(end.code), flush=True)
import directory_uses, fuzz_model_directories
sound = directory_uses.answers_of
allowed = fuzz_model_directories.MAX_CPU_SECONDS
{definitions}
for harm in (signal, hang, memory, traceback, silent):
    directory_uses.answers_of = harm
    fuzz_model_directories.MAX_CPU_SECONDS = 1 if harm is hang else allowed
    kept = {keep!r} + "/" + harm.__name__
    sys.argv = ["fuzz", "--cases", "1", "--kinds", "bytes", "--bases", {bases!r}[0], "--keep", kept]
    try:
        fuzz_model_directories.main()
    except SystemExit as end:
        print("exit", int(end.code), flush=True)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what was printed, first as people run it, then where the reader of answers does harm.

    All run in one process, as torch takes long to load; the cases that failed are kept beside it.
    """
    folder = tmp_path_factory.mktemp("fuzzed")
    definitions = "".join(
        f"def {verdict}(path):\n    if path.name != directory_uses.NAME: return sound(path)\n    {harm}\n"
        for verdict, harm in HARMS.items()
    )
    runs = RUNS.format(script=str(SCRIPT), definitions=definitions, bases=BASES, keep=str(folder))
    process = subprocess.run([sys.executable, "-c", runs], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    (folder / "printed").write_text(process.stdout)
    return folder


def test_a_broken_directory_is_used_or_refused(folder: Path) -> None:
    printed, end, _ = (folder / "printed").read_text().partition("exit 0\n")
    assert end, printed
    rows = [line.split() for line in printed.splitlines()[1:]]
    assert {kind for kind, *_ in rows} == {"bytes", "graph", "huge", "json", "special", "weights", "yaml"}
    assert sum(int(count) for _, *counts in rows for count in counts) == 30
    assert sum(int(row[1]) for row in rows) > 2, "some are used"


@pytest.mark.parametrize("verdict", HARMS)
def test_what_goes_wrong_is_counted(folder: Path, verdict: str) -> None:
    runs = (folder / "printed").read_text().partition("exit 0\n")[2].split("exit 1\n")
    assert len(runs) == len(HARMS) + 1
    assert runs[list(HARMS).index(verdict)].startswith(f"case 0: bytes: {verdict}: ")
    assert (folder / verdict / "0-0" / "runs" / "broken" / "manifest.json").exists()
