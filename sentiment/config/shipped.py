"""The experiments that ship with the package."""

from pathlib import Path

from sentiment.errors import ConfigError

PACKAGE = Path(__file__).resolve().parent.parent


def shipped_configs() -> dict[str, Path]:
    """Return the shipped YAML files by name, sorted.

    In the wheel they are inside the package, in a checkout next to it.

    Raises:
        ConfigError: there are none: the installation is broken.
    """
    for folder in (PACKAGE / "configs", PACKAGE.parent / "configs"):
        if files := sorted(folder.glob("*.yaml")):
            return {file.stem: file for file in files}
    raise ConfigError(f"{PACKAGE / 'configs'}: no shipped experiments; install sentiment again")


def config_names() -> list[str]:
    """Return the names of the shipped experiments, sorted."""
    return list(shipped_configs())
