"""Descriptions of the keys of an experiment, for people."""

from dataclasses import dataclass

from sentiment.config.dumping import flatten
from sentiment.config.fields import FIELDS, SECTIONS, wanted
from sentiment.config.schema import Config
from sentiment.config.wording import nearest_key, shown
from sentiment.errors import ConfigError
from sentiment.wording import nearest


@dataclass(frozen=True)
class Key:
    """One key.

    Attributes:
        name: Dotted, as in `--set`.
        takes: Its values in words.
        default: Its default value.
        meaning: One line.
    """

    name: str
    takes: str
    default: str
    meaning: str


def find_keys(prefix: str = "") -> list[Key]:
    """Return the keys with a prefix, in the order of the schema.

    Raises:
        ConfigError: There is none.
    """
    defaults = flatten(Config())
    keys = [
        Key(name, wanted(field), shown(defaults[name]), field.description or "")
        for name, field in FIELDS.items()
        if name.startswith(prefix)
    ]
    if not keys:
        near = nearest_key(prefix, FIELDS) if "." in prefix else nearest(prefix, SECTIONS)
        remedy = f"did you mean {near}?" if near else f"the sections are {', '.join(SECTIONS)}"
        raise ConfigError(f"{prefix}: no key begins with this; {remedy}")
    return keys
