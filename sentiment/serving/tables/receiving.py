"""Receive a table: in a form, or as the whole body."""

import asyncio
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, get_args

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from sentiment.bulk import DEFAULT_PREFIX
from sentiment.formats import FileFormat
from sentiment.serving.bodies import read_body
from sentiment.serving.faults import RequestFault, invalid
from sentiment.tables import format_of_suffix

if TYPE_CHECKING:
    from starlette.requests import Request

    from sentiment.serving.tables.records import TableFolder

FILE_FIELD = "file"
MEDIA_TYPES = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
    "text/plain": "lines",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.apache.parquet": "parquet",
}
FORM = "multipart/form-data"
ANY_FILE = "application/octet-stream"
OPTIONS = (
    *("filename", "format", "text_column", "sheet", "header_row", "encoding", "column_prefix", "all_probabilities"),
    "rejects",
)
"""The options of a table, as in `sentiment predict`."""
KEEP, STOP = "keep", "stop"
_SUFFIX = {"csv": ".csv", "tsv": ".tsv", "jsonl": ".jsonl", "lines": ".log", "xlsx": ".xlsx", "parquet": ".parquet"}
_UNSAFE_IN_NAME = re.compile(r"[^\w.() +-]")
_LONGEST_NAME_BYTES = 200
"""A file system takes 255, and the unfinished files of the work have longer names."""
_MAX_SHOWN = 100
_MAX_FORM_FIELDS = 20
_MAX_FIELD_BYTES = 4_096
_MAX_DIGITS = 9
_COPIED_BYTES = 2**20


@dataclass(frozen=True)
class TableRequest:
    """A table that was received.

    Attributes:
        name: Of the file, as it is stored.
        format: One of `sentiment.formats.FileFormat`; by its name if None.
        text_column: As in `BulkRequest`.
        sheet: As in `BulkRequest`.
        header_row: As in `BulkRequest`.
        encoding: As in `BulkRequest`.
        column_prefix: As in `BulkRequest`.
        all_probabilities: Whether every class gets a column.
        keeps_rejects: Whether broken rows are set aside, instead of ending the work.
    """

    name: str
    format: str | None
    text_column: str | None
    sheet: str | None
    header_row: int | None
    encoding: str | None
    column_prefix: str
    all_probabilities: bool
    keeps_rejects: bool

    @property
    def format_name(self) -> str:
        """The format, from the name if it is not set."""
        return self.format or format_of_suffix(self.name) or "lines"

    @property
    def media_type(self) -> str:
        """The media type of the answer."""
        kinds = {format_name: media_type for media_type, format_name in reversed(MEDIA_TYPES.items())}
        return kinds.get(self.format_name, "text/plain")


async def receive(request: "Request", table: "TableFolder", limit_bytes: int) -> TableRequest:
    """Store the table of a request in its folder.

    Raises:
        RequestFault: It is too large, of an unknown format, or an option is wrong.
    """
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type == FORM:
        return await _receive_form(request, table, limit_bytes)
    if media_type not in MEDIA_TYPES and media_type != ANY_FILE:
        kinds = ", ".join([FORM, ANY_FILE, *MEDIA_TYPES])
        raise RequestFault(
            415, "unsupported_type", f"the header Content-Type must be one of {kinds}", field="Content-Type"
        )
    wanted = _checked(dict(request.query_params), "", MEDIA_TYPES.get(media_type))
    with table.input(wanted.name).open("xb") as file:
        async for chunk in read_body(request, limit_bytes, "the table"):
            file.write(chunk)
    return wanted


async def _receive_form(request: "Request", table: "TableFolder", limit_bytes: int) -> TableRequest:
    chunks = read_body(request, limit_bytes, "the table")
    parser = MultiPartParser(
        request.headers, chunks, max_files=1, max_fields=_MAX_FORM_FIELDS, max_part_size=_MAX_FIELD_BYTES
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeError) as error:
        message = getattr(error, "message", "it is broken")
        raise invalid(f"the form cannot be read: {message}", status=400) from None
    try:
        upload = form.get(FILE_FIELD)
        if not isinstance(upload, UploadFile):
            raise invalid(f"the form must have a file in its field {FILE_FIELD!r}", FILE_FIELD)
        fields = {key: str(value) for key, value in form.items() if key != FILE_FIELD}
        known = MEDIA_TYPES.get((upload.content_type or "").partition(";")[0].strip().lower())
        wanted = _checked({**request.query_params, **fields}, upload.filename or "", known)
        await asyncio.to_thread(_copy, upload.file, table.input(wanted.name))
    finally:
        await form.close()
    return wanted


def _copy(source: BinaryIO, target: Path) -> None:
    with target.open("xb") as file:
        shutil.copyfileobj(source, file, _COPIED_BYTES)


def _checked(options: Mapping[str, str], file_name: str, known_format: str | None) -> TableRequest:
    """Return the options of a table, with the name and the format that it gets without them.

    Raises:
        RequestFault: One is unknown or wrong, or the format is not known.
    """
    for name in options:
        if name not in OPTIONS:
            raise invalid(f"there is no option {name!r}; the options are {', '.join(OPTIONS)}", _shown(name))
    wanted = options.get("format")
    if wanted is not None and wanted not in get_args(FileFormat):
        raise invalid(f"format must be one of {', '.join(get_args(FileFormat))}", "format")
    name = _safe_name(options.get("filename") or file_name)
    format_name = wanted or (None if format_of_suffix(name) else known_format)
    if format_name is None and format_of_suffix(name) is None:
        message = "neither the name of the file nor its type shows the format; set the option `format`"
        raise RequestFault(415, "unsupported_type", message, field="format")
    if not name:
        name = f"table{_SUFFIX[format_name or 'lines']}"
    return TableRequest(
        name=name,
        format=format_name,
        text_column=options.get("text_column"),
        sheet=options.get("sheet"),
        header_row=_header_row(options),
        encoding=options.get("encoding"),
        column_prefix=options.get("column_prefix", DEFAULT_PREFIX),
        all_probabilities=_one_of(options, "all_probabilities", ("false", "true")) == "true",
        keeps_rejects=_one_of(options, "rejects", (STOP, KEEP)) == KEEP,
    )


def _header_row(options: Mapping[str, str]) -> int | None:
    row = options.get("header_row")
    if row is None:
        return None
    if not row.isascii() or not row.isdecimal() or len(row) > _MAX_DIGITS or int(row) < 1:
        raise invalid("header_row must be a whole number, 1 or more", "header_row")
    return int(row)


def _one_of(options: Mapping[str, str], name: str, values: tuple[str, str]) -> str:
    """Return an option that has few values, the first if it is not set."""
    value = options.get(name, values[0])
    if value not in values:
        raise invalid(f"{name} must be {values[0]} or {values[1]}", name)
    return value


def _safe_name(name: str) -> str:
    """Return the last part of a name, without characters that mean something to a system or a terminal."""
    last = _UNSAFE_IN_NAME.sub("_", PurePosixPath(name.replace("\\", "/")).name)
    # The end has the suffix; a character that would be cut through goes.
    return last.encode()[-_LONGEST_NAME_BYTES:].decode("utf-8", "ignore").lstrip(".")


def _shown(name: str) -> str:
    return name[:_MAX_SHOWN].encode("ascii", "backslashreplace").decode()
