"""The formats of table files, with their names in keys and options."""

from typing import Literal

FileFormat = Literal["csv", "tsv", "jsonl", "lines", "parquet", "xlsx"]
