"""The way of every request: an id, who may pass, headers that protect, and its line in the log."""

import hmac
import logging
import random
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect

from sentiment.serving.faults import BrokenOffError, RequestFault, unavailable

if TYPE_CHECKING:
    from starlette.routing import Route
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sentiment.serving.service import Service

REQUEST_ID_HEADER = "X-Request-ID"
_REQUEST_ID_NAME = REQUEST_ID_HEADER.lower().encode()
_KEY = "sentiment.request"
CLIENT_LEFT = 499
"""The status in log and counts of a request whose client did not wait for the response."""

_log = logging.getLogger("sentiment.serving")
_REQUEST_ID = re.compile(r"[\w.:=+/@-]{1,128}", re.ASCII)
_OPEN_PATHS = re.compile(r"/|/page/[\w.-]+|/health|/v2/health/(?:live|ready)|/openapi\.json")
"""What needs no key: the page asks for one, and a probe has none."""
_TABLE_PATHS = re.compile(r"/v1/tables/.*")
"""What was accepted earlier, and is still told and given out while the service ends."""
_READY_PATHS = re.compile(r"/v1/(?!tables/).*|/v2/models/.*|/|/predict|/info")
"""What needs a model."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PROTECTING = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
]


class Gateway:
    """Wraps an application: every response has an id and protecting headers, and is counted and logged."""

    def __init__(self, app: "ASGIApp", service: "Service", paths: "Mapping[Any, str]") -> None:
        """Wrap an application.

        Args:
            app: The application.
            service: What its parts share.
            paths: The path of each endpoint, for counts and log.
        """
        self._app = app
        self._service = service
        self._paths = paths

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(_REQUEST_ID_NAME, b"").decode("latin-1")
        request = _Request(given if _REQUEST_ID.fullmatch(given) else _new_id(), send, self._service)
        scope[_KEY] = request
        try:
            await self._app(scope, receive, request.send)
        except ClientDisconnect:
            request.status = CLIENT_LEFT
        except BrokenOffError as error:
            request.noted["broken_off"] = str(error)
            raise
        except Exception:  # a bug, or a model that fails
            _log.exception("request %s failed", request.id)
            if request.status != CLIENT_LEFT:  # too late for another status: the server closes the connection
                raise
            await _FAILED.response(request.id)(scope, receive, request.send)
        finally:
            # The server's object for this request has the scope and is what `send` is bound to: left there, this would
            # be a cycle that only Python's collector removes, which stops all other requests meanwhile.
            del scope[_KEY]
            request.finish(scope, self._paths.get(scope.get("endpoint", self), "none"))


def _new_id() -> str:
    # It is no secret, and asking the system for random bytes lets other threads take the interpreter's lock.
    return f"{random.getrandbits(128):032x}"


_FAILED = RequestFault(500, "backend", "the service failed to answer; its log has the reason under this request id")


class _Request:
    """A request on its way.

    Attributes:
        id: The client's, or a new one.
        status: Of its response.
        noted: Further fields of its line in the log.
    """

    def __init__(self, request_id: str, send: "Send", service: "Service") -> None:
        self.id = request_id
        self.status = CLIENT_LEFT
        self.noted: dict[str, Any] = {}
        self._send = send
        self._service = service
        self._began = time.perf_counter()

    async def send(self, message: "Message") -> None:
        """Send a part of the response, the head with further headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = message.get("headers", ())
            names = {name for name, _ in given}
            message["headers"] = [
                *given,
                *(header for header in _PROTECTING if header[0] not in names),
                (_REQUEST_ID_NAME, self.id.encode()),
                *([(b"connection", b"close")] if self._service.is_draining and b"connection" not in names else ()),
            ]
        await self._send(message)

    def finish(self, scope: "Scope", route: str) -> None:
        """Count and log the request."""
        seconds = time.perf_counter() - self._began
        self._service.metrics.answered(route, scope["method"], self.status, seconds)
        settings = self._service.settings
        if settings.log is None:
            return
        client = scope.get("client")
        texts = self.noted.pop("texts", None)
        settings.log(
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "id": self.id,
                "client": client[0] if client else None,
                "method": scope["method"],
                "path": scope["path"],
                "status": self.status,
                "seconds": round(seconds, 6),
                **({} if texts is None else {"num_texts": len(texts)}),
                **({"texts": texts} if settings.log_texts and texts is not None else {}),
                **self.noted,
            }
        )


def note(scope: "Scope", **fields: Any) -> None:
    """Add fields to the line of a request in the log."""
    scope[_KEY].noted.update(fields)


def request_id_of(scope: "Scope") -> str:
    """Return the id of a request."""
    request_id: str = scope[_KEY].id
    return request_id


def path_of(scope: "Scope") -> str:
    """Return the path of a request in the application, wherever that is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


class Door:
    """Refuses requests without a key, those for a model while there is none or the service ends, and for a full queue.

    Refused here, a request costs least: a service that is asked for far more than it can do is busy with refusing.
    """

    def __init__(self, app: "ASGIApp", service: "Service", queued: "Sequence[Route]") -> None:
        """Stand before an application.

        Args:
            app: The application.
            service: What its parts share.
            queued: The routes whose requests wait in the queue of texts.
        """
        self._app = app
        self._service = service
        self._queued = queued
        self._keys = [_digest(key) for key in service.settings.api_keys]

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Let a request pass, or answer it with the reason."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = path_of(scope)
        if (fault := self._fault(scope, path)) is not None:
            await fault.response(request_id_of(scope))(scope, receive, send)
        elif self._service.is_draining and not _TABLE_PATHS.fullmatch(path):  # a probe
            await self._app(scope, receive, send)
        else:
            with self._service.accepted():
                await self._app(scope, receive, send)

    def _fault(self, scope: "Scope", path: str) -> RequestFault | None:
        is_open = _OPEN_PATHS.fullmatch(path) and (path != "/" or scope["method"] in {"GET", "HEAD"})
        if self._keys and not is_open and not self._has_key(headers := Headers(scope=scope)):
            self._service.metrics.refused("key")
            has_any = "Authorization" in headers or "X-API-Key" in headers
            message = "this key is none of the service's" if has_any else "a key is needed"
            remedy = "send one as the header `Authorization: Bearer KEY`"
            return RequestFault(401, "unauthorized", f"{message}; {remedy}", headers={"WWW-Authenticate": "Bearer"})
        if not self._service.is_ready and not is_open and _READY_PATHS.fullmatch(path):
            self._service.metrics.refused("not_ready")
            return unavailable("the service is " + ("ending" if self._service.is_draining else "starting"))
        if self._service.batcher.is_full:
            for route in self._queued:
                if scope["method"] == "POST" and route.path_regex.match(path):
                    scope["endpoint"] = route.endpoint  # for counts and log
                    return self._service.batcher.full()
        return None

    def _has_key(self, headers: Headers) -> bool:
        """Compare the key with every one, in the same time whether it is right or wrong."""
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        given = _digest(token.strip() if scheme.lower() == "bearer" else headers.get("X-API-Key", ""))
        return sum([hmac.compare_digest(given, key) for key in self._keys]) > 0


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()
