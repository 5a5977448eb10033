"""How faults of an experiment are worded: what was got, what is wanted, which name is nearest."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

MAX_SHOWN = 60
_KINDS = {bool: "true or false", int: "an integer", float: "a number", str: "text"}
_BOUNDS = {Ge: ("ge", ">="), Gt: ("gt", ">"), Le: ("le", "<="), Lt: ("lt", "<")}


def on_one_line(text: str) -> str:
    r"""Escape what would break a line or not be seen, as \n; leave the rest, Hangul included."""
    escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return escaped if len(escaped) <= MAX_SHOWN * 4 else escaped[: MAX_SHOWN * 4] + "…"


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


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """Return the types that a field takes, None aside: several only for a union."""
    if get_origin(annotation) in (Union, UnionType):
        return tuple(kind for kind in get_args(annotation) if kind is not NoneType)
    return (annotation,)


def takes_null(field: FieldInfo) -> bool:
    """Whether null is a value of the field."""
    return NoneType in get_args(field.annotation)


def choices(field: FieldInfo) -> tuple[str, ...]:
    """Return the names that the field, or an item of it, is one of; none if it takes others too."""
    names: list[str] = []
    for kind in alternatives(field.annotation):
        item = get_args(kind)[0] if get_origin(kind) is tuple else kind
        if get_origin(item) is Literal:
            names += map(str, get_args(item))
    return tuple(names)


def wanted(field: FieldInfo) -> str:
    """Say what a field takes, as `an integer >= 1 or null`."""
    kinds = [_wanted_kind(kind, choices(field)) for kind in alternatives(field.annotation)]
    bounds = [
        f"{sign} {getattr(rule, name):.12g}"
        for rule in field.metadata
        for kind, (name, sign) in _BOUNDS.items()
        if isinstance(rule, kind)
    ]
    text = f"{' or '.join(kinds)} {' and '.join(bounds)}".rstrip()
    return f"{text} or null" if takes_null(field) else text


def _wanted_kind(kind: Any, names: Sequence[str]) -> str:
    if get_origin(kind) is tuple:
        return f"one or more of {', '.join(names)}, as in [{', '.join(names[:2])}]"
    if get_origin(kind) is Literal:
        return f"one of {', '.join(names)}"
    return _KINDS[kind]


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
