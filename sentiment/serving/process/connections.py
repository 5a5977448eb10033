"""Connections to clients that are slow, broken or hostile."""

import asyncio
import json
import sys
import uuid
from http import HTTPStatus
from typing import Any

from httptools import HttpParserInvalidURLError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_S = 10.0
"""Seconds in which the head of a request must arrive."""
MAX_HEAD_BYTES = 65_536
"""Of the head of a request."""
WRITE_S = 60.0
"""Seconds for which a client may leave a response unread."""
LINGER_S = 2.0
"""Seconds for which the rest of a refused body is read, so that the client finds the response."""


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with limits of time and size for the head of a request, and errors as JSON."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_end: float | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self.is_in_message = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(_LingeringTransport(transport, self))  # type: ignore[arg-type]
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_awaiting_head()
        if self._head_timer is not None:
            self._head_timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what arrives."""
        if self.parser is None or self.transport.is_closing():  # what a refused client still sends
            return
        if self._head_end is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_end is not None and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(431, f"the head of a request has at most {MAX_HEAD_BYTES:,} bytes")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self.is_in_message = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Start answering."""
        self._stop_awaiting_head()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request."""
        self.is_in_message = False
        self._head_bytes = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Keep the connection, unless the request was answered before it had ended."""
        super().on_response_complete()
        if self.is_in_message:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, called while the parser's error is handled."""
        fault = sys.exception()
        if isinstance(fault, HttpParserInvalidURLError):
            self._refuse(400, "the address is not valid; percent-encode all but ASCII, as in %EB%A6%AC%EB%B7%B0")
        else:
            self._refuse(400, f"{msg.rstrip('.')}{'' if fault is None else f': {fault}'}")

    def pause_writing(self) -> None:
        """Wait for a client that does not read, but not for ever."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(WRITE_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on, as the client reads."""
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _await_head(self) -> None:
        """Note until when a head must arrive; one timer lasts for several requests, as each costs time."""
        self._head_bytes = 0
        self._head_end = self.loop.time() + HEAD_S
        if self._head_timer is None:
            self._head_timer = self.loop.call_at(self._head_end, self._check_head)

    def _stop_awaiting_head(self) -> None:
        self._head_end = None

    def _check_head(self) -> None:
        self._head_timer = None
        if self._head_end is None:
            return
        if self.loop.time() < self._head_end:  # that of a later request
            self._head_timer = self.loop.call_at(self._head_end, self._check_head)
        else:
            self._end_slow_client()

    def _end_slow_client(self) -> None:
        if self._head_bytes:
            self._refuse(408, f"the head of a request must arrive within {HEAD_S:.0f} s")
        else:
            self.transport.abort()

    def _refuse(self, status: int, message: str) -> None:
        """Answer without the application, which has no request."""
        self._stop_awaiting_head()
        if self.cycle is not None and not self.cycle.response_complete:
            if self.pipeline or self.cycle.response_started or not self.is_in_message:
                self.transport.abort()  # a response to an earlier request would have to come first
                return
            self.cycle.disconnected = True  # the application was already reading the body
            self.cycle.message_event.set()
        kind = "timeout" if status == 408 else "validation"
        fields = {"error": message, "error_type": kind, "field": None, "request_id": uuid.uuid4().hex}
        body = json.dumps(fields).encode()
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nx-request-id: {fields['request_id']}\r\n"
            "x-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


class _LingeringTransport:
    """A transport that reads for a while after it was closed in the middle of a request.

    Closed at once, it would tell a client that is still sending of a reset, in place of the response.
    """

    def __init__(self, transport: asyncio.Transport, protocol: GuardedProtocol) -> None:
        self._transport = transport
        self._protocol = protocol
        self._is_closing = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Return whether nothing more is written."""
        return self._is_closing or self._transport.is_closing()

    def close(self) -> None:
        """Write what is buffered, and close."""
        if self.is_closing():
            return
        self._is_closing = True
        if not self._protocol.is_in_message or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._transport.write_eof()
        self._transport.resume_reading()
        self._protocol.loop.call_later(LINGER_S, self._transport.abort)

    def abort(self) -> None:
        """Close at once."""
        self._is_closing = True
        self._transport.abort()
