"""Where files lie on the file systems of Hadoop, to tell whether a job would write over what it reads."""

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LOCAL = "file"
_SAME_STORE = {"s3": "s3a", "s3n": "s3a"}
"""Other schemes for the same buckets."""
_PORT = re.compile(r":\d+$")


@dataclass(frozen=True)
class Place:
    """A file or a folder.

    Attributes:
        store: The file system: its scheme and authority.
        names: From the root of the file system on.
    """

    store: str
    names: tuple[str, ...]

    def holds(self, other: "Place") -> bool:
        """Return whether another place is this one, or below it."""
        return self.store == other.store and other.names[: len(self.names)] == self.names


def places_of(uri: str) -> list[Place]:
    """Return the places of a qualified URI: on local disks, also the one that its links lead to.

    Args:
        uri: With a scheme, and encoded, as `qualified` returns it. The default port of a file system may be given or
            left out, so that ports are not compared.
    """
    found = urlsplit(uri)
    scheme, path = found.scheme.lower(), unquote(found.path)
    if scheme != _LOCAL:
        return [_place(f"{_SAME_STORE.get(scheme, scheme)}://{_PORT.sub('', found.netloc.lower())}", path)]
    return [_place(_LOCAL, each) for each in dict.fromkeys([path, os.path.realpath(path)])]


def how_they_meet(target: Collection[Place], source: Collection[Place]) -> str | None:
    """Return how a folder to write meets an input, as the verb of a message; None if they are apart.

    Args:
        target: The places of the folder.
        source: Those of the input.
    """
    pairs = [(one, other) for one in target for other in source]
    if any(one == other for one, other in pairs):
        return "is"
    if any(one.holds(other) for one, other in pairs):
        return "contains"
    return "lies inside" if any(other.holds(one) for one, other in pairs) else None


def qualified(uri: str, session: "SparkSession") -> str:
    """Return a URI with scheme and authority, encoded."""
    path = hadoop_path(uri, session)
    return str(file_system(path, session).makeQualified(path).toUri().toString())


def matched(uri: str, session: "SparkSession") -> list[str]:
    """Return the qualified URIs of the files and folders that a path or a pattern names; none if there are none."""
    path = hadoop_path(uri, session)
    found = file_system(path, session).globStatus(path)
    return [] if found is None else [str(status.getPath().toUri().toString()) for status in found]


def hadoop_path(uri: str, session: "SparkSession") -> Any:
    """Return Hadoop's object for a path."""
    return session._jvm.org.apache.hadoop.fs.Path(uri)  # type: ignore[union-attr]


def file_system(path: Any, session: "SparkSession") -> Any:
    """Return Hadoop's object for the file system of a path."""
    return path.getFileSystem(session._jsparkSession.sessionState().newHadoopConf())


def _place(store: str, path: str) -> Place:
    return Place(store, tuple(name for name in path.split("/") if name))
