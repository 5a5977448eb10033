"""`sentiment eval --behaviour`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.cli.command import expand_home
from sentiment.cli.console import json_line, notify, stdout_console
from sentiment.cli.given import given_parameters
from sentiment.wording import on_one_line

if TYPE_CHECKING:
    from sentiment.evaluation.behaviour import BehaviourReport, Outcome, Result

BehaviourOption = Annotated[
    str | None,
    typer.Option(
        "--behaviour",
        metavar="[SUITE]",
        parser=expand_home,
        help="Instead of rows, check cases of behaviour: korean, english, or a YAML file.",
        show_default="without SUITE, the one in the model's language",
    ),
]
_EXAMPLES = 2
_OPTIONS = {"behaviour", "model", "no_baseline", "as_json"}


def refuse_besides_behaviour(context: typer.Context) -> None:
    """Refuse the options of an evaluation that have no effect on a check of behaviour."""
    given = given_parameters(context)
    if others := given.keys() - _OPTIONS:
        raise typer.BadParameter("has no effect with --behaviour; remove it", param_hint=given[min(others)])


def run_behaviour(model: Path, suite: str, *, with_baselines: bool, as_json: bool) -> None:
    """Check a model on a suite, and print the result."""
    from sentiment.evaluation.behaviour import check_behaviour

    report = check_behaviour(model, suite, with_baselines=with_baselines, notify=notify)
    if as_json:
        print(json_line(report.to_dict()))
        return
    from sentiment.cli.eval_display import Grid, aligned

    console = stdout_console()
    console.print(_described(report), soft_wrap=True)
    console.print()
    header = ["kind", "cases", "passed %", "95 % interval", *map(_short, report.overall.baselines)]
    console.print(aligned(Grid(header, [_row(*named) for named in _named(report)])), soft_wrap=True)
    for line in _notes(report):
        console.print(line, soft_wrap=True)


def _described(report: "BehaviourReport") -> str:
    labels = ", ".join(
        label if label == spelling else f"{label} ({on_one_line(spelling)})"
        for label, spelling in report.labels.items()
    )
    return f"suite {on_one_line(report.suite)}: {report.overall.n:,} cases; labels: {labels}"


def _named(report: "BehaviourReport") -> "Iterator[tuple[str, Result]]":
    yield from ((on_one_line(kind), result) for kind, result in report.kinds.items())
    yield from ((f"= {test}", result) for test, result in report.tests.items() if result.n)
    yield "= all", report.overall


def _short(baseline: str) -> str:
    """Return the title of a baseline's column, so short that the table fits 80 columns."""
    from sentiment.evaluation import LINEAR

    return "linear %" if baseline == LINEAR else "majority %"


def _row(name: str, result: "Result") -> list[str]:
    if result.interval is None:
        return [name, "0", *["-"] * (2 + len(result.baselines))]
    low, high = result.interval
    shares = [100 * passed / result.n for passed in (result.passed, *result.baselines.values())]
    own, *others = [f"{share:.1f}" for share in shares]
    return [name, f"{result.n:,}", own, f"{100 * low:.1f} to {100 * high:.1f}", *others]


def _notes(report: "BehaviourReport") -> Iterator[str]:
    yield ""
    if report.missing_labels:
        missing = ", ".join(map(on_one_line, report.missing_labels))
        yield f"Skipped: {report.overall.skipped:,} cases that expect {missing}, which the model does not have."
    for name, reason in report.reasons.items():
        yield f"No {name}: {on_one_line(reason)}"
    failed: dict[str, list[Outcome]] = {}
    for outcome in report.outcomes:
        if not outcome.passed:
            failed.setdefault(outcome.case.kind, []).append(outcome)
    if failed:
        yield f"Failed, at most {_EXAMPLES} of a kind (--json lists all):"
    for kind, outcomes in failed.items():
        yield from (f"  {on_one_line(kind)}: {_shown(outcome)}" for outcome in outcomes[:_EXAMPLES])


def _shown(outcome: "Outcome") -> str:
    answers = zip(outcome.case.texts, outcome.predicted, outcome.probabilities, strict=True)
    if outcome.case.label is None:
        return " -> ".join(f"{on_one_line(text)} ({label})" for text, label, _ in answers)
    told = " -> ".join(
        f"{on_one_line(text)} ({label}, {outcome.case.label} {'-' if share is None else f'{share:.2f}'})"
        for text, label, share in answers
    )
    return f"{told}; expected {outcome.case.label}{'' if len(outcome.case.texts) == 1 else ' to rise'}"
