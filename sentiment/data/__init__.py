"""Labelled texts from named data sets, files and the hub, split so that no text is in two parts."""

from sentiment.data.given import GIVEN, given_rows
from sentiment.data.known_labels import known_spelling, renamed_note, spelled_like
from sentiment.data.labels import normal_label
from sentiment.data.loading import (
    Splits,
    UndividedRows,
    load_rows,
    load_splits,
    load_undivided,
    options_of,
)
from sentiment.data.opening import is_file_name, is_on_this_machine, require_source
from sentiment.data.pretraining_texts import ABSENT, PretrainingTexts, load_pretraining_texts, texts_apart_from
from sentiment.data.review_sheet import LEAST_CERTAIN, MIN_DRAWN, RANDOM, ReviewSheet, drawn_rows
from sentiment.data.rows import LabelledTexts, RowCounts, grouping_key, label_names, rows_also_in, sorted_labels
from sentiment.data.sources import SourceInfo, data_folder, download_source, source_info, source_names
from sentiment.data.splitting import RowSplit, classes_too_small, count_texts, split_rows
from sentiment.data.statistics import RowStatistics, describe
from sentiment.data.tables import SAMPLED_COLUMN
from sentiment.data.teacher import TeacherAnswers, file_sha256, read_teacher
from sentiment.data.undivided import sha256_before_division, sha256_in_any_order

__all__ = [
    "ABSENT",
    "GIVEN",
    "LEAST_CERTAIN",
    "MIN_DRAWN",
    "RANDOM",
    "SAMPLED_COLUMN",
    "LabelledTexts",
    "PretrainingTexts",
    "ReviewSheet",
    "RowCounts",
    "RowSplit",
    "RowStatistics",
    "SourceInfo",
    "Splits",
    "TeacherAnswers",
    "UndividedRows",
    "classes_too_small",
    "count_texts",
    "data_folder",
    "describe",
    "download_source",
    "drawn_rows",
    "file_sha256",
    "given_rows",
    "grouping_key",
    "is_file_name",
    "is_on_this_machine",
    "known_spelling",
    "label_names",
    "load_pretraining_texts",
    "load_rows",
    "load_splits",
    "load_undivided",
    "normal_label",
    "options_of",
    "read_teacher",
    "renamed_note",
    "require_source",
    "rows_also_in",
    "sha256_before_division",
    "sha256_in_any_order",
    "sorted_labels",
    "source_info",
    "source_names",
    "spelled_like",
    "split_rows",
    "texts_apart_from",
]
