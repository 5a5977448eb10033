"""A file appears whole or not at all."""

import os
import time
from pathlib import Path

import pytest

from sentiment.errors import OutputError
from sentiment.writing import check_apart, check_result_path, sync, whole_file, write_whole


def test_a_file_appears_when_all_of_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with whole_file(path) as file:
        file.write(b"one")
        assert not path.exists()
        file.write(b"two")
    assert path.read_bytes() == b"onetwo"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_file_is_what_it_was_where_writing_ends_early(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")

    def write_half() -> None:
        with whole_file(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        write_half()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_where_the_place_is_taken_by_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_whole(tmp_path / "folder", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_permissions_are_those_of_the_file_that_stood_there_and_else_the_usual_ones(tmp_path: Path) -> None:
    old, new, usual = tmp_path / "old", tmp_path / "new", tmp_path / "usual"
    old.touch(mode=0o600)
    usual.touch()
    for path in (old, new):
        write_whole(path, b"content")
    assert old.stat().st_mode & 0o777 == 0o600
    assert new.stat().st_mode == usual.stat().st_mode


def test_what_a_killed_process_left_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    name = "re[vi]ews.csv"
    left = tmp_path / f".{name}.0123abcd.part"
    others = [f".{name}.swp", f".{name}.part", ".other.csv.0123abcd.part", f".{name}.89abcdef.part"]
    for path in (left, *(tmp_path / other for other in others)):
        path.touch()
        os.utime(path, (time.time() - 7_200,) * 2)
    (tmp_path / others[-1]).touch()  # another process is at it
    write_whole(tmp_path / name, b"")
    assert {path.name for path in tmp_path.iterdir()} == {name, *others}


def test_a_file_is_synced_before_its_name_and_its_name_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[str, bool]] = []
    path, fsync = tmp_path / "file", os.fsync

    def spy(descriptor: int) -> None:
        synced.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, path.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", spy)
    write_whole(path, b"content")
    assert [(name.endswith(".part"), there) for name, there in synced] == [(True, False), (False, True)]
    assert synced[1][0] == tmp_path.name


def test_what_is_missing_cannot_be_synced(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "missing")


def test_a_link_stays_and_the_file_behind_it_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(Path("folder") / "file")
    check_result_path(link)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert (folder / "file").read_bytes() == b"new"
    assert [*folder.iterdir()] == [folder / "file"]


def test_what_cannot_be_written_is_known_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutputError, match="cannot be written \\(File name too long\\)"):
        check_result_path(tmp_path / ("x" * 250 + ".csv"))
    dangling = tmp_path / "link"
    dangling.symlink_to(Path("missing") / "file")
    with pytest.raises(OutputError, match="missing: is not a folder; create it first"):
        check_result_path(dangling)
    check_result_path(tmp_path / "new.csv")
    (tmp_path / "one").symlink_to("not yet")
    with pytest.raises(OutputError, match="is another file of the same command"):
        check_apart([tmp_path / "one", tmp_path / "not yet"])
    monkeypatch.setattr(os, "access", lambda path, _mode: path != tmp_path)  # to root, everything is open
    with pytest.raises(OutputError, match="you may not write there; choose another folder"):
        check_result_path(tmp_path / "new.csv")
