"""Display of a comparison of models."""

from typing import TYPE_CHECKING

from sentiment.cli.console import stdout_console
from sentiment.cli.eval_display import MISSING, Grid, print_blocks
from sentiment.wording import on_one_line

if TYPE_CHECKING:
    from sentiment.evaluation import Comparison, System

SHOWN_DISAGREEMENTS, MOST_CHARACTERS = 5, 60


def print_comparison(comparison: "Comparison") -> None:
    """Print the systems, what may be concluded, and some rows that they predict differently."""
    from sentiment.evaluation import conclusions

    header = ["", "accuracy %", "95 % interval", "seeds", "MB", "rows/s, 1 thread"]
    blocks: list[Grid | str] = [
        f"{on_one_line(comparison.data)}: {comparison.n:,} rows that all models predict",
        Grid(header, [_cells(system) for system in comparison.systems]),
        "\n".join(map(on_one_line, conclusions(comparison))),
        f"{comparison.num_disagreements:,} rows are predicted differently.",
    ]
    if comparison.disagreements:
        names = [system.name for system in comparison.systems]
        rows = [
            [on_one_line(one.text, MOST_CHARACTERS), on_one_line(one.truth)]
            + [on_one_line(one.predicted[name]) for name in names]
            for one in comparison.disagreements[:SHOWN_DISAGREEMENTS]
        ]
        blocks.append(Grid(["some of them", "true", *map(on_one_line, names)], rows))
    print_blocks(blocks)
    stdout_console().print()


def _cells(system: "System") -> list[str]:
    low, high = system.accuracy_interval or (None, None)
    if low is not None and high is not None:
        interval = f"{100 * low:.2f} to {100 * high:.2f}"
    else:
        interval = MISSING if system.spread is None else f"± {100 * system.spread:.2f} (std)"
    return [
        on_one_line(system.name),
        f"{100 * system.accuracy:.2f}",
        interval,
        str(len(system.models)),
        f"{system.size_bytes / 1e6:.1f}",
        f"{system.rows_per_second:,.0f}",
    ]
