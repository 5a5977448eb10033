"""Callbacks of long-running work."""

from collections.abc import Callable

Notify = Callable[[str], None]
"""Gets one line for people."""


def silent(_note: str) -> None:
    """Drop a note, as one that was given before."""
