"""The report of a comparison."""

from collections.abc import Sequence

from sentiment.evaluation.conclusions import conclusions
from sentiment.evaluation.reports.evaluation import MOST_CHARACTERS
from sentiment.evaluation.reports.rendering import render
from sentiment.evaluation.reports.repeating import repeat_facts
from sentiment.evaluation.systems import Comparison
from sentiment.wording import on_one_line


def comparison_html(comparison: Comparison, command: Sequence[str], models_sha256: str) -> str:
    """Return the report of a comparison as one HTML page.

    Args:
        comparison: of models.
        command: that made it.
        models_sha256: the fingerprints of the models.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    return render(
        "comparison.html",
        {
            "title": comparison.data,
            "comparison": comparison,
            "conclusions": conclusions(comparison),
            "disagreements": [
                {"text": on_one_line(one.text, MOST_CHARACTERS), "truth": one.truth, "predicted": one.predicted}
                for one in comparison.disagreements
            ],
            "repeat": repeat_facts(command, models_sha256),
        },
    )
