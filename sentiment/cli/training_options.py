"""The options shared by train and pretrain, and their two uses: as settings, or refused with --resume."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.cli.command import expand_home
from sentiment.cli.config import parse_settings
from sentiment.cli.given import given_parameters

if TYPE_CHECKING:
    from sentiment.config import Override

SeedOption = Annotated[int | None, typer.Option("--seed", help="Same as --set training.seed=N.")]
ThreadsOption = Annotated[int | None, typer.Option("--threads", help="Same as --set training.threads=N.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is at --out, once the new model is complete.")]
ResumeOption = Annotated[
    str | None,
    typer.Option(
        "--resume",
        metavar="DIR|NAME",
        parser=expand_home,
        help="Continue an unfinished training, given by its directory or run name.",
    ),
]


def overrides(
    settings: Sequence[str], flags: Mapping[str, tuple[str, object]], seed: int | None, threads: int | None
) -> "list[Override]":
    """Return all overrides of the experiment; a dedicated flag takes precedence over `--set`.

    Args:
        settings: KEY=VALUE of every `--set`.
        flags: Key and value for each flag that only one of the commands has; None if it was not given.
        seed: Of `--seed`.
        threads: Of `--threads`.

    Raises:
        ConfigError: A setting is not of the form KEY=VALUE.
        typer.BadParameter: Two settings have the same key.
    """
    from sentiment.config import Override

    every = {**flags, "--seed": ("training.seed", seed), "--threads": ("training.threads", threads)}
    named = [Override(key, value, flag) for flag, (key, value) in every.items() if value is not None]
    return parse_settings(settings) + named


def refuse_other_choices(context: typer.Context, settings: Sequence[str]) -> None:
    """Refuse these settings, and every option besides --resume and --threads: a resumed training keeps its settings.

    Raises:
        typer.BadParameter: There are any.
    """
    given = given_parameters(context)
    others = [shown for name, shown in given.items() if name not in {"resume", "settings", "threads"}]
    others += [f"--set {setting}" for setting in settings]
    if others:
        raise typer.BadParameter(
            f"a training is resumed with its own settings; remove: {', '.join(others)}", param_hint="--resume"
        )
