"""An experiment while it is read: its settings, their origins, and the faults found."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sentiment.config.fields import FIELDS, SECTIONS, alternatives, choices, section_of, takes_null, wanted
from sentiment.config.overrides import ARGUMENT, SET_OPTION, Override, as_argument
from sentiment.config.removed import REASON, REMOVED
from sentiment.config.schema import MOST, RECORD, Config
from sentiment.config.wording import MAX_LINE, nearest_key, shown
from sentiment.config.yaml_subset import NULL, SCALARS, YamlFault, compose, construct
from sentiment.errors import ConfigError
from sentiment.wording import nearest, on_one_line

MAX_FAULTS = 10


@dataclass(frozen=True)
class Setting:
    """A value that was set.

    Attributes:
        key: Its dotted key.
        value: As parsed from YAML.
        origin: Where it was set, as in `bilstm.yaml:12` or `--set`.
        place: The beginning of messages on faults in it.
    """

    key: str
    value: object
    origin: str
    place: str


class Draft:
    """Settings, first from a file, then from the command line, with the faults found. The last one for a key wins.

    Attributes:
        is_record: Whether the file is the record of a training, which may have keys that are no longer supported.
    """

    def __init__(self, *, is_record: bool = False) -> None:
        self.is_record = is_record
        self.settings: dict[str, Setting] = {}
        self._faults: list[str] = []

    def add_file(self, text: str, source: str) -> None:
        """Take the settings of a YAML file.

        Raises:
            ConfigError: it is not YAML, or not a mapping at its top level.
        """
        source = on_one_line(source, MAX_LINE)
        try:
            root = compose(text)
        except YamlFault as fault:
            raise ConfigError(
                f"{source}:{fault.line}: not readable as YAML: {on_one_line(fault.problem, MAX_LINE)}"
            ) from None
        if root is None or root.tag == NULL:
            return
        if not isinstance(root, yaml.MappingNode):
            raise ConfigError(
                f"{source}:{root.start_mark.line + 1}: got {shown(construct(root))}, "
                f"wanted sections and keys, such as training: {{epochs: 3}}"
            )
        self._add_mapping(root, Config, "", source)

    def _add_mapping(self, node: yaml.MappingNode, model: type[BaseModel], prefix: str, source: str) -> None:
        first_lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._add_fault(f"{source}:{line}: got {shown(construct(key_node))} for a key, wanted a name")
                continue
            name = str(key_node.value)
            key, origin = prefix + name, f"{source}:{line}"
            place = f"{origin}: {on_one_line(key, MAX_LINE)}"
            if name in first_lines:
                self._add_fault(f"{place}: repeated, first set on line {first_lines[name]}")
                continue
            first_lines[name] = line
            field = model.model_fields.get(name)
            if key in REMOVED:
                if not self.is_record and construct(value_node) != REMOVED[key]:
                    self._add_fault(f"{place}: {REASON}")
            elif field is None:
                self._add_fault(f"{place}: {_unknown(key, dotted=False)}")
            elif section := section_of(field):
                self._add_section(value_node, section, key, source, place)
            else:
                self._set(Setting(key, construct(value_node), origin, place))

    def _add_section(self, node: yaml.Node, section: type[BaseModel], key: str, source: str, place: str) -> None:
        if isinstance(node, yaml.MappingNode):
            self._add_mapping(node, section, f"{key}.", source)
        elif node.tag != NULL:  # a section whose keys are all commented out is null
            self._add_fault(
                f"{place}: got {shown(construct(node))}, wanted keys such as {next(iter(section.model_fields))}"
            )

    def add_override(self, override: Override) -> None:
        """Take a setting of the command line."""
        field = FIELDS.get(override.key)
        if field is None:
            fault = REASON if override.key in REMOVED else _unknown(override.key, dotted=True)
            fault = as_argument(fault) if override.origin == ARGUMENT else fault
            self._add_fault(f"{override.place}: {fault}")
            return
        try:
            value = _override_value(override, field)
        except YamlFault as fault:
            self._add_fault(f"{override.place}: not readable as YAML: {on_one_line(fault.problem, MAX_LINE)}")
            return
        self._set(Setting(override.key, value, override.origin, override.place))

    def _set(self, setting: Setting) -> None:
        self.settings.pop(setting.key, None)  # keeps the settings in order of precedence
        self.settings[setting.key] = setting

    def build(self) -> Config:
        """Validate everything together and return the experiment.

        Raises:
            ConfigError: it is invalid; the message names every fault.
        """
        self._drop_infinite()
        try:
            context = RECORD if self.is_record else None
            config = Config.model_validate(_nested(self.settings.values()), context=context)
        except ValidationError as error:
            self._add_validation_faults(error.errors())
            self._raise()
        if self._faults:
            self._raise()
        return config

    def _drop_infinite(self) -> None:
        for setting in list(self.settings.values()):
            if isinstance(setting.value, float) and not math.isfinite(setting.value):
                self._add_fault(f"{setting.place}: got {setting.value}, wanted {wanted(FIELDS[setting.key])}")
                del self.settings[setting.key]

    def _add_validation_faults(self, errors: list[ErrorDetails]) -> None:
        faulty = set()
        for error in errors:
            key = ".".join(map(str, error["loc"][:2]))  # the rest is a position in a list
            if key not in FIELDS:  # values that are valid individually but not together
                self._add_fault(f"{self._completing(key).place}: {error['ctx']['error']}")
            elif key not in faulty:  # report one fault for a list with several invalid items
                faulty.add(key)
                setting = self.settings[key]
                self._add_fault(f"{setting.place}: {_mismatch(setting.value, error['input'], FIELDS[setting.key])}")

    def _completing(self, section: str) -> Setting:
        """Return the setting that makes the values of a section, or of all with "", contradict each other."""
        prefix = f"{section}." if section else ""
        chosen = [setting for setting in self.settings.values() if setting.key.startswith(prefix)]
        for end in range(1, len(chosen)):
            try:
                Config.model_validate(_nested(chosen[:end]))
            except ValidationError:
                return chosen[end - 1]
        return chosen[-1]

    def _add_fault(self, fault: str) -> None:
        self._faults.append(fault)
        if len(self._faults) == MAX_FAULTS:
            self._faults.append("there may be more")
            self._raise()

    def _raise(self) -> NoReturn:
        raise ConfigError("; ".join(self._faults)) from None


def _unknown(key: str, *, dotted: bool) -> str:
    """Describe an unknown key, and suggest the nearest one.

    Args:
        key: Dotted, from the top.
        dotted: Whether it is dotted, as on the command line, or nested, as in a file.
    """
    if dotted and key in SECTIONS:
        return f"a section, set one of its keys, such as {next(name for name in FIELDS if name.startswith(key + '.'))}"
    if not dotted and key in FIELDS:
        section, _, leaf = key.rpartition(".")
        return f"unknown key; in a file, {leaf} is indented under {section}:"
    known = [*FIELDS] if dotted else [*FIELDS, *SECTIONS]
    if near := nearest_key(key, known):
        return f"unknown key; did you mean {near}?"
    section = key.partition(".")[0]
    siblings = [name for name in FIELDS if name.startswith(section + ".")]
    return f"unknown key; the keys are: {', '.join(siblings or [*SECTIONS, 'description'])}"


def _mismatch(value: object, wrong: object, field: FieldInfo) -> str:
    """Describe what is wrong with a value; `wrong` is the invalid item of it, or the value itself."""
    if isinstance(wrong, int) and wrong > MOST and any(getattr(rule, "le", None) == MOST for rule in field.metadata):
        return f"got {shown(value)}, wanted no more than {MOST}"
    text = f"got {shown(value)}, wanted {wanted(field)}"
    if isinstance(wrong, str) and (near := nearest(wrong, choices(field))):
        return f"{text}; did you mean {near}?"
    if isinstance(wrong, int | float) and str in alternatives(field.annotation):
        return f"{text}; put it in quotes"
    return text


def _override_value(override: Override, field: FieldInfo) -> object:
    """Parse a value of the command line; paths and column names never need quotes."""
    text = override.value
    if not isinstance(text, str) or override.origin == ARGUMENT:
        return text
    if str in alternatives(field.annotation) and override.origin != SET_OPTION:
        return text
    if str in alternatives(field.annotation) and not text.startswith(("'", '"')):
        is_null = takes_null(field) and SCALARS[NULL].match(text)
        return None if is_null else text
    node = compose(text)
    return None if node is None else construct(node)


def _nested(settings: Iterable[Setting]) -> dict[str, Any]:
    """Return the settings as the nested mapping of the schema."""
    nested: dict[str, Any] = {}
    for setting in settings:
        section, _, name = setting.key.rpartition(".")
        target = nested.setdefault(section, {}) if section else nested
        target[name] = _as_declared(setting.value, FIELDS[setting.key])
    return nested


def _as_declared(value: object, field: FieldInfo) -> object:
    """Convert a list, which is all that YAML has, or a single text to a tuple, where the schema has a tuple."""
    if get_origin(field.annotation) is not tuple:
        return value
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value
