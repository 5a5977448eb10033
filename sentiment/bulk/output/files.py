"""The files of a run: its output and its rejects."""

import gzip
from pathlib import Path

from sentiment.bulk.output.journal import Entry
from sentiment.bulk.output.part_file import PartFile
from sentiment.bulk.output.targets import Targets
from sentiment.tables import is_packed

_GZIP_LEVEL = 6


class Files:
    """The unfinished output and the unfinished rejects of a run."""

    def __init__(self, output: Path, targets: Targets, last: Entry | None) -> None:
        """Create them, or open those of an earlier run.

        Raises:
            OutputError: They cannot be written, or do not contain what the earlier run wrote.
        """
        if last is None:
            self.output = PartFile.create(output, targets.new_mode)
        else:
            self.output = PartFile.reopen(output, targets.new_mode, last.part_bytes, last.part_sha256)
        try:
            self.rejects = None if targets.rejects is None else open_rejects(targets.rejects, targets.new_mode, last)
        except BaseException:
            if last is None:
                self.output.discard()
            self.output.close()
            raise
        self._is_packed = is_packed(str(output))

    def packed(self, content: bytes) -> bytes:
        """Return the bytes to write to the output: for .gz, each window is a separate member (RFC 1952, 2.2)."""
        return gzip.compress(content, _GZIP_LEVEL, mtime=0) if self._is_packed and content else content

    def sync(self) -> None:
        """Return when everything is on disk."""
        for file in self._all():
            file.sync()

    def close(self) -> None:
        """Close the unfinished files and keep them."""
        for file in self._all():
            file.close()

    def discard(self) -> None:
        """Delete the unfinished files."""
        for file in self._all():
            file.discard()

    def _all(self) -> list[PartFile]:
        return [self.output] if self.rejects is None else [self.output, self.rejects]


def open_rejects(rejects: Path, mode: int, last: Entry | None) -> PartFile:
    """Open the unfinished rejects of an earlier run, or create them if it had none.

    Raises:
        OutputError: They cannot be written, or do not contain what the earlier run wrote.
    """
    if last is None:
        return PartFile.create(rejects, mode)
    return PartFile.reopen(rejects, mode, last.rejects_bytes, last.rejects_sha256)
