"""Kill small runs at every call that changes what is on the disk, go on with each, and compare every file.

    python -m tests.bulk.killed_calls FOLDER rows.xlsx --in-place

Each kill comes before a call, which is after the call before; the last one comes after the last call. This is a process
of its own, without threads, so that each run can be a fork of it. Prints a line of JSON for each kill.
"""

import gc
import io
import json
import os
import shutil
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import sentiment.bulk.tables
import sentiment.tables.text_files.text_table
from sentiment.bulk import BulkRequest, predict_table
from tests.bulk.conftest import ChecksumScorer

CALLS = ("open", "write", "fsync", "fchmod", "replace", "unlink", "ftruncate")
"""By their names in `os`, through which they all go."""

Tree = dict[str, tuple[bytes, int]]


def tree(folder: Path) -> Tree:
    """Return content and mode of every file."""
    return {path.name: (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()}


def kill_at(number: int) -> None:
    """Let the process kill itself at the call of this number, or when it has made all before it."""
    left = number

    def counted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                Path("../call").write_text(name)
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return counting

    for name in CALLS:
        setattr(os, name, counted(name, getattr(os, name)))


def run(folder: Path, request: BulkRequest, prepare: Callable[[], None] = lambda: None) -> int:
    """Answer a table in a process of its own; return its exit code, negative for a signal."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.chdir(folder)
    prepare()
    try:
        predict_table(request, ChecksumScorer(), stdout=io.BytesIO(), notify=lambda _: None, report=lambda _: None)
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def outcomes(folder: Path, request: BulkRequest, resumed: BulkRequest) -> Iterator[dict[str, object]]:
    """Yield, for each kill, at which call it came, and whether all files came out as without it."""
    start, whole, killed = folder / "start", folder / "whole", folder / "killed"
    shutil.copytree(start, whole)
    assert run(whole, request) == 0
    expected = tree(whole)
    output = Path(request.path) if request.output is None else request.output
    for number in count(1):
        shutil.copytree(start, killed)
        (folder / "call").write_text("none left")
        code = run(killed, request, lambda n=number: kill_at(n))  # type: ignore[misc]
        is_over = (killed / output).exists() and not (killed / f"{output}.journal").exists()
        is_done = is_over and tree(killed) == expected
        resumed_code = 0 if is_done else run(killed, resumed)
        yield {
            "call": (folder / "call").read_text(),
            "was_killed": code == -signal.SIGKILL,
            "is_equal": resumed_code == 0 and tree(killed) == expected,
        }
        if code == 0:
            return
        shutil.rmtree(killed)


def _import_once(name: str) -> None:
    """Import here what every fork would import again."""
    import_module("sentiment.tables.xlsx")
    if name.endswith(".parquet"):
        import_module("pyarrow.parquet")
        import_module("pyarrow").array(["text"])  # looks for pandas


def main() -> None:
    """Print what came of each kill."""
    sentiment.tables.text_files.text_table.WINDOW_ROWS = sentiment.bulk.tables.WINDOW_ROWS = 4  # type: ignore[attr-defined]
    folder, name, *options = sys.argv[1:]
    _import_once(name)
    gc.freeze()  # the collector would copy every page of a fork
    setattr(os, "fsync", lambda _: None)  # noqa: B010  (the kernel outlives these kills, and a disk is slow)
    in_place, force = "--in-place" in options, "--force" in options
    output = None if in_place else Path(f"out{''.join(Path(name).suffixes)}")

    def asked(*, resume: bool) -> BulkRequest:
        return BulkRequest(
            name, output, rejects=Path("rejects"), in_place=in_place, force=force, resume=resume, threads=1
        )

    for outcome in outcomes(Path(folder), asked(resume=False), asked(resume=True)):
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main()
