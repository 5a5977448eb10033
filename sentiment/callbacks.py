"""Callbacks of long-running work."""

from collections.abc import Callable

Notify = Callable[[str], None]
"""Gets one line for people."""
