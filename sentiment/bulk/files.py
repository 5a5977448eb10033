"""The files of a run: its output, and the rows it set aside."""

import gzip
from pathlib import Path

from sentiment.bulk.journal import Entry
from sentiment.bulk.paths import PartFile, check_target, part_of, put_in_place
from sentiment.bulk.request import BulkRequest
from sentiment.bulk.tables import BulkTable
from sentiment.errors import OutputError
from sentiment.tables import STORED_FORMATS, format_of, format_of_suffix, is_packed

_GZIP_LEVEL = 6


def check_targets(request: BulkRequest) -> None:
    """Refuse before any work what can't be written after it.

    Raises:
        DataError: The format of the input can't be told.
        OutputError: A folder stands there, there is no folder around it, its name promises another format than the
            input has, or two files would stand in one place.
    """
    for target in (request.output, request.rejects):
        if target is not None:
            check_target(target)
    if request.output is not None:
        _check_name_of_output(request, str(request.output))
    if request.rejects is not None and request.rejects.absolute() in {
        Path(request.path).absolute(),
        None if request.output is None else request.output.absolute(),
    }:
        raise OutputError(f"{request.rejects}: is the input or the output as well; name another file for broken rows")


def _check_name_of_output(request: BulkRequest, output: str) -> None:
    """Refuse a name that programs would take for another format: the table comes back in the one it came in."""
    format_name = format_of(request.path, request.format_name)
    promised = format_of_suffix(output)
    if format_name in STORED_FORMATS and is_packed(output):
        raise OutputError(f"{output}: {format_name} is not packed with gzip; leave .gz out")
    if promised not in (None, format_name) and STORED_FORMATS & {promised, format_name}:
        raise OutputError(
            f"{output}: the table comes back as it came, in {format_name}, and this name says {promised}; end it as "
            "the input's name ends"
        )


def finish_rejects(request: BulkRequest) -> None:
    """Put the rejects of a whole output in their place, if a kill came before."""
    if request.rejects is not None and part_of(request.rejects).exists():
        put_in_place(part_of(request.rejects), request.rejects)


class Files:
    """The unfinished output and the unfinished rejects of a run."""

    def __init__(self, request: BulkRequest, output: Path, last: Entry | None) -> None:
        self.output = PartFile(output, None if last is None else last.part_bytes)
        rejects_bytes = None if last is None or not last.rejects_bytes else last.rejects_bytes
        try:
            self.rejects = None if request.rejects is None else PartFile(request.rejects, rejects_bytes)
        except BaseException:
            if last is None:
                self.output.discard()
            self.output.close()
            raise
        self._is_packed = is_packed(str(output))

    def packed(self, content: bytes) -> bytes:
        """Return the bytes as the output has them: for .gz each window is a member of its own (RFC 1952, 2.2)."""
        return gzip.compress(content, _GZIP_LEVEL, mtime=0) if self._is_packed and content else content

    def sync(self) -> None:
        """Return when all is on the disk."""
        for file in self._all():
            file.sync()

    def close(self) -> None:
        """Leave the unfinished files as they are."""
        for file in self._all():
            file.close()

    def discard(self) -> None:
        """Delete the unfinished files."""
        for file in self._all():
            file.discard()

    def finish(self, table: BulkTable) -> None:
        """Put the files in their places; may be done again after a kill in the midst of it."""
        table.finish(self.output)
        if self.rejects is not None:
            self.rejects.finish()

    def _all(self) -> list[PartFile]:
        return [self.output] if self.rejects is None else [self.output, self.rejects]
