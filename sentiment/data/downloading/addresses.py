"""Addresses to download from: checked before anything is opened, and shown without what is secret in them."""

import base64
import re
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

from sentiment.errors import DownloadError

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
# What may stand in a path or a query as it is; a space and what is not ASCII are encoded.
_KEPT = "%/:=&?~#+!$,;'@()*[]"
_HOST = re.compile(r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class Address:
    """An http or https address.

    Attributes:
        url: to request, in ASCII; without user, password and fragment.
        shown: for people: without user, password and query, any of which may be secret.
        authorization: the value of the HTTP header, where a user is named; None where none is.
    """

    url: str
    shown: str
    authorization: str | None

    @classmethod
    def parse(cls, text: str, *, below: str = "") -> Self:
        """Read an address.

        Args:
            text: as a person wrote it.
            below: what to add at the end of its path, before its query.

        Raises:
            DownloadError: it is none that can be requested. The message shows nothing of it but its scheme.
        """
        parts = _split(text.strip())
        host = _ascii_host(parts)
        path = parts.path.rstrip("/") + "/" + below if below else parts.path or "/"
        path, query = quote(path, safe=_KEPT), quote(parts.query, safe=_KEPT)
        authorization = None
        if parts.username is not None:
            known = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            authorization = "Basic " + base64.b64encode(known.encode("utf-8", "surrogateescape")).decode("ascii")
        url = urlunsplit((parts.scheme, host, path, query, ""))
        shown = urlunsplit((parts.scheme, host, path, "..." if query else "", ""))
        return cls(url, shown, authorization)

    def redirected(self, target: str) -> Self:
        """Return the address that a server redirects this one to; user and password go no further than to its host.

        Raises:
            DownloadError: it is none that can be requested.
        """
        try:
            other = self.parse(urljoin(self.url, target))
        except ValueError:
            raise DownloadError("redirects without an address") from None
        except DownloadError as error:
            raise DownloadError(f"redirects to an {error}") from None
        if _origin(other.url) == _origin(self.url):
            return replace(other, authorization=self.authorization)
        return other


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _split(text: str) -> SplitResult:
    """Return the parts of an address whose scheme, host and port are sound."""
    if _CONTROL.search(text):
        raise _fault("it holds a control character")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:  # whose message may quote a password
        raise _fault("its host or port is malformed") from None
    if parts.scheme not in ("http", "https"):
        raise _fault("it does not begin with http:// or https://")
    if not host:
        raise _fault("it has no host")
    return parts


def _ascii_host(parts: SplitResult) -> str:
    """Return host and port as they are looked up."""
    host = str(parts.hostname)
    try:
        host = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise _fault("its host name is not valid") from None
    if not _HOST.fullmatch(host):
        raise _fault("its host name is not valid")
    return host if parts.port is None else f"{host}:{parts.port}"


def _fault(fault: str) -> DownloadError:
    return DownloadError(f"invalid address: {fault}")
