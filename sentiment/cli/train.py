"""`sentiment train`."""

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.cli.command import expand_home, expanded_path
from sentiment.cli.config import ConfigArgument, SettingsOption
from sentiment.cli.models import complete_model_or_encoder
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
    from sentiment.config import Override, ResolvedConfig
    from sentiment.data import UndividedRows
    from sentiment.training import TrainingResult

StartOption = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="DIR|NAME",
        help="Start from an encoder of sentiment pretrain, from korean-reviews, which ships with it, or from "
        "a model, given by its directory or by the name of a finished run.",
        parser=expand_home,
        autocompletion=complete_model_or_encoder,
    ),
]
TeacherOption = Annotated[
    Path | None,
    typer.Option(
        "--teacher",
        metavar="FILE",
        help="Learn from another model's answers too: CSV, TSV, JSONL or Parquet with texts and a probability for "
        "each label, as predict --file --all-probabilities writes it.",
        parser=expanded_path,
    ),
]


def train_command(
    context: typer.Context,
    config: ConfigArgument = "bilstm",
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            metavar="NAME|FILE",
            parser=expand_home,
            help="A named data set, a CSV, TSV, JSONL, XLSX or Parquet file, or hub:NAME.",
        ),
    ] = None,
    eval_data: Annotated[
        str | None,
        typer.Option(
            "--eval-data",
            metavar="NAME|FILE",
            parser=expand_home,
            help="Rows to validate on, instead of some of --data.",
        ),
    ] = None,
    text_column: TextColumnOption = None,
    label_column: LabelColumnOption = None,
    sheet: SheetOption = None,
    header_row: HeaderRowOption = None,
    format_name: FormatOption = None,
    encoding: EncodingOption = None,
    max_record_characters: MaxRecordCharactersOption = None,
    start_from: StartOption = None,
    teacher: TeacherOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="PATH",
            parser=expanded_path,
            help="The model directory to write.",
            show_default="runs/CONFIG",
        ),
    ] = None,
    settings: SettingsOption = None,
    seed: SeedOption = None,
    threads: ThreadsOption = None,
    force: ForceOption = False,
    resume: ResumeOption = None,
) -> None:
    """Train a classifier and write it to a model directory.

    With --from and no CONFIG, the number of rows decides: few (up to 500), finetune_few (up to 20,000) or finetune.

    Ctrl-C ends the running step, writes a checkpoint and exits with 130; --resume goes on to the very same weights.

    Example: sentiment train quick --set model.cell=gru --out runs/my-gru
    """
    if resume is not None:
        result = resume_unfinished(context, "train", resume, settings or [], free="export.")
    else:
        options = table_options(format_name, encoding, sheet, header_row, max_record_characters)
        flags = {
            **table_flags(options),
            "--data": ("data.source", data),
            "--eval-data": ("data.validation_source", eval_data),
            "--text-column": ("data.text_column", text_column),
            "--label-column": ("data.label_column", label_column),
        }
        start = _locate_start(start_from) if start_from is not None else None
        resolved, rows = _experiment(context, config, overrides(settings or [], flags, seed, threads), start)
        result = _start(resolved, rows, out, force, start, teacher)
    _print_result(result)


def _experiment(
    context: typer.Context, config: str, changes: "list[Override]", start: Path | None
) -> "tuple[ResolvedConfig, UndividedRows | None]":
    """Read the experiment; where there is something to start from and none is named, the number of rows chooses it.

    Returns:
        The experiment, and the rows where they were read for the choice.
    """
    from sentiment.cli.console import notify
    from sentiment.config import load_config

    is_named = getattr(context.get_parameter_source("config"), "name", "") == "COMMANDLINE"
    if start is None or is_named:
        return load_config(config, changes), None
    from sentiment.training import choose_experiment

    choice = choose_experiment(changes, notify)
    notify(choice.summary())
    return choice.resolved, choice.rows


def _locate_start(path_or_name: str) -> Path:
    """Find what to start from, and say so where it hides what comes with sentiment."""
    from sentiment.cli.console import notify
    from sentiment.model_dir import hides_shipped, locate_model

    path = locate_model(path_or_name)
    if hides_shipped(path_or_name, path):
        notify(f"starting from {path}, which hides the {path_or_name} that comes with sentiment")
    return path


def _start(
    resolved: "ResolvedConfig",
    rows: "UndividedRows | None",
    out: Path | None,
    force: bool,
    start_from: Path | None,
    teacher: Path | None,
) -> "TrainingResult":
    from sentiment.cli.training_display import training_display
    from sentiment.model_dir import default_out

    target = out or default_out(resolved.name)
    with training_display() as observer:
        from sentiment.training import classification_job, start

        observer.notify(f"training {resolved.name}; the model goes to {target}")
        return start(
            lambda: classification_job(resolved, observer.notify, start_from, teacher, rows),
            target,
            replace=force,
            command=["sentiment", *sys.argv[1:]],
            observer=observer,
        )


def _print_result(result: "TrainingResult") -> None:
    """Say how good the model is and what to do next; where it lies goes to stdout, for programs."""
    from sentiment.cli.console import notify, print_path
    from sentiment.cli.training_display import tell_cross_validation
    from sentiment.model_dir import ModelSummary

    metrics = result.metrics
    validation, majority = metrics["validation"], metrics["majority_class"]
    if validation is not None:
        low, high = validation["accuracy_interval"]
        notify(
            f"validation accuracy {validation['accuracy']:.2%} ({low:.2%} to {high:.2%}) on {validation['n']:,} rows; "
            f"always saying {majority['label']!r} gives {majority['validation_accuracy']:.2%}"
        )
    elif (found := metrics["cross_validation"]) is not None:
        tell_cross_validation(found, majority["label"])
    data = metrics["data"]
    if weakness := ModelSummary.read(result.path).weakness:
        notify(f"WARNING: {weakness}; it is for a first look: predict asks it only where --model names it")
    model = quote(str(result.path))
    if data["has_test_rows"]:
        notify(f"next: sentiment eval --model {model}   (test rows, beside a linear model)")
    else:
        notify(f"next: sentiment eval --model {model} --data FILE   (on other rows; none were kept)")
    print_path(result.path)
