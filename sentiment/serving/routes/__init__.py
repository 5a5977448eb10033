"""The addresses of a service, a file for each interface."""

from starlette.routing import Route

from sentiment.serving.routes import hugging_face, open_inference, operation, own, page, tables

QUEUED = frozenset(
    (own.predict, own.explain, own.trace, hugging_face.predict, hugging_face.predict_at_root, open_inference.infer)
)
"""What waits in the queue of texts for the model."""


def all_routes(*, with_page: bool) -> list[Route]:
    """Return the routes of a service."""
    pages = page.ROUTES if with_page else []
    return [*own.ROUTES, *hugging_face.ROUTES, *open_inference.ROUTES, *tables.ROUTES, *pages, *operation.ROUTES]
