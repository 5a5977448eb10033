"""`sentiment pretrain`."""

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.cli.command import expand_home, expanded_path
from sentiment.cli.config import ConfigArgument, SettingsOption
from sentiment.cli.resuming import PLACE_KEYS, follow_if_started_so
from sentiment.cli.resuming import resume as resume_unfinished
from sentiment.cli.table_options import (
    EncodingOption,
    FormatOption,
    HeaderRowOption,
    LabelColumnOption,
    MaxRecordCharactersOption,
    SheetOption,
    TextColumnOption,
    table_flags,
    table_options,
)
from sentiment.cli.training_options import (
    ForceOption,
    ResumeOption,
    SeedOption,
    ThreadsOption,
    overrides,
)

if TYPE_CHECKING:
    from sentiment.config import Override
    from sentiment.training import TrainingResult


def pretrain_command(
    context: typer.Context,
    config: ConfigArgument = "pretrain",
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            metavar="SOURCE",
            parser=expand_home,
            help="Texts to read: a named data set or a file; may be repeated.",
        ),
    ] = None,
    text_column: TextColumnOption = None,
    label_column: LabelColumnOption = None,
    sheet: SheetOption = None,
    header_row: HeaderRowOption = None,
    format_name: FormatOption = None,
    encoding: EncodingOption = None,
    max_record_characters: MaxRecordCharactersOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="PATH",
            parser=expanded_path,
            help="The encoder directory to write.",
            show_default="runs/CONFIG",
        ),
    ] = None,
    settings: SettingsOption = None,
    seed: SeedOption = None,
    threads: ThreadsOption = None,
    force: ForceOption = False,
    resume: ResumeOption = None,
) -> None:
    """Pretrain an encoder on many texts, labelled or not; sentiment train --from makes a classifier of it.

    Texts that equal a test text of nsmc or imdb are never read. Ctrl-C finishes the current step, writes a checkpoint
    and exits with 130; --resume continues to exactly the same weights.

    Example: sentiment pretrain --data nsmc --set pretraining.rating=0 --out runs/encoder
    """
    follow_if_started_so()
    if resume is not None:
        result = resume_unfinished(context, "pretrain", resume, settings or [], free=("export.weights=", *PLACE_KEYS))
    else:
        options = table_options(format_name, encoding, sheet, header_row, max_record_characters)
        flags = {
            **table_flags(options),
            "--data": ("pretraining.sources", data or None),
            "--text-column": ("data.text_column", text_column),
            "--label-column": ("data.label_column", label_column),
        }
        result = _start(config, overrides(settings or [], flags, seed, threads), out, force)
    _print_result(result)


def _start(config: str, changes: "list[Override]", out: Path | None, force: bool) -> "TrainingResult":
    from sentiment.cli.training_display import training_display
    from sentiment.config import load_config
    from sentiment.data import require_source
    from sentiment.model_dir import default_out

    resolved = load_config(config, changes)
    for source in resolved.config.pretraining.sources:
        require_source(source)
    target = out or default_out(resolved.name)
    with training_display() as observer:
        from sentiment.training import pretraining_job, start

        observer.notify(f"pretraining {resolved.name}; the encoder goes to {target}")
        command = ["sentiment", *sys.argv[1:]]
        return start(lambda: pretraining_job(resolved), target, replace=force, command=command, observer=observer)


def _print_result(result: "TrainingResult") -> None:
    """Print the next step; the path of the encoder goes to stdout, for programs."""
    from sentiment.cli.console import notify, print_path

    notify(f"next: sentiment train --from {quote(str(result.path))} --data DATA   (a classifier of your own classes)")
    print_path(result.path)
