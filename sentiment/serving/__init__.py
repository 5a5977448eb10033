"""Answers over HTTP: a queue in front of the models, known interfaces, tables, and a page for people."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sentiment.errors import MissingExtraError
from sentiment.serving.settings import ServingSettings

if TYPE_CHECKING:
    from sentiment.serving.app import create_app

__all__ = ["ServingSettings", "create_app", "require_extra"]


_PACKAGES = ("starlette", "uvicorn", "httptools", "uvloop", "prometheus_client", "python_multipart")


def require_extra() -> None:
    """Check that the extra `serve` is installed, without importing it.

    Raises:
        MissingExtraError: It is not.
    """
    for package in _PACKAGES:
        if find_spec(package) is None:
            raise MissingExtraError(package, "serve")


def __getattr__(name: str) -> Any:
    """Import the application on first use: the settings need no web framework.

    Raises:
        MissingExtraError: The extra `serve` is not installed.
    """
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    require_extra()
    from sentiment.serving.app import create_app

    return create_app
