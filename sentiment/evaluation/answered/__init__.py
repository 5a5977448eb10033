"""What a table of predictions says as a whole: totals, groups, and rows for a person to look at."""

from sentiment.evaluation.answered.reading import AnsweredTable
from sentiment.evaluation.answered.review import check_review_path, write_review
from sentiment.evaluation.answered.summary import Group, PredictionSummary, ReviewRow, summarize

__all__ = [
    "AnsweredTable",
    "Group",
    "PredictionSummary",
    "ReviewRow",
    "check_review_path",
    "summarize",
    "write_review",
]
