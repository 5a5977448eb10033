"""The application: everything that a service does, except for the process that it runs in."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from sentiment.serving.faults import RequestFault
from sentiment.serving.gateway import REQUEST_ID_HEADER, Door, Gateway, path_of, request_id_of
from sentiment.serving.models import served_models
from sentiment.serving.routes import QUEUED, all_routes
from sentiment.serving.service import Service
from sentiment.serving.settings import ServingSettings

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from sentiment.inference import Classifier

_KINDS = {404: "not_found", 405: "method_not_allowed"}
PREFLIGHT_S = 3_600
"""Seconds for which a browser remembers that it may call."""


def create_app(
    classifiers: "Classifier | Mapping[str, Classifier]",
    settings: ServingSettings | None = None,
    *,
    scripts: Mapping[str, Collection[str]] | None = None,
) -> Starlette:
    """Make an ASGI application that answers with classifiers.

    It can be mounted in another application, and needs no lifespan events.

    Args:
        classifiers: By the names under which they answer, the default first; or one, named after its directory.
            None at first is possible: `service_of(app).exchange` brings them later.
        settings: Of the service; the defaults if None.
        scripts: The scripts that a model reads, by its name, as in `sentiment.text.scripts`: texts in others get no
            answer. All if a model is not there.
    """
    settings = settings or ServingSettings()
    service = Service(served_models(classifiers, scripts), settings)
    routes = all_routes(with_page=settings.with_page)
    paths = {route.endpoint: route.path for route in routes}
    middleware = [
        Middleware(Gateway, service=service, paths=paths),
        Middleware(
            CORSMiddleware,
            allow_origins=settings.allow_origins,
            allow_methods=("GET", "POST", "DELETE"),
            allow_headers=("Authorization", "Content-Type", "Prefer", "X-API-Key", REQUEST_ID_HEADER),
            expose_headers=("Location", "Retry-After", REQUEST_ID_HEADER),
            max_age=PREFLIGHT_S,
        ),
        Middleware(Door, service=service, queued=[route for route in routes if route.endpoint in QUEUED]),
    ]
    app = Starlette(
        routes=routes,
        middleware=middleware if settings.allow_origins else [middleware[0], middleware[2]],
        exception_handlers={RequestFault: _refused, HTTPException: _refused},
    )
    app.router.redirect_slashes = False
    app.state.service = service
    return app


async def _refused(request: "Request", error: Any) -> "Response":
    """Answer a request that is refused, here or by the framework, in the shape of all errors."""
    if isinstance(error, RequestFault):
        return error.response(request_id_of(request.scope))
    headers = dict(error.headers or {})
    if error.status_code == 405:  # the framework names the methods of one of the routes of a path
        path = path_of(request.scope)
        matching = [route for route in request.app.routes if route.path_regex.match(path)]
        headers["Allow"] = ", ".join(sorted({method for route in matching for method in route.methods}))
    kind = _KINDS.get(error.status_code, "validation")
    fault = RequestFault(error.status_code, kind, error.detail, headers=headers)
    return fault.response(request_id_of(request.scope))
