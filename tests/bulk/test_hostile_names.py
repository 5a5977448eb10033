"""Whatever names and links stand about: nothing is written that was not named as output."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from sentiment.errors import OutputError
from tests.bulk.conftest import Answer
from tests.bulk.test_killed_calls import write_table

Tree = dict[str, tuple[int, bytes | str]]


def tree(folder: Path) -> Tree:
    """Return what stands where, links as links."""
    found: Tree = {}
    for path in folder.rglob("*"):
        mode = path.lstat().st_mode
        content = str(path.readlink()) if stat.S_ISLNK(mode) else path.read_bytes() if stat.S_ISREG(mode) else b""
        found[str(path.relative_to(folder))] = (mode, content)
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `d` with tables, and a file beside it that is nobody's business; work is done in `d`."""
    (tmp_path / "d").mkdir()
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "d" / "in.csv").write_text("text\ngood\nbad\n")
    for suffix in (".xlsx", ".parquet"):
        write_table(tmp_path / "d" / f"in{suffix}")
    monkeypatch.chdir(tmp_path / "d")
    return tmp_path


def link(name: str, target: str = "../precious") -> Callable[[], None]:
    return lambda: Path(name).symlink_to(target)


def hard_link(name: str, target: str = "../precious") -> Callable[[], None]:
    return lambda: Path(name).hardlink_to(target)


def file(name: str) -> Callable[[], object]:
    return lambda: Path(name).write_text("mine")


def renamed(name: str) -> Callable[[], object]:
    return lambda: Path("in.csv").rename(name)


def nothing() -> None:
    """Let the folder be."""


