"""`/`: the page for people."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from sentiment.serving.faults import not_found
from sentiment.serving.gateway import PAGE_POLICY

if TYPE_CHECKING:
    from starlette.requests import Request

_TYPES = {
    "index.html": "text/html",
    "page.css": "text/css",
    "page.js": "text/javascript",
    "words.js": "text/javascript",
}
"""The files of the page, and what they are."""
_HEADERS = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}


@cache
def _content(name: str) -> bytes:
    return (files("sentiment.serving") / "page" / name).read_bytes()


async def index(_request: "Request") -> Response:
    """`GET /`: the page."""
    return Response(_content("index.html"), headers=_HEADERS, media_type=_TYPES["index.html"])


async def part(request: "Request") -> Response:
    """`GET /page/NAME`: what the page consists of."""
    name = request.path_params["name"]
    if name not in _TYPES:
        raise not_found("the page has no such part")
    return Response(_content(name), headers=_HEADERS, media_type=_TYPES[name])


ROUTES = [Route("/", index), Route("/page/{name}", part)]
