"""The keys of an experiment, from its schema."""

from collections.abc import Iterable, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sentiment.config.schema import MOST, Config

_KINDS = {bool: "true or false", int: "an integer", float: "a number", str: "text"}
_BOUNDS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def section_of(field: FieldInfo) -> type[BaseModel] | None:
    """Return the model of a section, None for a key with a value."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _fields(model: type[BaseModel], prefix: str = "") -> Iterable[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        section = section_of(field)
        if section is None:
            yield prefix + name, field
        else:
            yield from _fields(section, f"{prefix}{name}.")


FIELDS: dict[str, FieldInfo] = dict(_fields(Config))
"""Every key with a value, dotted, in the order of the schema."""

SECTIONS: list[str] = [name for name, field in Config.model_fields.items() if section_of(field)]
"""Every section."""


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """Return the types of a field without None: several only for a union."""
    if get_origin(annotation) in (Union, UnionType):
        return tuple(kind for kind in get_args(annotation) if kind is not NoneType)
    return (annotation,)


def takes_null(field: FieldInfo) -> bool:
    """Return whether the field may be null."""
    return NoneType in get_args(field.annotation)


def choices(field: FieldInfo) -> tuple[str, ...]:
    """Return the allowed names of the field, or of its items; empty if it is not limited to names."""
    names: list[str] = []
    for kind in alternatives(field.annotation):
        item = get_args(kind)[0] if get_origin(kind) is tuple else kind
        if get_origin(item) is Literal:
            names += map(str, get_args(item))
    return tuple(names)


def wanted(field: FieldInfo) -> str:
    """Describe the values of a field, as in `an integer >= 1 or null`, without the general upper bound of counts."""
    kinds = [_wanted_kind(kind, choices(field)) for kind in alternatives(field.annotation)]
    bounds = [
        f"{sign} {getattr(rule, name):.12g}"
        for rule in field.metadata
        for name, sign in _BOUNDS.items()
        if hasattr(rule, name) and getattr(rule, name) != MOST
    ]
    text = f"{' or '.join(kinds)} {' and '.join(bounds)}".rstrip()
    return f"{text} or null" if takes_null(field) else text


def _wanted_kind(kind: Any, names: Sequence[str]) -> str:
    if get_origin(kind) is tuple and not names:
        return "one or more texts, as in [one, two]"
    if get_origin(kind) is tuple:
        return f"one or more of {', '.join(names)}, as in [{', '.join(names[:2])}]"
    if get_origin(kind) is Literal:
        return f"one of {', '.join(names)}"
    return _KINDS[kind]
