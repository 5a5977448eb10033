"""What long work calls on its way."""

from collections.abc import Callable

Notify = Callable[[str], None]
"""Takes one line for people."""
