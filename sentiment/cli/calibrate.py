"""`sentiment calibrate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.cli.command import expand_home, expanded_path, finite
from sentiment.cli.console import json_line, model_line, notify, print_path
from sentiment.cli.eval_options import SplitOption
from sentiment.cli.loading import ProcessorThreads
from sentiment.cli.models import ClassifierArgument
from sentiment.cli.table_options import (
    EncodingOption,
    FormatOption,
    HeaderRowOption,
    LabelColumnOption,
    MaxRecordCharactersOption,
    SheetOption,
    TextColumnOption,
    table_options,
)

if TYPE_CHECKING:
    from sentiment.evaluation import CalibrationReport


def calibrate_command(
    data: Annotated[
        str,
        typer.Option(
            "--data",
            metavar="NAME|FILE",
            parser=expand_home,
            help="Labelled rows that the model was not trained on: a named data set, a file, or hub:NAME.",
        ),
    ],
    model: ClassifierArgument = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="PATH",
            parser=expanded_path,
            help="The model directory to write.",
            show_default="runs/MODEL-calibrated",
        ),
    ] = None,
    max_error: Annotated[
        list[float] | None,
        typer.Option(
            "--max-error",
            metavar="R",
            min=0.0001,
            max=0.5,
            callback=finite,
            help="Share of wrong answers to find a threshold for; may be repeated.",
            show_default="0.01, 0.02, 0.05 and 0.1",
        ),
    ] = None,
    split: SplitOption = None,
    text_column: TextColumnOption = None,
    label_column: LabelColumnOption = None,
    sheet: SheetOption = None,
    header_row: HeaderRowOption = None,
    format_name: FormatOption = None,
    encoding: EncodingOption = None,
    max_record_characters: MaxRecordCharactersOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the division of the rows.")] = 0,
    threads: ProcessorThreads = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing model.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Fit a model's probabilities to your rows, and keep what predict --max-error needs; writes a new model.

    With two classes, a temperature is fitted, which changes no label; with more, if it helps, a scale and a bias of
    each class. Then predict --max-error 0.05 gives a label only where, with 95 % confidence, at most 5 % are wrong. The
    promise rests on rows that are drawn like these: calibrate on rows like those to predict.

    Example: sentiment calibrate korean-sentiment --data answered.xlsx --out runs/mine
    """
    from sentiment.evaluation import (
        TrainingOrigin,
        WantedRows,
        calibrate_model,
        drawn_at_random,
        find_suited_model,
        load_evaluation_rows,
    )
    from sentiment.evaluation.calibrating import USUAL_ERRORS
    from sentiment.model_dir import ModelDirectory, check_out, default_out

    options = table_options(format_name, encoding, sheet, header_row, max_record_characters)
    path, reason = find_suited_model(
        model, data=data, text_column=text_column, label_column=label_column, options=options
    )
    notify(model_line(path, reason))
    target = out or default_out(f"{path.resolve().name}-calibrated")
    check_out(target, replace=force)
    wanted = WantedRows(data, split, text_column, label_column, options)
    chosen = load_evaluation_rows(TrainingOrigin.read(ModelDirectory.open(path)), wanted, notify)
    if chosen.is_known_from_training:
        raise typer.BadParameter("the model was trained on these rows; give others", param_hint="--data")
    report = calibrate_model(
        path,
        drawn_at_random(chosen, notify)[0].rows,
        target,
        max_errors=tuple(max_error or USUAL_ERRORS),
        is_replacing=force,
        threads=threads,
        seed=seed,
        notify=notify,
    )
    if as_json:
        print(json_line(report.to_dict()))
        return
    _notify_report(report)
    print_path(report.model)


def _notify_report(report: "CalibrationReport") -> None:
    if report.scaled_on:
        how = f"temperature {report.temperature:.3f}" if report.scales is None else "a scale and a bias of each class"
        notify(
            f"calibrated on {report.scaled_on:,} rows of {report.data}: {how}; on {report.rows:,} rows, calibration "
            f"error {report.before.ece:.4f} before and {report.after.ece:.4f} after, log loss "
            f"{report.before.log_loss:.4f} and {report.after.log_loss:.4f}"
        )
    for kept in report.kept:
        if kept.threshold is None or kept.answered is None:
            notify(f"--max-error {kept.max_error:g}: no threshold is proved to keep it with {report.rows:,} rows")
        else:
            notify(
                f"--max-error {kept.max_error:g}: answers {kept.answered:.1%} of these rows, those with a probability "
                f"of at least {kept.threshold:.4f}"
            )
