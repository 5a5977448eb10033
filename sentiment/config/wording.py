"""How faults of an experiment are worded: names and values on one line, and the name that was probably meant."""

from collections.abc import Iterable

from sentiment.wording import nearest

MAX_SHOWN = 60
MAX_LINE = 240
"""Characters of what a user wrote that an error repeats."""


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
