"""Predict whole tables: flat memory, no row lost, resumable at any point."""

from sentiment.bulk.answers import DEFAULT_PREFIX, AnswerColumns
from sentiment.bulk.counts import Counts
from sentiment.bulk.progress import Progress, Report
from sentiment.bulk.request import BulkRequest
from sentiment.bulk.run import predict_table
from sentiment.bulk.tables import check_scripts

__all__ = [
    "DEFAULT_PREFIX",
    "AnswerColumns",
    "BulkRequest",
    "Counts",
    "Progress",
    "Report",
    "check_scripts",
    "predict_table",
]
