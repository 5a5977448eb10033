"""The report of a predicted table."""

from collections.abc import Iterator, Sequence

from sentiment.evaluation.answered import PredictionSummary
from sentiment.evaluation.answered.reading import MONTH
from sentiment.evaluation.reports.charts import Axis, Line, bar_chart, line_chart
from sentiment.evaluation.reports.evaluation import MOST_CHARACTERS, SHOWN_ROWS, Chart
from sentiment.evaluation.reports.rendering import render
from sentiment.evaluation.reports.repeating import repeat_facts
from sentiment.wording import on_one_line


def prediction_html(summary: PredictionSummary, command: Sequence[str]) -> str:
    """Return the report of a predicted table as one HTML page.

    Args:
        summary: of the table.
        command: that made it.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    look = [
        {"number": row.number, "label": row.label, "probability": row.probability}
        | {"text": on_one_line(row.text, MOST_CHARACTERS)}
        for row in summary.least_certain(SHOWN_ROWS)
    ]
    return render(
        "prediction.html",
        {
            "title": summary.source,
            "summary": summary,
            "charts": list(_charts(summary)),
            "look": look,
            "repeat": repeat_facts(command, summary.model_sha256),
        },
    )


def _charts(summary: PredictionSummary) -> Iterator[Chart]:
    predicted = sum(summary.certainty)
    if predicted and summary.mean_probability is not None:
        size = 1 / len(summary.certainty)
        bars = [
            (place * size, (place + 1) * size, rows / predicted) for place, rows in enumerate(summary.certainty) if rows
        ]
        highest = max(height for _, _, height in bars)
        svg = bar_chart(bars, Axis("confidence"), Axis("share_of_rows", 0, highest))
        yield Chart("certainty", svg, "certainty_note", {"mean": f"{summary.mean_probability:.3f}"})
    months = summary.groups.get(MONTH, ())
    known = [group for group in months if group.value and any(share.counted for share in group.shares)]
    if len(known) > 1:
        lines = [
            Line(label, [(float(i), group.shares[place].best or 0.0) for i, group in enumerate(known)], is_marked=True)
            for place, label in enumerate(map(on_one_line, summary.labels))
        ]
        x = Axis("month", 0, len(known) - 1, names=tuple(group.value for group in known))
        yield Chart("by_month", line_chart(lines, x, Axis("share")))
