"""`sentiment train`."""

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.callbacks import silent
from sentiment.cli.command import expand_home, expanded_path
from sentiment.cli.config import SettingsOption, complete_config
from sentiment.cli.models import complete_model_or_encoder
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
    from sentiment.config import Override, ResolvedConfig
    from sentiment.data import UndividedRows
    from sentiment.training import TrainingResult

ChosenConfigArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="CONFIG",
        parser=expand_home,
        help="A shipped experiment (sentiment config list) or a YAML file.",
        autocompletion=complete_config,
        show_default="chosen by the rows",
    ),
]
StartOption = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="DIR|NAME",
        help="Start from an encoder or a model: its directory, the name of a finished run, or korean-reviews or "
        "english-reviews, which come with sentiment; none for random weights.",
        show_default="none, or without CONFIG chosen by the texts",
        parser=expand_home,
        autocompletion=complete_model_or_encoder,
    ),
]
TeacherOption = Annotated[
    Path | None,
    typer.Option(
        "--teacher",
        metavar="FILE",
        help="Also learn from another model's answers: a CSV, TSV, JSONL, XLSX or Parquet file with texts and a "
        "probability for each label, as predict --file --all-probabilities writes it.",
        parser=expanded_path,
    ),
]


def train_command(
    context: typer.Context,
    config: ChosenConfigArgument = None,
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

    Without CONFIG, the rows choose it: from an encoder few (up to 2,000), finetune_few (up to 20,000) or finetune, else
    few (up to 5,000), small (up to 20,000) or bilstm. Without --from too, Korean texts start from korean-reviews,
    English ones from english-reviews.

    Ctrl-C finishes the current step, writes a checkpoint and exits with 130; --resume continues to exactly the same
    weights.

    Example: sentiment train quick --set model.cell=gru --out runs/my-gru
    """
    follow_if_started_so()
    if resume is not None:
        result = resume_unfinished(context, "train", resume, settings or [], free=("export.", *PLACE_KEYS))
    else:
        options = table_options(format_name, encoding, sheet, header_row, max_record_characters)
        flags = {
            **table_flags(options),
            "--data": ("data.source", data),
            "--eval-data": ("data.validation_source", eval_data),
            "--text-column": ("data.text_column", text_column),
            "--label-column": ("data.label_column", label_column),
        }
        changes = overrides(settings or [], flags, seed, threads)
        _require_sources(data, eval_data)
        resolved, start, rows = _experiment(config, changes, start_from, has_teacher=teacher is not None)
        result = _start(resolved, rows, out, force, start, teacher)
        if start is not None:
            _notify_before(result, start)
    _print_result(result)


def _require_sources(*sources: str | None) -> None:
    """Fail early for an unknown name: the training code takes seconds to import."""
    from sentiment.data import require_source

    for source in sources:
        if source is not None:
            require_source(source)


def _experiment(
    config: str | None, changes: "list[Override]", start_from: str | None, *, has_teacher: bool
) -> "tuple[ResolvedConfig, Path | None, UndividedRows | None]":
    """Load the requested experiment, or choose one by the rows.

    Returns:
        The experiment, its starting point, and the rows if they were read for the choice.
    """
    from sentiment.cli.console import notify
    from sentiment.config import load_config
    from sentiment.model_dir import NO_START, hides_shipped, locate_model

    start = None if start_from in {None, NO_START} else locate_model(start_from)
    if start_from is not None and start is not None and hides_shipped(start_from, start):
        notify(f"starting from {start}, which hides the {start_from} that comes with sentiment")
    if config is not None:
        resolved = load_config(config, changes)
        _require_sources(resolved.config.data.source, resolved.config.data.validation_source)
        return resolved, start, None
    from sentiment.training import choose_experiment

    choice = choose_experiment(changes, notify, start_from=start or start_from, has_teacher=has_teacher)
    notify(choice.summary())
    return choice.resolved, choice.start, choice.rows


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

        observer.notify(
            f"the model goes to {target}"
            if rows is not None
            else f"training {resolved.name}; the model goes to {target}"
        )
        return start(
            lambda: classification_job(resolved, observer.notify, start_from, teacher, rows),
            target,
            replace=force,
            command=["sentiment", *sys.argv[1:]],
            observer=observer,
        )


def _notify_before(result: "TrainingResult", start: Path) -> None:
    """Notify how good the model that the training started from is on the same rows; warn if the new one is worse."""
    from sentiment.cli.console import notify
    from sentiment.errors import DataError
    from sentiment.model_dir import CLASSIFIER, ModelSummary

    if ModelSummary.read(start).kind != CLASSIFIER:
        return
    if start.resolve() == result.path.resolve():
        notify("not compared with the model before: it was replaced; write the new one elsewhere with --out")
        return
    from sentiment.evaluation import before_and_after

    try:
        found = before_and_after(result.path, start, silent)
    except DataError as error:  # the rows were there a moment ago
        notify(f"not compared with {start}: {error}")
        return
    if found is not None:
        notify(("WARNING: it is worse than before; " if found.is_worse else "") + found.summary())


def _print_result(result: "TrainingResult") -> None:
    """Print the accuracy of the model and the next step; its path goes to stdout, for programs."""
    from sentiment.cli.console import notify, print_path
    from sentiment.cli.training_display import notify_classes, notify_cross_validation
    from sentiment.model_dir import ModelSummary

    metrics = result.metrics
    validation, majority = metrics["validation"], metrics["majority_class"]
    if validation is not None:
        low, high = validation["accuracy_interval"]
        notify(
            f"validation accuracy {validation['accuracy']:.2%} ({low:.2%} to {high:.2%}) on {validation['n']:,} rows; "
            f"always predicting {majority['label']!r} gives {majority['validation_accuracy']:.2%}"
        )
        notify_classes(validation)
    elif (found := metrics["cross_validation"]) is not None:
        notify_cross_validation(found, majority["label"], is_on_drawn=metrics["cross_validated_rows"] is not None)
    data = metrics["data"]
    if weakness := ModelSummary.read(result.path).weakness:
        notify(f"WARNING: {weakness}; for a first look only: predict uses it only when --model names it")
    model = quote(str(result.path))
    if data["has_test_rows"]:
        notify(f"next: sentiment eval --model {model}   (test rows, beside a linear model)")
    else:
        notify(f"next: sentiment eval --model {model} --data FILE   (on other rows; none were held out)")
    print_path(result.path)
