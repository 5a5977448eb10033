"""What the operators of a service ask: health, counts, and the description of its interface."""

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from sentiment.serving.faults import unavailable
from sentiment.serving.metrics import CONTENT_TYPE
from sentiment.serving.openapi import document
from sentiment.serving.responses import JsonResponse
from sentiment.serving.service import service_for

if TYPE_CHECKING:
    from starlette.requests import Request


async def health(request: "Request") -> Response:
    """`GET /health`: 200 if work is accepted."""
    if not service_for(request).is_ready:
        raise unavailable("the service is not ready")
    return JsonResponse({"status": "ready"})


async def metrics(request: "Request") -> Response:
    """`GET /metrics`: the counts, for Prometheus."""
    return Response(service_for(request).metrics.page(), media_type=CONTENT_TYPE)


async def openapi(request: "Request") -> JsonResponse:
    """`GET /openapi.json`: the interface, for people and programs."""
    return JsonResponse(document(service_for(request)))


ROUTES = [
    Route("/health", health),
    Route("/metrics", metrics),
    Route("/openapi.json", openapi),
]
