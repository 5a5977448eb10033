"""Labelled texts from named data sets, files and the hub, split without a text in two parts."""

from sentiment.data.loading import Splits, load_rows, load_splits
from sentiment.data.rows import LabelledTexts, RowCounts, label_names, rows_also_in
from sentiment.data.sources import SourceInfo, download_source, source_info, source_names
from sentiment.data.splitting import RowSplit, split_rows

__all__ = [
    "LabelledTexts",
    "RowCounts",
    "RowSplit",
    "SourceInfo",
    "Splits",
    "download_source",
    "label_names",
    "load_rows",
    "load_splits",
    "rows_also_in",
    "source_info",
    "source_names",
    "split_rows",
]
