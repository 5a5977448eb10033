"""The folder of a job's output: written beside its place, renamed when it is complete."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sentiment.errors import OutputError
from sentiment.spark.places import file_system, hadoop_path, how_they_meet, places_of, qualified

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

UNFINISHED_SUFFIX = ".unfinished"
REPLACED_SUFFIX = ".replaced"
COMPLETE = "_SUCCESS"
"""The file that marks a complete output, as of any Spark job: it is written last."""
_AT_THE_END = re.compile(r"(/\.?)+$")
"""What names the folder before it once more."""
_IN_THE_WAY = "already exists, perhaps left by a run that was killed; move it away, or delete it"


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
    def at(cls, uri: str, session: "SparkSession", *, force: bool, inputs: Iterable[str]) -> "OutputFolder":
        """Check that a job may write here.

        Args:
            uri: Of the folder.
            session: Runs the job.
            force: As in the class.
            inputs: What the job reads, as qualified URIs; see `keep_clear_of`.

        Raises:
            OutputError: There is an output, finished or not, and `force` is not set; it would be a root, or meets an
                input; or there is something where an existing output would be set aside.
        """
        folder = cls(_AT_THE_END.sub("", uri) or "/", force, session)
        if hadoop_path(folder.uri, session).isRoot():
            raise OutputError(f"{uri}: is a root; choose a folder below it")
        folder.keep_clear_of(inputs)
        is_there = folder._exists(folder.uri)
        if is_there and not force:
            raise OutputError(f"{uri}: already exists; choose another folder, or replace it with `force`")
        if folder._exists(folder.unfinished) and not force:
            raise OutputError(
                f"{folder.unfinished}: an earlier run for this output was cut off, or is still at work; start over "
                "with `force`"
            )
        if is_there and folder._exists(folder.replaced):
            raise OutputError(f"{folder.replaced}: {_IN_THE_WAY}")
        return folder

    @property
    def unfinished(self) -> str:
        """Where the job writes."""
        return self.uri + UNFINISHED_SUFFIX

    @property
    def replaced(self) -> str:
        """Where an existing output is set aside for a moment."""
        return self.uri + REPLACED_SUFFIX

    def keep_clear_of(self, inputs: Iterable[str]) -> None:
        """Refuse to write where an input is, above it or in it: replacing the output would delete the input.

        Args:
            inputs: Files and folders that the job reads, as qualified URIs.

        Raises:
            OutputError: One of the folders that the job writes or deletes meets one of them.
        """
        targets = {uri: places_of(qualified(uri, self._session)) for uri in (self.uri, self.unfinished, self.replaced)}
        for source in inputs:
            places = places_of(source)
            for target, own in targets.items():
                if (how := how_they_meet(own, places)) is None:
                    continue
                which = "the input itself" if how == "is" else f"the input {unquote(source)}"
                also = "" if target == self.uri else ", and the run would also write there"
                raise OutputError(f"{target}: {how} {which}{also}; choose another folder")

    def place(self) -> None:
        """Rename the finished output to its place, and mark it complete.

        An existing one is renamed first, and deleted at the end: at any moment, one of them is there.

        Raises:
            OutputError: It cannot be renamed, or another run has placed its output in the meantime.
        """
        is_replacing = self._exists(self.uri)
        if is_replacing:
            if not self.force:
                raise OutputError(f"{self.uri}: another run has written it; the answers are in {self.unfinished}")
            if self._exists(self.replaced):  # renaming to it would move the output into it
                raise OutputError(f"{self.replaced}: {_IN_THE_WAY}; the answers are in {self.unfinished}")
            self._rename(self.uri, self.replaced)
        self._rename(self.unfinished, self.uri)
        path = hadoop_path(f"{self.uri}/{COMPLETE}", self._session)
        file_system(path, self._session).create(path, True).close()
        if is_replacing:
            self._delete(self.replaced)

    def clear(self) -> None:
        """Delete what is written so far, by this run or an earlier one."""
        self._delete(self.unfinished)

    def _rename(self, source: str, target: str) -> None:
        path = hadoop_path(source, self._session)
        if not file_system(path, self._session).rename(path, hadoop_path(target, self._session)):
            raise OutputError(f"{source}: cannot be renamed to {target}; rename it yourself, all answers are in it")

    def _exists(self, uri: str) -> bool:
        path = hadoop_path(uri, self._session)
        return bool(file_system(path, self._session).exists(path))

    def _delete(self, uri: str) -> None:
        path = hadoop_path(uri, self._session)
        file_system(path, self._session).delete(path, True)
