"""Read a folder of files as a data frame, and the options to write one alike."""

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sentiment.errors import DataError
from sentiment.tables import SAMPLE_ROWS, Sample, format_of_suffix

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_CODEC_SUFFIXES = (".gz", ".bz2", ".zst", ".lz4", ".snappy", ".deflate")
_SPARK_FORMATS = {"parquet": "parquet", "csv": "csv", "tsv": "csv", "jsonl": "json"}
"""Spark's names of the formats that it reads."""

_DELIMITED: dict[str, bool | str] = {
    "header": True,
    "ignoreLeadingWhiteSpace": False,
    "ignoreTrailingWhiteSpace": False,
}
_OPTIONS: dict[str, dict[str, bool | str]] = {
    "parquet": {},
    # A quote within quotes is doubled, as everywhere but in Spark.
    "csv": _DELIMITED | {"sep": ",", "quote": '"', "escape": '"', "multiLine": True},
    # No quotes: a text that begins with one would go on until the next.
    "tsv": _DELIMITED | {"sep": "\t", "quote": "", "emptyValue": ""},
    "jsonl": {"ignoreNullFields": False},
}
"""To read files and to write them alike."""
_STRICT: dict[str, bool | str] = {"mode": "FAILFAST", "enforceSchema": False}
"""A broken row, or a file with another header, stops the job: by default Spark fills in nulls, or mixes columns up."""
_JAVA_NAMES = {"cp949": "MS949", "cp932": "MS932", "utf-8-sig": "UTF-8"}
"""Where Java knows another encoding by Python's name, or none."""
_JAVA_CHARSETS = "spark.sql.legacy.javaCharsets"
"""Without it, Spark reads only Unicode and Latin encodings."""
_UNDECODABLE = "\ufffd"

TASKS_PER_CORE = 4
"""At least, as far as the files can be cut: tasks of unequal length then end at about the same time."""
_MIN_TASKS, _OPEN_COST = "spark.sql.files.minPartitionNum", "spark.sql.files.openCostInBytes"
_SMALL_FILE = 64 << 10
"""Bytes below which files share a task. Spark's 4 MB are for reading, and are minutes of predicting."""


@dataclass(frozen=True)
class InputFolder:
    """Files of one format, read as a data frame.

    Attributes:
        name: The URI, for messages.
        format_name: As in `sentiment.formats.FileFormat`.
        frame: The rows.
    """

    name: str
    format_name: str
    frame: "DataFrame"

    @classmethod
    def open(cls, uri: str, format_name: str | None, encoding: str | None, session: "SparkSession") -> "InputFolder":
        """Read names, header and types; the rows are read by the job.

        Args:
            uri: A file, a folder, or a pattern, on any file system that Spark reads.
            format_name: One of `sentiment.formats.FileFormat`; by the names of the files if None.
            encoding: Of text files, as Python names it; UTF-8 if None. They are written as UTF-8.
            session: Reads them.

        Raises:
            DataError: There are no files, their format is unknown or not read by Spark, or their encoding is another.
        """
        wanted = format_name or _format_of(uri, session)
        if wanted not in _SPARK_FORMATS:
            raise DataError(f"{uri}: Spark does not read {wanted}; write it as Parquet, CSV or JSONL first")
        if wanted == "parquet" and encoding is not None:
            raise DataError(f"{uri}: parquet has a fixed encoding; remove `encoding`")
        _keep_all_cores_busy(session)
        reader = session.read.format(_SPARK_FORMATS[wanted]).options(**(_OPTIONS[wanted] | _STRICT))
        if wanted == "jsonl":
            reader = reader.option("lineSep", "\n")  # in other encodings, Spark does not find it
        if encoding is not None:
            session.conf.set(_JAVA_CHARSETS, "true")
            reader = reader.option("encoding", _java_name(uri, encoding))
        files = cls(uri, wanted, reader.load(uri))
        if wanted != "parquet" and encoding is None:
            files._check_encoding()
        return files

    @property
    def columns(self) -> list[str]:
        """The names, from left to right."""
        return self.frame.columns

    @property
    def uris(self) -> list[str]:
        """The qualified URIs of all files."""
        return self.frame.inputFiles()

    def sample(self) -> Sample:
        """Return the first rows; None for cells that are neither text, number nor date."""
        rows = self.frame.limit(SAMPLE_ROWS).collect()
        return [[cell if isinstance(cell, str | int | float) else None for cell in row] for row in rows]

    def _check_encoding(self) -> None:
        """Refuse files that are not UTF-8, by their first rows: Spark reads them with a mark for what it cannot decode.

        Raises:
            DataError: They are not.
        """
        if any(isinstance(cell, str) and _UNDECODABLE in cell for row in self.sample() for cell in row):
            raise DataError(f"{self.name}: contains bytes that are not UTF-8; set `encoding`, as in cp949")

    def write(self, answered: "DataFrame", uri: str) -> None:
        """Write a data frame in the format of the input, without marking it complete."""
        writer = answered.write.format(_SPARK_FORMATS[self.format_name]).options(**_OPTIONS[self.format_name])
        writer.option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false").save(uri)


def _keep_all_cores_busy(session: "SparkSession") -> None:
    """Cut files into enough tasks, unless the user has configured it."""
    configured = session.sparkContext.getConf()
    tasks = TASKS_PER_CORE * session.sparkContext.defaultParallelism
    for key, value in {_MIN_TASKS: tasks, _OPEN_COST: _SMALL_FILE}.items():
        if not configured.contains(key):
            session.conf.set(key, str(value))


def _format_of(uri: str, session: "SparkSession") -> str:
    """Return the format of the files, by their names.

    Raises:
        DataError: There are none, or their names show no format, or several.
    """
    if (by_name := _format_of_name(uri)) is not None:
        return by_name
    names = session.read.format("binaryFile").load(uri).inputFiles()  # only lists them
    if not names:
        raise DataError(f"{uri}: there are no files in it")
    formats = {_format_of_name(name) for name in names}
    if len(formats) > 1:
        raise DataError(f"{uri}: contains files of several kinds; choose some by a pattern, as in folder/*.csv")
    if (found := formats.pop()) is None:
        raise DataError(f"{uri}: the names of its files do not show the format; set it with `format`")
    return found


def _format_of_name(name: str) -> str | None:
    name = name.lower()
    for suffix in _CODEC_SUFFIXES:
        name = name.removesuffix(suffix)
    return "jsonl" if name.endswith(".json") else format_of_suffix(name)


def _java_name(uri: str, encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise DataError(f"{uri}: unknown encoding {encoding!r}; try utf-8, cp949 or utf-16") from None
    return _JAVA_NAMES.get(name, name.replace("_", "-"))
