"""What a table of predictions says as a whole: totals, groups, and rows for a person to look at."""

from sentiment.evaluation.answered.known_errors import KnownErrors
from sentiment.evaluation.answered.reading import AnsweredTable
from sentiment.evaluation.answered.review import write_review
from sentiment.evaluation.answered.summary import AnsweredBy, Group, PredictionSummary, ReviewRow, summarize

__all__ = [
    "AnsweredBy",
    "AnsweredTable",
    "Group",
    "KnownErrors",
    "PredictionSummary",
    "ReviewRow",
    "summarize",
    "write_review",
]
