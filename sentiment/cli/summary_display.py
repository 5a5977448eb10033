"""Display of the totals of a prediction on a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sentiment.cli.eval_display import MISSING, Grid, print_blocks
from sentiment.wording import on_one_line

if TYPE_CHECKING:
    from sentiment.evaluation.answered import Group, PredictionSummary
    from sentiment.stats.quantification import Share

SHOWN_GROUPS, MOST_CHARACTERS = 20, 40


def print_summary(summary: "PredictionSummary") -> None:
    """Print the shares, those of groups, and what the correction rests on."""
    header = ["", "rows", "counted %", "corrected %", "95 % interval"]
    blocks: list[Grid | str] = [_rows_line(summary), Grid(header, list(map(_share_cells, summary.shares)))]
    blocks.append(_correction_line(summary))
    for name, groups in summary.groups.items():
        blocks.append(_group_grid(name, groups))
        if len(groups) > SHOWN_GROUPS:
            blocks.append(f"{len(groups) - SHOWN_GROUPS:,} more values of {name} are in the JSON output.")
    if summary.month_column is not None:
        blocks.append(f"The months are those of column {on_one_line(summary.month_column)}.")
    if any(group.is_few for groups in summary.groups.values() for group in groups[:SHOWN_GROUPS]):
        blocks.append("* few rows: the shares say little")
    print_blocks(blocks)


def _rows_line(summary: "PredictionSummary") -> str:
    parts = [f"{summary.rows:,} rows", f"{summary.labelled:,} with a label"]
    parts += [f"{summary.unsure:,} unsure"] if summary.unsure else []
    parts += [f"{summary.empty:,} without a text"] if summary.empty else []
    parts += [f"{summary.rejected:,} rejected"] if summary.rejected else []
    return f"{on_one_line(summary.source)}: {', '.join(parts)}"


def _correction_line(summary: "PredictionSummary") -> str:
    if summary.not_corrected is not None:
        return f"The counts are not corrected: {summary.not_corrected}."
    return (
        f"Corrected for the errors on {summary.known_errors}. This holds if the texts of each class are like those; "
        "only their shares may differ."
    )


def _share_cells(share: "Share") -> list[str]:
    return [
        on_one_line(share.label),
        f"{share.counted:,}",
        _percent(share.raw),
        _percent(share.corrected),
        _interval(share) or MISSING,
    ]


def _percent(share: float | None) -> str:
    return MISSING if share is None else f"{100 * share:.1f}"


def _interval(share: "Share") -> str:
    return "" if share.interval is None else f"{100 * share.interval[0]:.1f} to {100 * share.interval[1]:.1f}"


def _group_grid(name: str, groups: "Sequence[Group]") -> Grid:
    labels = [on_one_line(share.label) for share in groups[0].shares] if groups else []
    rows = [
        [
            on_one_line(group.value or MISSING, MOST_CHARACTERS) + (" *" if group.is_few else ""),
            f"{group.rows:,}",
            *(f"{_percent(share.best)} ({_interval(share)})".removesuffix(" ()") for share in group.shares),
        ]
        for group in groups[:SHOWN_GROUPS]
    ]
    return Grid([on_one_line(name), "rows", *(f"{label} %" for label in labels)], rows)
