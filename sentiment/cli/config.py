"""`sentiment config`."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.cli.command import CommandApp, expand_home
from sentiment.cli.console import print_table

if TYPE_CHECKING:
    from sentiment.config import Override

config_app = CommandApp(no_args_is_help=True, help="List and show experiments, shipped or your own.")


def complete_config(incomplete: str) -> list[str]:
    """Return the shipped experiments with a prefix, for shell completion."""
    from sentiment.config import config_names

    return [name for name in config_names() if name.startswith(incomplete)]


ConfigArgument = Annotated[
    str,
    typer.Argument(
        metavar="CONFIG",
        parser=expand_home,
        help="A shipped experiment (sentiment config list) or a YAML file.",
        autocompletion=complete_config,
    ),
]
SettingsOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change one key of the experiment.")
]


def parse_settings(settings: Sequence[str] | None) -> "list[Override]":
    """Parse the values of `--set`.

    Raises:
        ConfigError: One is not of the form KEY=VALUE.
        typer.BadParameter: Two set the same key.
    """
    from sentiment.config import parse_set_option

    changes = [parse_set_option(setting) for setting in settings or ()]
    for key, count in Counter(change.key for change in changes).items():
        if count > 1:
            raise typer.BadParameter(f"{key} is set {count} times; set it once", param_hint="--set")
    return changes


@config_app.command("list")
def list_command() -> None:
    """List the experiments that ship with sentiment: name and description; tab-separated when piped.

    Example: sentiment config list
    """
    from sentiment.config import config_description, config_names

    rows = [[name, config_description(name)] for name in config_names()]
    print_table(["config", "description"], rows)


@config_app.command("keys")
def keys_command(
    prefix: Annotated[
        str, typer.Argument(metavar="PREFIX", help="Only keys that begin with this, such as training.")
    ] = "",
) -> None:
    """List every config key with its possible values, default and meaning; tab-separated when piped.

    Example: sentiment config keys training
    """
    from sentiment.config import find_keys

    rows = [[key.name, key.takes, key.default, key.meaning] for key in find_keys(prefix)]
    print_table(["key", "takes", "default", "meaning"], rows)


@config_app.command("show")
def show_command(
    config: ConfigArgument = "bilstm",
    settings: SettingsOption = None,
) -> None:
    """Print every value of an experiment and where it comes from, as YAML that train accepts.

    Example: sentiment config show quick --set model.cell=gru > mine.yaml
    """
    from sentiment.config import dump_config, load_config

    resolved = load_config(config, parse_settings(settings))
    typer.echo(dump_config(resolved.config, comments=resolved.origins), nl=False)
