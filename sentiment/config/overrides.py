"""Settings from the command line, or from a program."""

from dataclasses import dataclass

from sentiment.config.wording import MAX_LINE
from sentiment.errors import ConfigError
from sentiment.wording import on_one_line

SET_OPTION = "--set"
ARGUMENT = "argument"
"""The origin of a setting made by a keyword argument in a program."""


@dataclass(frozen=True)
class Override:
    """One key of an experiment set outside its file.

    Attributes:
        key: The dotted key, as in `training.epochs`.
        value: Its value. A text is parsed as YAML, except for keys of type text, which take it literally; only in
            `--set` may it be quoted, or null.
        origin: The option it came from, as in `--set` or `--seed`, or `ARGUMENT`.
    """

    key: str
    value: object
    origin: str

    @property
    def place(self) -> str:
        """The beginning of messages on faults in this setting."""
        if self.origin == ARGUMENT:
            return on_one_line(f"{as_argument(self.key)}={self.value!r}")
        if self.origin == SET_OPTION:
            return on_one_line(f"{SET_OPTION} {self.key}={self.value}", MAX_LINE)
        return on_one_line(f"{self.origin} {self.value}: {self.key}", MAX_LINE)


def as_argument(text: str) -> str:
    """Return dotted keys in the spelling of keyword arguments."""
    return text.replace(".", "__")


def parse_set_option(text: str) -> Override:
    """Parse `--set KEY=VALUE` into an override.

    Raises:
        ConfigError: there is no `=` in the text, or no key before it.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ConfigError(
            f"{SET_OPTION} {on_one_line(text, MAX_LINE)}: wanted KEY=VALUE, as in {SET_OPTION} training.epochs=3"
        )
    return Override(key.strip(), value.strip(), SET_OPTION)
