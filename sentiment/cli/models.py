"""`sentiment models`, and the option of other commands that names one."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sentiment.cli.command import CommandApp, expand_home
from sentiment.cli.console import json_line, model_line, notify, print_table
from sentiment.wording import on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sentiment.model_dir import KnownModel, ModelSummary, UnfinishedRun

models_app = CommandApp(no_args_is_help=True, help="List, describe and verify trained models.")

BROKEN, UNFINISHED = "broken", "unfinished"
LAST_RUN = "$SENTIMENT_MODEL, else the last usable run in runs/, else"
CLASSIFIER = "A model directory, or the name of a finished run or of a model that comes with sentiment."
DEFAULT_MODEL = f"{LAST_RUN} the one that comes with sentiment for the script of the texts"


def complete_model(incomplete: str) -> list[str]:
    """Return the models with a prefix, for shell completion; without encoders, which make no predictions."""
    from sentiment.model_dir import ENCODER

    return _distinct(model.name for model in _beginning_with(incomplete) if model.kind() != ENCODER)


def complete_model_or_encoder(incomplete: str) -> list[str]:
    """Return the models and encoders with a prefix, for shell completion."""
    return _distinct(model.name for model in _beginning_with(incomplete))


def _distinct(names: "Iterable[str]") -> list[str]:
    return list(dict.fromkeys(names))  # a run may hide a shipped model


def _beginning_with(incomplete: str) -> "list[KnownModel]":
    from sentiment.model_dir import known_models

    return [model for model in known_models() if model.name.startswith(incomplete)]


ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="DIR|NAME",
        parser=expand_home,
        help=CLASSIFIER,
        show_default=DEFAULT_MODEL,
        autocompletion=complete_model,
    ),
]
ClassifierArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="MODEL",
        parser=expand_home,
        help=CLASSIFIER,
        show_default=DEFAULT_MODEL,
        autocompletion=complete_model,
    ),
]
ModelArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="MODEL",
        parser=expand_home,
        help="A model or encoder directory, or the name of a finished run or of one that comes with sentiment.",
        show_default=f"{LAST_RUN} korean-opinion",
        autocompletion=complete_model_or_encoder,
    ),
]


@models_app.command("list")
def list_command() -> None:
    """List the known models, runs first: kind, place and accuracy; tab-separated when piped.

    Encoders for sentiment train --from are listed too, and so are unusable directories, with the reason, and
    interrupted trainings, with the command that continues them.

    Example: sentiment models list
    """
    from sentiment.model_dir import known_models, unfinished_runs

    rows: list[dict[str, str]] = []
    hidden: dict[str, str] = {}
    for model in known_models():
        origin = f"{model.origin}; hidden by {hidden[model.name]}" if model.name in hidden else model.origin
        hidden.setdefault(model.name, str(model.path))
        rows.append({**_row(model), "origin": origin})
    rows += map(_unfinished_row, unfinished_runs())
    if not rows:
        notify("no finished run under runs/; train one with: sentiment train quick")
        return
    titles = _TITLES
    if sys.stdout.isatty():
        titles = [title for title in _TITLES_FOR_PEOPLE if any(row.get(title) for row in rows)]
    print_table(
        titles,
        [[row.get(title, "") for title in titles] for row in rows],
        numeric={titles.index(title) for title in _NUMERIC & {*titles}},
    )


_NUMERIC = {"MB", "accuracy"}
_TITLES = [
    *("name", "kind", "classes", "MB", "created", "validation accuracy", "path", "fault", "origin"),
    *("validation rows", "validation data", "note"),
]
# The name leads to the path, and paths of an installed package are long.
_TITLES_FOR_PEOPLE = ["name", "kind", "classes", "MB", "created", "accuracy", "on", "origin", "fault", "note"]


def _row(model: "KnownModel") -> dict[str, str]:
    """Return a model's row of the list: its cells by column title."""
    from sentiment.cli.model_display import accuracy, accuracy_and_rows, created, megabytes, validation_rows
    from sentiment.errors import ModelDirectoryError
    from sentiment.model_dir import ModelSummary

    row = {"name": model.name, "path": str(model.path)}
    try:
        summary = ModelSummary.read(model.path)
        figure = accuracy(summary)
    except ModelDirectoryError as error:
        return {**row, "fault": f"{BROKEN}: {error}"}
    number, data = validation_rows(summary)
    shown, rows = accuracy_and_rows(summary) if sys.stdout.isatty() else ("", "")
    return {
        **row,
        "kind": summary.kind,
        "classes": ", ".join(summary.labels),
        "MB": megabytes(summary.size_bytes),
        "created": created(summary),
        "validation accuracy": figure,
        "accuracy": shown,
        "on": rows,
        "validation rows": number,
        "validation data": data,
        "note": summary.unread or (f"used only when named explicitly: {summary.weakness}" if summary.weakness else ""),
    }


def _unfinished_row(run: "UnfinishedRun") -> dict[str, str]:
    from sentiment.model_dir import resume_command

    way = f"resume with: {resume_command(run.verb, run.path)}" if run.verb else "start it again"
    return {"name": run.name, "path": str(run.path), "origin": "run", "fault": f"{UNFINISHED}: {way}"}


@models_app.command("show")
def show_command(
    model: ModelArgument = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, with the full config and metrics.")
    ] = False,
) -> None:
    """Describe a model: classes, network, size, training data, accuracy and versions.

    Example: sentiment models show --json
    """
    from sentiment.model_dir import ModelSummary

    summary = ModelSummary.read(_find(model))
    if summary.unread:
        notify(summary.unread)
    if as_json:
        print(json_line(_fields(summary)))
        return
    from sentiment.cli.model_display import facts_for_people

    summary.check_figures()
    facts = facts_for_people(summary)
    print_table(["", ""], [[name, value] for name, value in facts.items() if value])


@models_app.command("verify")
def verify_command(model: ModelArgument = None) -> None:
    """Compare every byte of a model with its manifest, load it and run it; exit code 5 if anything is wrong.

    An encoder gives no answers: its bytes are compared, and its config and tokenizer are read.

    Example: sentiment models verify
    """
    from sentiment.inference.verification import verify_model
    from sentiment.model_dir import ENCODER

    directory = verify_model(_find(model))
    files = directory.manifest.files.values()
    size_bytes = sum(file.size_bytes for file in files)
    is_encoder = directory.manifest.kind == ENCODER
    use = "it is an encoder to train from" if is_encoder else "the model loads and answers"
    print(
        on_one_line(
            f"{directory.path}: valid; {len(files)} files of {size_bytes:,} bytes match the manifest, and {use}"
        )
    )


def _find(model: str | None) -> "Path":
    """Resolve the model, and notify which if none was named, or if one hides another of the same name."""
    from sentiment.model_dir import find_model, hides_shipped

    path, reason = find_model(model)
    if model is None or hides_shipped(model, path):
        notify(model_line(path, reason))
    return path


def _fields(summary: "ModelSummary") -> dict[str, Any]:
    from sentiment.model_dir import is_shipped

    return {
        "name": summary.path.resolve().name,
        "path": str(summary.path),
        "is_shipped": is_shipped(summary.path),
        "kind": summary.kind,
        "labels": summary.labels,
        "max_tokens": summary.max_tokens,
        "created": summary.created.isoformat(),
        "sentiment_version": summary.sentiment_version,
        "size_bytes": summary.size_bytes,
        "files": dict(summary.file_sizes),
        "config": summary.read_config().model_dump(mode="json"),
        "metrics": dict(summary.metrics),
    }
