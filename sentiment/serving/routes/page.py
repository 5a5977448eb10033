"""`/`: the page for people."""

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from sentiment.serving.faults import not_found
from sentiment.serving.gateway import PAGE_POLICY
from sentiment.serving.page import INDEX, MEDIA_TYPES, content_of

if TYPE_CHECKING:
    from starlette.requests import Request

_HEADERS = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}


async def index(_request: "Request") -> Response:
    """`GET /`: the page."""
    return Response(content_of(INDEX), headers=_HEADERS, media_type=MEDIA_TYPES[INDEX])


async def part(request: "Request") -> Response:
    """`GET /page/NAME`: what the page consists of."""
    name = request.path_params["name"]
    if name not in MEDIA_TYPES:
        raise not_found("the page has no such part")
    return Response(content_of(name), headers=_HEADERS, media_type=MEDIA_TYPES[name])


ROUTES = [Route("/", index), Route("/page/{name}", part)]
