"""Predict whole tables: flat memory, no row lost, resumable at any point."""

from sentiment.bulk.counts import Counts
from sentiment.bulk.progress import Progress, Report
from sentiment.bulk.request import DEFAULT_PREFIX, BulkRequest
from sentiment.bulk.run import predict_table

__all__ = ["DEFAULT_PREFIX", "BulkRequest", "Counts", "Progress", "Report", "predict_table"]
