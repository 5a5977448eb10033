"""`sentiment eval`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.cli.behaviour import BehaviourOption, refuse_besides_behaviour, run_behaviour
from sentiment.cli.console import json_line, model_line, notify
from sentiment.cli.eval_options import (
    AgainstOption,
    ByOption,
    DataOption,
    ErrorsOption,
    SplitOption,
    refuse_without_data,
)
from sentiment.cli.models import ModelOption
from sentiment.cli.report_options import ReportOption, command_line, write_html
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
from sentiment.writing import check_apart

if TYPE_CHECKING:
    from sentiment.evaluation import EvaluationReport


def eval_command(
    context: typer.Context,
    model: ModelOption = None,
    data: DataOption = None,
    split: SplitOption = None,
    text_column: TextColumnOption = None,
    label_column: LabelColumnOption = None,
    sheet: SheetOption = None,
    header_row: HeaderRowOption = None,
    format_name: FormatOption = None,
    encoding: EncodingOption = None,
    max_record_characters: MaxRecordCharactersOption = None,
    against: AgainstOption = None,
    report_file: ReportOption = None,
    by: ByOption = None,
    errors: ErrorsOption = None,
    behaviour: BehaviourOption = None,
    no_baseline: Annotated[
        bool, typer.Option("--no-baseline", help="Print only the model's own scores, without baselines.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure a model on labelled rows, beside a linear model and the majority class that learn from the same rows.

    The model's own scores come first. Then its training rows are read and the linear model is fitted to them, which
    takes two minutes for 150,000 reviews the first time. The linear model and the model's answers are cached. If a
    baseline is not available, a line says why.

    --behaviour checks what the model does with negation, contrast, irony, typos and the like, case by case.

    Example: sentiment eval --data sample --json
    """
    refuse_without_data(context, data)
    if behaviour is not None:
        refuse_besides_behaviour(context)
    from sentiment.evaluation import evaluate, find_suited_model
    from sentiment.model_dir import find_model

    _check_files(report_file, errors, data)
    options = table_options(format_name, encoding, sheet, header_row, max_record_characters)
    path, reason = find_suited_model(
        model, data=data, behaviour=behaviour, text_column=text_column, label_column=label_column, options=options
    )
    notify(model_line(path, reason))
    if behaviour is not None:
        run_behaviour(path, behaviour, with_baselines=not no_baseline, as_json=as_json)
        return
    if as_json:
        scored = None
    else:
        from sentiment.cli.compare_display import print_comparison
        from sentiment.cli.eval_display import print_baselines, print_score, print_slices

        scored = print_score
    report = evaluate(
        path,
        data=data,
        split=split,
        text_column=text_column,
        label_column=label_column,
        options=options,
        by=by or (),
        with_baselines=not no_baseline,
        against=[find_model(other)[0] for other in against or ()],
        scored=scored,
        notify=notify,
    )
    _write_files(report, report_file, errors)
    if as_json:
        print(json_line(report.to_dict()))
        return
    if by:
        print_slices(report)
    if report.against is not None:
        print_comparison(report.against)
    if not no_baseline:
        print_baselines(report)


def _check_files(report_file: Path | None, errors: Path | None, data: str | None) -> None:
    """Refuse before the work what could not be written after it."""
    check_apart([report_file, errors], [data])
    if report_file is not None:
        from sentiment.evaluation.reports import check_report_path

        check_report_path(report_file)
    if errors is not None:
        from sentiment.evaluation.mistakes import SUFFIXES
        from sentiment.writing import check_result_path

        check_result_path(errors, *SUFFIXES)


def _write_files(report: "EvaluationReport", report_file: Path | None, errors: Path | None) -> None:
    if report_file is not None:
        from sentiment.evaluation.reports import evaluation_html

        write_html(report_file, evaluation_html(report, command_line()))
    if errors is not None:
        from sentiment.evaluation.mistakes import write_mistakes

        if report.answers is None:
            notify(f"{errors}: not written, as the model was trained on all of these rows")
        else:
            notify(f"{errors}: {write_mistakes(errors, report.answers):,} rows that are predicted wrong")
