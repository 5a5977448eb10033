"""The addresses of a service, a file for each interface."""

from starlette.routing import Route

from sentiment.serving.routes import hugging_face, open_inference, operation, own, tables


def all_routes() -> list[Route]:
    """Return the routes of a service."""
    return [*own.ROUTES, *tables.ROUTES, *hugging_face.ROUTES, *open_inference.ROUTES, *operation.ROUTES]
