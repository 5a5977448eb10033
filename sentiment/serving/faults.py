"""Refused requests: a status and a JSON object of one shape."""

from collections.abc import Mapping

from sentiment.serving.responses import JsonResponse

RETRY_AFTER_S = 1
"""Seconds after which a refused client may try again."""


class RequestFault(Exception):  # noqa: N818  (of the client, not of the service)
    """A request that is refused.

    Attributes:
        status: The HTTP status.
        kind: The class of the fault, for programs.
        message: One line: what is wrong, and what to do.
        field: The part of the request that is wrong, as in `texts[2]`; None for the whole.
        headers: Further headers of the response.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.field = field
        self.headers = dict(headers or {})

    def response(self, request_id: str) -> JsonResponse:
        """Return the response, in the shape of all errors."""
        content = {"error": self.message, "error_type": self.kind, "field": self.field, "request_id": request_id}
        return JsonResponse(content, self.status, self.headers)


class BrokenOffError(Exception):
    """A response that cannot be completed; its connection is closed, so that the client notices."""


def invalid(message: str, field: str | None = None, *, status: int = 422) -> RequestFault:
    """Return the fault of a request whose content is wrong: 400 if it cannot be parsed, 422 if a field is wrong."""
    return RequestFault(status, "validation", message, field=field)


def not_found(message: str) -> RequestFault:
    """Return the fault of a request for something that does not exist."""
    return RequestFault(404, "not_found", message)


def too_large(what: str, limit_bytes: int) -> RequestFault:
    """Return the fault of a body over the limit; the connection is closed, as the rest of it is not read."""
    message = f"{what} is larger than {limit_bytes:,} bytes, the limit of this service"
    return RequestFault(413, "too_large", message, headers={"Connection": "close"})


def overloaded(message: str) -> RequestFault:
    """Return the fault of a request for which there is no room."""
    return RequestFault(429, "overloaded", message, headers={"Retry-After": str(RETRY_AFTER_S)})


def unavailable(message: str) -> RequestFault:
    """Return the fault of a request while the service starts or stops; a client should connect again."""
    headers = {"Retry-After": str(RETRY_AFTER_S), "Connection": "close"}
    return RequestFault(503, "unhealthy", message, headers=headers)