REFUSED: dict[str, tuple[Callable[[], object], str, dict[str, object]]] = {
    "part of the output is a link": (link("o.csv.part"), "in.csv", {"output": "o.csv"}),
    "part of the output is a link to nothing": (link("o.csv.part", "../new"), "in.csv", {"output": "o.csv"}),
    "part of the output is a hard link": (hard_link("o.csv.part"), "in.csv", {"output": "o.csv"}),
    "part of the output is a file": (file("o.csv.part"), "in.csv", {"output": "o.csv", "force": True}),
    "part of the output, to be gone on with": (file("o.csv.part"), "in.csv", {"output": "o.csv", "resume": True}),
    "part of the output is a folder": (lambda: Path("o.csv.part").mkdir(), "in.csv", {"output": "o.csv"}),
    "part of the output is a pipe": (lambda: os.mkfifo("o.csv.part"), "in.csv", {"output": "o.csv"}),
    "part of the rejects is a link": (link("r.part"), "in.csv", {"output": "o.csv", "rejects": "r"}),
    "part of the rejects of a stream is a link": (link("r.part"), "in.csv", {"rejects": "r"}),
    "whole workbook is a link": (link("o.xlsx.whole"), "in.xlsx", {"output": "o.xlsx"}),
    "whole Parquet file is a link": (link("o.parquet.whole"), "in.parquet", {"output": "o.parquet"}),
    "journal is a link": (link("o.csv.journal"), "in.csv", {"output": "o.csv"}),
    "journal is a link, to be gone on with": (link("o.csv.journal"), "in.csv", {"output": "o.csv", "resume": True}),
    "journal is a link to nothing": (link("o.csv.journal", "../new"), "in.csv", {"output": "o.csv"}),
    "journal is a hard link": (hard_link("o.csv.journal"), "in.csv", {"output": "o.csv", "force": True}),
    "journal is a file of mine": (file("o.csv.journal"), "in.csv", {"output": "o.csv", "resume": True}),
    "journal is a pipe": (lambda: os.mkfifo("o.csv.journal"), "in.csv", {"output": "o.csv"}),
    "rejects are the output": (nothing, "in.csv", {"output": "o.csv", "rejects": "../d/o.csv", "force": True}),
    "rejects are the input": (nothing, "in.csv", {"output": "o.csv", "rejects": "../d/in.csv", "force": True}),
    "rejects are a link to the input": (link("r", "in.csv"), "in.csv", {"rejects": "r", "force": True}),
    "rejects are a hard link of the input": (hard_link("r", "in.csv"), "in.csv", {"rejects": "r", "force": True}),
    "rejects are a link to the output": (link("r", "o.csv"), "in.csv", {"output": "o.csv", "rejects": "r"}),
    "rejects are the journal": (nothing, "in.csv", {"output": "o.csv", "rejects": "o.csv.journal"}),
    "rejects are a part": (nothing, "in.csv", {"output": "o.csv", "rejects": "O.CSV.PART"}),
    "output is a whole": (nothing, "in.csv", {"output": "o.whole"}),
    "output is the input": (nothing, "in.csv", {"output": "../d/in.csv", "force": True}),
    "output is a link to the input": (link("o.csv", "in.csv"), "in.csv", {"output": "o.csv", "force": True}),
    "output is a hard link of the input": (hard_link("o.csv", "in.csv"), "in.csv", {"output": "o.csv", "force": True}),
    "output is the input of a run to go on with": (nothing, "in.csv", {"output": "in.csv", "resume": True}),
    "output exists": (file("o.csv"), "in.csv", {"output": "o.csv"}),
    "output exists behind a link": (link("o.csv"), "in.csv", {"output": "o.csv"}),
    "output is a link to itself": (link("o.csv", "o.csv"), "in.csv", {"output": "o.csv", "force": True}),
    "output is a link into no folder": (link("o.csv", "no/o.csv"), "in.csv", {"output": "o.csv"}),
    "output holds a NUL": (nothing, "in.csv", {"output": "o\0.csv"}),
    "output holds half a surrogate pair": (nothing, "in.csv", {"output": "o\ud800.csv"}),
    "output is too long with its endings": (nothing, "in.csv", {"output": "o" * 246 + ".csv"}),
    "output is another file than in place": (nothing, "in.csv", {"output": "o.csv", "in_place": True}),
    "rejects exist": (file("r"), "in.csv", {"output": "o.csv", "rejects": "r"}),
    "in place under a name of an unfinished file": (
        renamed("in.part"),
        "in.part",
        {"in_place": True, "format_name": "csv"},
    ),
    "input stands where the output will be unfinished": (
        renamed("o.csv.part"),
        "o.csv.part",
        {"output": "o.csv", "format_name": "csv", "resume": True},
    ),
    "in place from a pipe": (nothing, "-", {"in_place": True}),
    "in place from a named pipe": (lambda: os.mkfifo("p.csv"), "p.csv", {"in_place": True}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_nothing_is_touched(folder: Path, answer: Answer, case: str) -> None:
    prepare, name, options = REFUSED[case]
    prepare()
    before = tree(folder)
    paths = {key: Path(value) if key in {"output", "rejects"} else value for key, value in options.items()}  # type: ignore[arg-type]
    with pytest.raises(OutputError) as caught:
        answer(name, **paths)
    assert "\n" not in str(caught.value)
    assert tree(folder) == before


@pytest.mark.parametrize(
    ("prepare", "options", "written"),
    [
        (link("o.csv", "../real.csv"), {}, "real.csv"),
        (link("o.csv"), {"force": True}, "precious"),
        (link("o.csv", "../d/also.csv"), {}, "d/also.csv"),
        (hard_link("o.csv"), {"force": True}, "d/o.csv"),
        (link("e", "."), {"output": Path("e/o.csv")}, "d/o.csv"),
        (nothing, {"output": Path("in.csv"), "in_place": True}, "d/in.csv"),
        (nothing, {"output": None, "in_place": True}, "d/in.csv"),
        (link("l.csv", "in.csv"), {"output": Path("l.csv"), "in_place": True}, "d/in.csv"),
        (hard_link("l.csv", "in.csv"), {"output": Path("l.csv"), "in_place": True}, "d/l.csv"),
    ],
)
def test_only_what_is_named_is_written(
    folder: Path, answer: Answer, prepare: Callable[[], None], options: dict[str, object], written: str
) -> None:
    prepare()
    expected = answer("in.csv").stdout
    before = tree(folder)
    answer("in.csv", **{"output": Path("o.csv"), **options})
    after = tree(folder)
    assert (folder / written).read_bytes() == expected
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == {written}


def test_what_replaces_a_file_keeps_its_mode_owner_and_attributes(folder: Path, answer: Answer) -> None:
    path = folder / "d" / "in.csv"
    path.chmod(0o604)
    try:
        os.setxattr(path, "user.origin", b"shop")
    except OSError:
        pytest.skip("no extended attributes here")
    if not os.geteuid():
        os.chown(path, 1234, 2345)
    before = path.stat()
    answer(path, in_place=True)
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert os.getxattr(path, "user.origin") == b"shop"
    assert after.st_ino != before.st_ino


@pytest.mark.parametrize(("mode", "expected"), [(0o600, 0o600), (0o640, 0o640), (0o444, 0o644), (0o755, 0o644)])
def test_answers_to_a_private_table_are_private(folder: Path, answer: Answer, mode: int, expected: int) -> None:
    Path("in.csv").chmod(mode)
    answer("in.csv", output=Path("o.csv"), rejects=Path("r"))
    assert {stat.S_IMODE(Path(name).stat().st_mode) for name in ("o.csv", "r")} == {expected & ~umask()}


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
