"""Download addresses: validated before a connection is opened, and shown without secrets."""

import base64
import re
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

from sentiment.errors import DownloadError

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
# Characters that are left as they are in a path or a query; a space and non-ASCII characters are encoded.
_KEPT = "%/:=&?~#+!$,;'@()*[]"
_HOST = re.compile(r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class Address:
    """An http or https address.

    Attributes:
        url: to request, in ASCII; without user, password and fragment.
        shown: for people: without user, password and query, all of which may be secret.
        authorization: the value of the HTTP header if a user is given, otherwise None.
    """

    url: str
    shown: str
    authorization: str | None

    @classmethod
    def parse(cls, text: str, *, below: str = "") -> Self:
        """Parse an address.

        Args:
            text: as typed by the user.
            below: what to append to its path, before its query.

        Raises:
            DownloadError: it cannot be requested. The message shows only its scheme.
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
        """Return the address that a server redirects to; user and password are only sent to the original host.

        Raises:
            DownloadError: it cannot be requested.
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
    """Return the parts of an address after validating scheme, host and port."""
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
    """Return host and port in the form used for look-up."""
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
