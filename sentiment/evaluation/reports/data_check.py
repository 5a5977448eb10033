"""The report of a data check."""

from collections.abc import Sequence

from sentiment.evaluation.data_check import LEVELS, DataCheck, PartSummary
from sentiment.evaluation.reports.rendering import render
from sentiment.evaluation.reports.repeating import repeat_facts
from sentiment.wording import on_one_line

_LABELS_SHOWN = 10
_SUSPECTS_SHOWN = 30


def data_check_html(check: DataCheck, command: Sequence[str]) -> str:
    """Return the report of a data check as one HTML page.

    Args:
        check: its result.
        command: that made it.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    found = {finding.check for finding in check.found}
    return render(
        "data_check.html",
        {
            "title": check.parts[0].name,
            "check": check,
            "levels": {level: sum(one.level == level for one in check.found) for level in LEVELS},
            "parts": [_shown(part) for part in check.parts],
            "explained": [finding for finding in check.found if finding.check != "label_errors"],
            "suspects": check.suspects[:_SUSPECTS_SHOWN],
            "clean": dict.fromkeys(one.check for one in check.findings if one.check not in found),
            "repeat": {**repeat_facts(command), "data_sha256": ", ".join(part.sha256 for part in check.parts)},
        },
    )


def _shown(part: PartSummary) -> dict[str, str | int]:
    labels = [f"{on_one_line(label)}: {rows:,}" for label, rows in part.rows_per_label.items()]
    more = [f"… {len(labels) - _LABELS_SHOWN:,}"] if len(labels) > _LABELS_SHOWN else []
    return {
        "name": on_one_line(part.name),
        "used": part.counts.used,
        "labels": ", ".join(labels[:_LABELS_SHOWN] + more),
        "median": part.characters["median"],
        "most": part.characters["most"],
    }
