"""The paths that a run writes to: links are followed, and a path with two uses in the run is refused."""

import os
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO, Self

from sentiment.bulk.output.paths import RESERVED_SUFFIXES, journal_of, output_error, part_of, whole_of
from sentiment.bulk.request import BulkRequest
from sentiment.errors import OutputError
from sentiment.files import redirected_file
from sentiment.tables import GZIP_MAGIC, STANDARD_INPUT, STORED_FORMATS, format_of, format_of_suffix, is_packed
from sentiment.tables.formats import TEXT_OR_TABLE

_MOST_LINKS = 40
"""Maximum number of links followed, as in Linux."""

_ENDINGS_OF = {
    "csv": {"csv", "tsv", "lines", TEXT_OR_TABLE},
    "tsv": {"tsv", "lines", TEXT_OR_TABLE},
    "jsonl": {"jsonl", "lines", TEXT_OR_TABLE},
    "lines": {"lines", "tsv", TEXT_OR_TABLE},
    TEXT_OR_TABLE: {"lines", "tsv", TEXT_OR_TABLE},
}
"""Of each format of text, those whose names the answered rows may have: CSV may be separated by tabs, and lines are."""


@dataclass(frozen=True)
class Targets:
    """The final paths of a run's files, with links resolved.

    Attributes:
        output: The table with answers; None for standard output.
        rejects: The broken rows; None to stop at the first.
        is_input: Whether the output is the input, even under another name.
        new_mode: Permission bits of new files: no more permissive than the input's.
    """

    output: Path | None
    rejects: Path | None
    is_input: bool
    new_mode: int

    @classmethod
    def of(cls, request: BulkRequest, stdout: BinaryIO) -> Self:
        """Resolve the paths of a run's files, and refuse before any work what could not be written after it.

        Raises:
            DataError: The format of the input cannot be determined.
            OutputError: A path cannot be a file, its name implies another format than the input's, or two files of
                the run would have the same path.
        """
        source = _Place.of_input(request.path)
        if request.in_place:
            _check_in_place(request, source)
        wanted = Path(request.path) if request.in_place and request.output is None else request.output
        output = None if wanted is None else _checked(wanted)
        rejects = None if request.rejects is None else _checked(request.rejects)
        is_input = output is not None and _Place.at(output).is_same(source)
        if output is not None:
            _check_output(request, output, is_input=is_input)
        elif _Place.behind(stdout).is_same(source):
            raise OutputError("standard output: is the input itself; choose the file to write with `output`")
        if rejects is not None:
            _check_rejects(rejects, [source, _Place.behind(stdout) if output is None else _Place.at(output)])
        for side_file in [*_side_files(output), *_side_files(rejects)]:
            if _Place.at(side_file).is_same(source):
                raise OutputError(f"{side_file}: is the input, and the run would also write there; rename the input")
        mode = 0o666 if source.status is None else source.status.st_mode & 0o666 | 0o600
        return cls(output, rejects, is_input, mode)


@dataclass(frozen=True)
class _Place:
    """The identity of a file, to compare names: the path with links resolved, and the file itself if it exists."""

    real: str | None
    status: os.stat_result | None

    @classmethod
    def at(cls, path: str | Path) -> Self:
        real, status = None, None
        with suppress(OSError, ValueError):
            real = os.path.realpath(path)
            status = Path(path).stat()
        return cls(real, status if status is not None and stat.S_ISREG(status.st_mode) else None)

    @classmethod
    def behind(cls, stream: BinaryIO) -> Self:
        """Return the file that a stream reads or writes, as opened by the shell for < and >."""
        return cls(None, redirected_file(stream))

    @classmethod
    def of_input(cls, path: str) -> Self:
        return cls.behind(sys.stdin.buffer) if path == STANDARD_INPUT else cls.at(path)

    def is_same(self, other: Self) -> bool:
        if self.real is not None and self.real == other.real:
            return True
        return self.status is not None and other.status is not None and os.path.samestat(self.status, other.status)


def _side_files(target: Path | None) -> list[Path]:
    return [] if target is None else [part_of(target), journal_of(target), whole_of(target)]


def _checked(target: Path) -> Path:
    """Return the path that a file of this name is written to, after following links.

    Raises:
        OutputError: It cannot be a regular file: it is a folder, a device or a pipe, or its folder does not exist; or
            the name is reserved for unfinished files.
    """
    try:
        followed = _followed(target)
        if followed.is_dir():
            raise OutputError(f"{followed}: is a folder; choose a file")
        if not followed.parent.is_dir():
            raise OutputError(f"{followed}: there is no folder {followed.parent}; create it first")
        if os.path.lexists(followed) and not followed.is_file():
            raise _special(followed)
        for side_file in _side_files(followed):
            with suppress(FileNotFoundError):
                side_file.lstat()  # its name may be too long
    except (OSError, ValueError) as error:  # ValueError: a NUL character, or half of a surrogate pair
        raise output_error(target, error) from error
    if followed.name.lower().endswith(RESERVED_SUFFIXES):
        raise OutputError(f"{followed}: names with {followed.suffix} are for unfinished files; choose another file")
    return followed


def _followed(target: Path) -> Path:
    followed = target
    for hops in count():
        if not followed.is_symlink():
            return followed
        # Such a link leads to an open file of a process, as /dev/stdout does.
        if hops == _MOST_LINKS or os.path.realpath(followed.parent).startswith("/proc/"):
            break
        followed = followed.parent / followed.readlink()
    raise _special(target)


def _special(path: Path) -> OutputError:
    return OutputError(f"{path}: is not a regular file and cannot be replaced by one; choose another place")


def _check_in_place(request: BulkRequest, source: _Place) -> None:
    if request.path == STANDARD_INPUT:
        raise OutputError("standard input: cannot be replaced in place; choose the file to write with `output`")
    path = Path(request.path)
    if source.status is None:
        if path.exists() and not path.is_dir():
            raise OutputError(f"{path}: is not a regular file; remove `in_place`, and choose the file to write")
        return  # reading it will report the fault
    with suppress(OSError), path.open("rb") as file:
        if file.read(len(GZIP_MAGIC)) == GZIP_MAGIC and not is_packed(request.path):
            raise OutputError(f"{path}: is compressed with gzip, but its name does not end in .gz; rename it")


def _check_output(request: BulkRequest, output: Path, *, is_input: bool) -> None:
    if is_input and not (request.in_place or request.resume):  # a resumed run checks its journal
        raise OutputError(f"{output}: is the input itself; choose another file, or replace it with `in_place`")
    if request.in_place and not is_input:
        raise OutputError(f"{output}: is not the input; remove `in_place` or `output`")
    format_name = format_of(request.path, request.format_name)
    promised = format_of_suffix(str(output))
    if format_name in STORED_FORMATS and is_packed(str(output)):
        raise OutputError(f"{output}: {format_name} is not compressed with gzip; remove .gz")
    if promised is not None and not is_input and promised not in _ENDINGS_OF.get(format_name, {format_name}):
        raise OutputError(
            f"{output}: the output has the format of the input, {format_name}, but this name says {promised}; "
            "choose another ending, or set the format of the input with `format`"
        )


def _check_rejects(rejects: Path, others: list[_Place]) -> None:
    if any(_Place.at(rejects).is_same(other) for other in others):
        raise OutputError(f"{rejects}: is also the input or the output; choose another file for broken rows")
