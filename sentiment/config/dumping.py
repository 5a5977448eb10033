"""Write an experiment as YAML."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import BaseModel

from sentiment.config.fields import FIELDS
from sentiment.config.schema import Config
from sentiment.config.yaml_subset import SCALARS

MAX_COMMENT_COLUMN = 48


class _Dumper(yaml.SafeDumper):
    """Quotes every text that YAML 1.1 or our own reader would parse as another type."""


for _tag, _pattern in SCALARS.items():
    _Dumper.add_implicit_resolver(_tag, _pattern, None)


def flatten(config: Config) -> dict[str, object]:
    """Return the values of an experiment by dotted key, in the order of the schema."""
    return {key: _value(config, key) for key in FIELDS}


def dump_config(config: Config, comments: Mapping[str, str] | None = None) -> str:
    """Return YAML that `parse_config` reads back as an equal experiment, one key per line.

    Args:
        config: The experiment.
        comments: A comment for each value, by dotted key; aligned.
    """
    comments = comments or {}
    lines = list(_lines(config))
    widths = [len(line) for key, line in lines if key in comments and len(line) <= MAX_COMMENT_COLUMN]
    column = max(widths, default=0)
    return "".join(f"{line:{column}}  # {comments[key]}\n" if key in comments else f"{line}\n" for key, line in lines)


def _lines(section: BaseModel, prefix: str = "", indent: str = "") -> Iterator[tuple[str, str]]:
    """Yield the dotted key and the line of every section and every value."""
    for name in type(section).model_fields:
        key, value = prefix + name, getattr(section, name)
        if isinstance(value, BaseModel):
            yield key, f"{indent}{name}:"
            yield from _lines(value, f"{key}.", f"{indent}  ")
        else:
            yield key, f"{indent}{name}: {_scalar_or_list(value)}"


def _scalar_or_list(value: Any) -> str:
    """Return a value as YAML on one line."""
    plain = list(value) if isinstance(value, tuple) else value
    texts = plain if isinstance(plain, list) else [plain]
    needs_escapes = any(isinstance(text, str) and not text.isprintable() for text in texts)
    dumped: str = yaml.dump(
        plain,
        Dumper=_Dumper,
        default_flow_style=True,
        default_style='"' if needs_escapes else None,
        allow_unicode=not needs_escapes,  # otherwise bidirectional control characters would stay unescaped
        width=sys.maxsize,
    )
    return dumped.removesuffix("...\n").rstrip("\n")  # PyYAML ends a document of a single plain scalar with dots


def _value(config: BaseModel, key: str) -> object:
    value: Any = config
    for name in key.split("."):
        value = getattr(value, name)
    return value
