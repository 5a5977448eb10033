"""Errors about a graph, with messages that are safe to print."""

MAX_SHOWN = 60


class GraphError(ValueError):
    """A graph is not like an export's. The message is part of a line: what is wrong, and where."""


def shown(text: str | bytes) -> str:
    """Return an untrusted name in a form safe to print: without control characters, and cut if it is long."""
    characters = ascii(text if isinstance(text, str) else text[:MAX_SHOWN].decode("latin-1"))[1:-1]
    return characters if len(characters) <= MAX_SHOWN else f"{characters[:MAX_SHOWN]}..."
