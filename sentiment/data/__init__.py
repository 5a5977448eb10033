"""Labelled texts from named data sets, files and the hub, split without a text in two parts."""

from sentiment.data.loading import Splits, load_rows, load_splits
from sentiment.data.rows import LabelledTexts, RowCounts, label_names, rows_also_in, sorted_labels
from sentiment.data.sources import SourceInfo, download_source, source_info, source_names
from sentiment.data.splitting import RowSplit, split_rows
from sentiment.data.statistics import RowStatistics, describe

__all__ = [
    "LabelledTexts",
    "RowCounts",
    "RowSplit",
    "RowStatistics",
    "SourceInfo",
    "Splits",
    "describe",
    "download_source",
    "label_names",
    "load_rows",
    "load_splits",
    "rows_also_in",
    "sorted_labels",
    "source_info",
    "source_names",
    "split_rows",
]
