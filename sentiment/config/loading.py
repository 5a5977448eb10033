"""Read an experiment: defaults, then a YAML file, then the command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentiment.config.draft import Draft
from sentiment.config.fields import FIELDS
from sentiment.config.overrides import ARGUMENT, Override, as_argument
from sentiment.config.schema import Config
from sentiment.config.shipped import shipped_configs
from sentiment.config.wording import MAX_LINE
from sentiment.errors import ConfigError
from sentiment.wording import nearest, on_one_line

MAX_SIZE_BYTES = 64 * 1024
DEFAULT_ORIGIN = "default"


@dataclass(frozen=True)
class ResolvedConfig:
    """An experiment, with the origin of each of its values.

    Attributes:
        name: The stem of its file.
        config: The experiment.
        origins: For every dotted key `default`, a file with its line as in `bilstm.yaml:12`, or an option of the
            command line as in `--set`, or `ARGUMENT`.
    """

    name: str
    config: Config
    origins: Mapping[str, str]

    def chosen(self, key: str) -> str | None:
        """Return a key as set on the command line or in a program; None if it was not set."""
        origin = self.origins[key]
        if origin == ARGUMENT:
            return as_argument(key)
        return f"{origin} {key}" if origin.startswith("--") else None


def load_config(name_or_path: str, overrides: Sequence[Override] = ()) -> ResolvedConfig:
    """Read an experiment.

    Args:
        name_or_path: The name of a shipped experiment, with or without .yaml, or the path of a YAML file. If the name
            ends in .yaml, a file takes precedence over a shipped experiment, otherwise the shipped experiment does.
        overrides: Settings that replace those of the file; of two for the same key, the later one wins.

    Raises:
        ConfigError: there is no such experiment, its file cannot be read, or it is invalid.
    """
    path, source = _find(name_or_path)
    draft = _draft(_read(path, source), source, overrides)
    config = draft.build()
    origins = {key: draft.settings[key].origin if key in draft.settings else DEFAULT_ORIGIN for key in FIELDS}
    return ResolvedConfig(path.stem, config, origins)


def parse_config(
    text: str | bytes, source: str, overrides: Sequence[Override] = (), *, is_record: bool = False
) -> Config:
    """Parse an experiment from YAML.

    Args:
        text: The YAML, or the bytes of a YAML file.
        source: Its name in errors, usually the path it was read from.
        overrides: Settings that replace those of the text; of two for the same key, the later one wins.
        is_record: Whether it is the record of a training: keys that have been removed since are then ignored.

    Raises:
        ConfigError: the text is not YAML, or invalid.
    """
    text = _decode(text, source) if isinstance(text, bytes) else text
    return _draft(text, source, overrides, is_record=is_record).build()


def config_description(name: str) -> str:
    """Return the description of a shipped experiment, on one line."""
    return " ".join(load_config(name).config.description.split())


def _draft(text: str, source: str, overrides: Sequence[Override], *, is_record: bool = False) -> Draft:
    draft = Draft(is_record=is_record)
    draft.add_file(text, source)
    for override in overrides:
        draft.add_override(override)
    return draft


def _find(name_or_path: str) -> tuple[Path, str]:
    """Return the file of an experiment and its name in messages."""
    shipped = shipped_configs()
    path = Path(name_or_path)
    if name_or_path in shipped:
        return shipped[name_or_path], f"{name_or_path}.yaml"
    stem = name_or_path.removesuffix(".yaml")
    if stem in shipped and not path.exists():
        return shipped[stem], f"{stem}.yaml"
    return path, name_or_path


def _read(path: Path, source: str) -> str:
    shown = on_one_line(source, MAX_LINE) or "''"
    if not source:  # Path("") is the working directory
        raise _not_found(path, shown)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SIZE_BYTES + 1)
    except IsADirectoryError:
        raise ConfigError(f"{shown}: a directory, wanted a YAML file or the name of a shipped experiment") from None
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in the path
        raise _not_found(path, shown) from None
    except OSError as error:
        raise ConfigError(f"{shown}: cannot be read: {error.strerror}") from None
    return _decode(content, shown)


def _decode(content: bytes, shown: str) -> str:
    if len(content) > MAX_SIZE_BYTES:
        raise ConfigError(f"{shown}: more than {MAX_SIZE_BYTES // 1024} KiB, which no experiment needs; is it data?")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{shown}:{line}: not UTF-8 (byte 0x{content[error.start]:02x}); save it as UTF-8") from None


def _not_found(path: Path, shown: str) -> ConfigError:
    names = list(shipped_configs())
    near = nearest(path.stem, names)
    meant = f"did you mean {near}? " if near else ""
    return ConfigError(f"{shown}: no such file or shipped experiment; {meant}the shipped ones are: {', '.join(names)}")
