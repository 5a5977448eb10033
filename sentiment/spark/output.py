"""The folder of a job's output: written beside its place, renamed when it is complete."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sentiment.errors import OutputError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

UNFINISHED_SUFFIX = ".unfinished"
REPLACED_SUFFIX = ".replaced"
COMPLETE = "_SUCCESS"
"""The file that marks a complete output, as of any Spark job: it is written last."""


@dataclass(frozen=True)
class OutputFolder:
    """The folder that a job writes, on any file system of Hadoop.

    Spark's committer writes a sibling, `<uri>.unfinished`, without marking it complete; `place` renames and marks it.
    Where renaming a folder is one step, as on HDFS and on local disks, the output appears whole; where it copies the
    files one by one, as on object stores, it is whole once it is marked.

    Attributes:
        uri: Of the folder, without a slash at its end.
        force: Whether an existing one may be replaced, and an unfinished one dropped.
    """

    uri: str
    force: bool
    _session: "SparkSession"

    @classmethod
    def at(cls, uri: str, session: "SparkSession", *, force: bool) -> "OutputFolder":
        """Check that a job may write here.

        Raises:
            OutputError: There is an output, finished or not, and `force` is not set; or it would be a root.
        """
        folder = cls(uri.rstrip("/") or "/", force, session)
        if folder._path(folder.uri).isRoot():
            raise OutputError(f"{uri}: is a root; choose a folder below it")
        if folder._exists(folder.uri) and not force:
            raise OutputError(f"{uri}: already exists; choose another folder, or replace it with `force`")
        if folder._exists(folder.unfinished) and not force:
            raise OutputError(
                f"{folder.unfinished}: an earlier run for this output was cut off, or is still at work; start over "
                "with `force`"
            )
        return folder

    @property
    def unfinished(self) -> str:
        """Where the job writes."""
        return self.uri + UNFINISHED_SUFFIX

    def place(self) -> None:
        """Rename the finished output to its place, and mark it complete.

        An existing one is renamed first, and deleted at the end: at any moment, one of them is there.

        Raises:
            OutputError: It cannot be renamed, or another run has placed its output in the meantime.
        """
        replaced = self.uri + REPLACED_SUFFIX
        if self._exists(self.uri):
            if not self.force:
                raise OutputError(f"{self.uri}: another run has written it; the answers are in {self.unfinished}")
            self._delete(replaced)
            self._rename(self.uri, replaced)
        self._rename(self.unfinished, self.uri)
        path = self._path(f"{self.uri}/{COMPLETE}")
        self._file_system(path).create(path, True).close()
        self._delete(replaced)

    def clear(self) -> None:
        """Delete what is written so far, by this run or an earlier one."""
        self._delete(self.unfinished)

    def _rename(self, source: str, target: str) -> None:
        path = self._path(source)
        if not self._file_system(path).rename(path, self._path(target)):
            raise OutputError(f"{source}: cannot be renamed to {target}; rename it yourself, all answers are in it")

    def _exists(self, uri: str) -> bool:
        path = self._path(uri)
        return bool(self._file_system(path).exists(path))

    def _delete(self, uri: str) -> None:
        path = self._path(uri)
        self._file_system(path).delete(path, True)

    def _path(self, uri: str) -> Any:
        return self._session._jvm.org.apache.hadoop.fs.Path(uri)  # type: ignore[union-attr]

    def _file_system(self, path: Any) -> Any:
        return path.getFileSystem(self._session._jsparkSession.sessionState().newHadoopConf())
