"""`sentiment ensemble`."""

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from sentiment.cli.command import expand_home, expanded_file
from sentiment.cli.console import notify, print_table
from sentiment.cli.loading import ProcessorThreads
from sentiment.cli.models import complete_model


def ensemble_command(
    members: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL|FILE...",
            parser=expand_home,
            help="Models, by directory or name, or files of answers as --teacher of train reads them.",
            autocompletion=complete_model,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(metavar="FILE", parser=expanded_file, help="The file of answers to write, .csv or .parquet."),
    ],
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE",
            parser=expand_home,
            help="A named data set or a file with texts to answer; may be repeated.",
            show_default="the training rows of the models",
        ),
    ] = None,
    linear: Annotated[
        bool, typer.Option("--linear", help="Add a linear model on character n-grams, fitted on the training rows.")
    ] = False,
    threads: ProcessorThreads = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file, once the new one is complete.")] = False,
) -> None:
    """Combine the answers of several models into one file, to train a smaller model with --teacher.

    The models must have been trained on the same rows. Their log-probabilities are added with the weights that fit the
    validation rows best; each weight is printed, with the validation accuracy. Test texts are not answered.

    Example: sentiment ensemble runs/a runs/b --linear --output teacher.csv
    """
    from sentiment.ensemble import TeacherFile, answer_together

    out = TeacherFile.check(output, replace=force)
    results = answer_together(members, data or (), out, with_linear=linear, threads=threads, notify=notify)
    rows = [
        [result.name, f"{result.weight:.2f}", f"{result.accuracy:.4f}", f"{result.log_loss:.4f}"] for result in results
    ]
    print_table(["member", "weight", "validation accuracy", "log loss"], rows, numeric=(1, 2, 3))
    notify(f"{output}: written; train with: sentiment train --teacher {quote(str(output))}")
