"""Check labelled rows before they are trained on: faults of rows, labels, and of the split into train and test."""

from sentiment.evaluation.data_check.findings import (
    LEVELS,
    DataCheck,
    Example,
    Finding,
    Level,
    PartSummary,
    Suspect,
    Unchecked,
)
from sentiment.evaluation.data_check.reading import load_parts
from sentiment.evaluation.data_check.run import CHECKS, check_data

__all__ = [
    "CHECKS",
    "LEVELS",
    "DataCheck",
    "Example",
    "Finding",
    "Level",
    "PartSummary",
    "Suspect",
    "Unchecked",
    "check_data",
    "load_parts",
]
