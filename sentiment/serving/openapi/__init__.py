"""The interface as an OpenAPI 3.1 document."""

from sentiment.serving.openapi.document import document

__all__ = ["document"]
