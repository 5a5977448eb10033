"""Wording of faults in experiments: values on one line, and suggestions for misspelt names."""

from collections.abc import Iterable

from sentiment.wording import nearest

MAX_SHOWN = 60
MAX_LINE = 240
"""Most characters of user input that an error repeats."""


def shown(value: object) -> str:
    """Return a value as in YAML; long ones are cut, and mappings only named."""
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


def nearest_key(key: str, known: Iterable[str]) -> str | None:
    """Return the dotted key that was probably meant: misspelt in its section, or correct but in the wrong one."""
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
