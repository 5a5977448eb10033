"""How faults of an experiment are worded: names and values on one line, and the name that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

MAX_SHOWN = 60
MAX_LINE = 240


def on_one_line(text: str) -> str:
    r"""Escape what would break a line or not be seen, as \n; leave the rest, Hangul included."""
    escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return escaped if len(escaped) <= MAX_LINE else escaped[:MAX_LINE] + "…"


def shown(value: object) -> str:
    """Return a value as it could stand in YAML; long ones are cut, mappings only named."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case dict():
            return "a mapping"
        case list() | tuple():
            text = f"[{', '.join(map(shown, value))}]"
        case _:
            text = repr(value)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a misspelt one was probably meant to be."""
    by_lower = {other.lower(): other for other in known}
    # Time grows with the square of the length, and nobody misspells a name into something that long.
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.65) if len(name) <= MAX_SHOWN else []
    return by_lower[close[0]] if close else None


def nearest_key(key: str, known: Iterable[str]) -> str | None:
    """Return the dotted key that was probably meant: misspelt in its section, or right but in the wrong one."""
    section, _, leaf = key.rpartition(".")
    by_leaf: dict[str, str] = {}
    siblings: dict[str, str] = {}
    for other in known:
        other_section, _, other_leaf = other.rpartition(".")
        by_leaf.setdefault(other_leaf, other)
        if other_section == section:
            siblings[other_leaf] = other
    if near := nearest(leaf, siblings):
        return siblings[near]
    near = leaf if leaf in by_leaf else nearest(leaf, by_leaf)
    return by_leaf[near] if near else None
