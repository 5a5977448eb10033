"""The formats of files with rows, as keys and options name them."""

from typing import Literal

FileFormat = Literal["csv", "tsv", "jsonl", "lines", "parquet", "xlsx"]
