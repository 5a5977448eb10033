"""What is wrong with a graph, in words that are safe to print."""

MAX_SHOWN = 60


class GraphError(ValueError):
    """A graph is none that an export writes. Its message is a part of a line: what is wrong, and where."""


def shown(text: str | bytes) -> str:
    """Return a name of a stranger's as it may be printed: without control characters, and cut if it is long."""
    characters = ascii(text if isinstance(text, str) else text[:MAX_SHOWN].decode("latin-1"))[1:-1]
    return characters if len(characters) <= MAX_SHOWN else f"{characters[:MAX_SHOWN]}..."
