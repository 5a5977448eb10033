"""Read the body of a request: within limits of size and time, and as JSON of a known shape."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect

from sentiment.files import TooLargeError, UnreadableError, parse_json
from sentiment.serving.faults import RequestFault, invalid, too_large

if TYPE_CHECKING:
    from starlette.requests import Request

GRACE_S = 20.0
"""Seconds in which the first bytes of a body must arrive."""
MIN_BYTES_PER_S = 8_192
"""A client that sends more slowly is refused after `GRACE_S`."""


async def read_body(request: "Request", limit_bytes: int, what: str = "the body") -> AsyncGenerator[bytes]:
    """Yield a body as it arrives.

    Args:
        request: Whose body it is.
        limit_bytes: Of the body.
        what: It is, for messages.

    Raises:
        RequestFault: It is too large, or arrives too slowly.
        ClientDisconnect: The client has left.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RequestFault(415, "unsupported_type", f"{what} must not be compressed", field="Content-Encoding")
    declared = request.headers.get("Content-Length", "")
    if declared.isdecimal() and number_within(declared, limit_bytes) is None:
        raise too_large(what, limit_bytes)
    loop = asyncio.get_running_loop()
    began, received, more = loop.time(), 0, True
    while more:
        try:
            async with asyncio.timeout_at(began + GRACE_S + received / MIN_BYTES_PER_S):
                message = await request.receive()
        except TimeoutError:
            detail = f"{what} arrives too slowly: {received:,} bytes in {loop.time() - began:.0f} s"
            raise RequestFault(408, "timeout", detail, headers={"Connection": "close"}) from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk, more = message.get("body", b""), message.get("more_body", False)
        received += len(chunk)
        if received > limit_bytes:
            raise too_large(what, limit_bytes)
        yield chunk


def number_within(header: str, limit: int) -> int | None:
    """Return the number in a header, of however many digits; None if there is none, or it is above a limit."""
    digits = header.lstrip("0") or header[:1]
    if not header.isdecimal() or len(digits) > len(str(limit)) or int(digits) > limit:
        return None
    return int(digits)


async def read_whole(request: "Request", limit_bytes: int) -> bytes:
    """Return a body.

    Raises:
        RequestFault: As in `read_body`.
    """
    return b"".join([chunk async for chunk in read_body(request, limit_bytes)])


async def read_json(request: "Request", limit_bytes: int) -> "Fields":
    """Return the JSON object in a body.

    Raises:
        RequestFault: As in `read_body`; it is of another type, or not a JSON object.
    """
    media_type, _, parameters = request.headers.get("Content-Type", "").partition(";")
    if media_type.strip().lower() != "application/json":
        raise unsupported_type("application/json")
    if "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        raise RequestFault(415, "unsupported_type", "the body must be JSON in UTF-8")
    return parse_fields(await read_whole(request, limit_bytes))


def parse_fields(content: bytes) -> "Fields":
    """Return the JSON object in some bytes.

    Raises:
        RequestFault: They hold something else.
    """
    try:
        fields = parse_json(content, allow_surrogates=True)
    except TooLargeError as error:
        raise RequestFault(413, "too_large", f"the body {error}") from None
    except UnreadableError as error:
        raise invalid(f"the body cannot be read: {error}", status=400) from None
    if not isinstance(fields, dict):
        raise invalid("the body is not a JSON object", status=400)
    return Fields(fields)


def unsupported_type(wanted: str) -> RequestFault:
    """Return the fault of a body of another type."""
    return RequestFault(415, "unsupported_type", f"the header Content-Type must be {wanted}", field="Content-Type")


class Fields:
    """The fields of a JSON object, each checked as it is read; `end` refuses those that were not."""

    def __init__(self, fields: Mapping[str, Any], place: str = "") -> None:
        self._fields = dict(fields)
        self._place = place

    def take(self, name: str, default: Any = None) -> Any:
        """Return a field, and count it as read."""
        return self._fields.pop(name, default)

    def boolean(self, name: str) -> bool:
        """Return a field that is true or false; False if it is missing or null.

        Raises:
            RequestFault: It is of another type.
        """
        value = self.take(name)
        if not isinstance(value, bool | None):
            raise invalid(f"{self._place}{name} must be true or false", self._place + name)
        return bool(value)

    def end(self) -> None:
        """Refuse fields that are unknown.

        Raises:
            RequestFault: There are some.
        """
        for name in self._fields:
            shown = name[:80].encode("ascii", "backslashreplace").decode()
            raise invalid(f"{self._place}{shown} is not a field of this request", self._place + shown)


def checked_texts(value: Any, field: str, max_texts: int) -> list[str]:
    """Return a field that is a list of texts.

    Raises:
        RequestFault: It is something else, is empty, or has too many.
    """
    if not isinstance(value, list):
        raise invalid(f"{field} must be a list of strings", field)
    if not value:
        raise invalid(f"{field} must hold at least one text", field)
    if len(value) > max_texts:
        raise too_many_texts(field, len(value), max_texts)
    for position, text in enumerate(value):
        if not isinstance(text, str):
            raise invalid(f"{field}[{position}] must be a string", f"{field}[{position}]")
    return value


def too_many_texts(field: str, number: int, max_texts: int) -> RequestFault:
    """Return the fault of a request with too many texts."""
    return invalid(f"{field} holds {number:,} texts, more than {max_texts:,}; send several requests, or a table", field)
