"""Display of an evaluation: tables, with lines and colour only on a terminal."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sentiment.cli.console import print_table, stdout_console
from sentiment.wording import on_one_line, shown_p_value

if TYPE_CHECKING:
    from sentiment.evaluation import EvaluationReport, PairedComparison, Score
    from sentiment.metrics import ClassMetrics

LARGEST_MATRIX = 12
MOST_CHARACTERS = 40
MISSING = "-"


@dataclass(frozen=True)
class Grid:
    """A table: names in the first column, figures in all others."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


FIGURES = ("accuracy %", "95 % interval", "unseen texts %", "macro F1", "log loss", "Brier", "ECE", "ECE by chance")


def print_score(report: "EvaluationReport") -> None:
    """Print the rows, the model's score, and each class, before the baselines are computed."""
    metrics = report.score.metrics
    blocks: list[Grid | str] = [_data_line(report), _score_grid([("this model", report.score)])]
    blocks.append(class_grid(metrics.per_class))
    if len(metrics.confusion_matrix) in range(1, LARGEST_MATRIX + 1):
        blocks.append(confusion_grid(report.labels, metrics.confusion_matrix))
    elif metrics.confusion_matrix:
        blocks.append(f"The confusion matrix of {len(report.labels):,} classes is in the output of --json.")
    if (chosen := report.least_certain) is not None:
        blocks.append(
            f"The {chosen.n:,} rows that were chosen because the model is unsure of them are in none of these figures; "
            f"on them, its accuracy is {100 * chosen.accuracy:.2f} %."
        )
    print_blocks(blocks)


def print_slices(report: "EvaluationReport") -> None:
    """Print the accuracy by length and by columns, after the output of `print_score`."""
    from sentiment.evaluation.slices import LENGTH

    header = ["rows", "accuracy %", "95 % interval"]
    blocks: list[Grid | str] = []
    for column, slices in report.slices.items():
        rows = [
            [
                on_one_line(one.value or MISSING, MOST_CHARACTERS) + (" *" if one.is_few else ""),
                f"{one.n:,}",
                f"{100 * one.accuracy:.2f}",
                "{:.2f} to {:.2f}".format(*(100 * end for end in one.accuracy_interval)),
            ]
            for one in slices
        ]
        blocks.append(Grid(["tokens of a text" if column == LENGTH else on_one_line(column), *header], rows))
    if any(one.is_few for slices in report.slices.values() for one in slices):
        blocks.append("* few rows: the accuracy says little")
    stdout_console().print()
    print_blocks(blocks)


def print_baselines(report: "EvaluationReport") -> None:
    """Print the score next to those of the baselines, after the output of `print_score`."""
    baselines = [(baseline.name, baseline.score) for baseline in reversed(report.baselines)]
    blocks: list[Grid | str] = []
    if any(score for _, score in baselines):
        blocks.append(_score_grid([("this model", report.score), *baselines]))
    stdout_console().print()
    print_blocks([*blocks, "\n".join(_notes(report))])


def print_blocks(blocks: "Sequence[Grid | str]") -> None:
    """Print tables and lines, separated by blank lines."""
    for block in blocks:
        if isinstance(block, str):
            stdout_console().print(block, soft_wrap=True)
        elif sys.stdout.isatty():
            print_table(block.header, block.rows, numeric=range(1, len(block.header)))
        else:
            stdout_console().print(aligned(block), soft_wrap=True)
        if block is not blocks[-1]:
            stdout_console().print()
    sys.stdout.flush()


def _data_line(report: "EvaluationReport") -> str:
    data, n = report.data, report.score.metrics.n
    skipped = [f"{count:,} {fault.replace('_', ' ')}" for fault, count in report.skipped.items() if count]
    left_out = f"; not scored: {', '.join(skipped)}" if skipped else ""
    name = on_one_line(data.name)
    if data.split == "cross-validation":
        return (
            f"{name}: {n:,} rows{left_out}; the model was trained on all of them, so these are the "
            "cross-validation scores from its training, each row predicted by a fit on the others"
        )
    split = f", {data.split} split" if data.split and data.split not in name.split() else ""
    return f"{name}{split}: {n:,} rows{left_out}"


def _score_grid(named: "Sequence[tuple[str, Score | None]]") -> Grid:
    """Return a grid with figures as rows, which are more numerous: its columns fit 80 characters."""
    columns = [_score_cells(score) if score else [MISSING] * len(FIGURES) for _, score in named]
    rows = [row for row in zip(FIGURES, *columns, strict=True) if set(row[1:]) != {MISSING}]
    return Grid(["", *(name for name, _ in named)], rows)


def _score_cells(score: "Score") -> list[str]:
    metrics, unseen = score.metrics, score.without_seen
    low, high = metrics.accuracy_interval
    return [
        f"{100 * metrics.accuracy:.2f}",
        f"{100 * low:.2f} to {100 * high:.2f}",
        MISSING if unseen is None or unseen.accuracy is None else f"{100 * unseen.accuracy:.2f}",
        *(f"{value:.4f}" for value in (metrics.macro_f1, metrics.log_loss, metrics.brier, metrics.ece)),
        MISSING if metrics.ece_by_chance is None else f"{metrics.ece_by_chance:.4f}",
    ]


def _notes(report: "EvaluationReport") -> Iterator[str]:
    unseen = report.score.without_seen
    if unseen is not None:
        yield f"Unseen texts: {unseen.n:,} rows; {unseen.seen:,} others repeat one of its training or validation rows."
    missing = {baseline.reason: baseline.name for baseline in report.baselines if baseline.reason}
    for reason, name in missing.items():
        what = "No baselines" if all(baseline.reason for baseline in report.baselines) else f"No {name} model"
        yield f"{what}: {on_one_line(reason)}"
    if report.paired is not None:
        yield _paired_line(report.paired)


def _paired_line(paired: "PairedComparison") -> str:
    low, high = (100 * end for end in paired.accuracy_difference_interval)
    p_value = shown_p_value(paired.p_value)
    return (
        f"Against the linear model: {100 * paired.accuracy_difference:+.2f} points (95 % interval {low:+.2f} to "
        f"{high:+.2f}; McNemar, exact: {p_value}). {paired.only_model_correct:,} rows only the model gets right, "
        f"{paired.only_baseline_correct:,} only the linear one."
    )


def class_grid(per_class: "Mapping[str, ClassMetrics]") -> Grid:
    """Return a grid with one row per class."""
    rows = [
        [on_one_line(name), f"{one.precision:.4f}", f"{one.recall:.4f}", f"{one.f1:.4f}", f"{one.support:,}"]
        for name, one in per_class.items()
    ]
    return Grid(["class", "precision", "recall", "F1", "rows"], rows)


def confusion_grid(labels: Sequence[str], counts: Sequence[Sequence[int]]) -> Grid:
    """Return a grid with one row per true class and one column per predicted class."""
    names = [on_one_line(label) for label in labels]
    rows = [[name, *(f"{count:,}" for count in row)] for name, row in zip(names, counts, strict=True)]
    return Grid(["true, by predicted", *names], rows)


def aligned(grid: Grid) -> str:
    """Format a table with spaces only; Hangul takes two columns of a terminal."""
    from rich.cells import cell_len

    lines = [grid.header, *grid.rows]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]

    def padded(position: int, cell: str) -> str:
        gap = " " * (widths[position] - cell_len(cell))
        return gap + cell if position else cell + gap

    return "\n".join("  ".join(padded(*cell) for cell in enumerate(line)).rstrip() for line in lines)
