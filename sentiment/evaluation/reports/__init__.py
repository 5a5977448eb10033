"""Reports as one HTML file each, for people who would rather look than read."""

from sentiment.evaluation.reports.comparison import comparison_html
from sentiment.evaluation.reports.data_check import data_check_html
from sentiment.evaluation.reports.evaluation import evaluation_html
from sentiment.evaluation.reports.prediction import prediction_html
from sentiment.evaluation.reports.rendering import check_report_path

__all__ = [
    "check_report_path",
    "comparison_html",
    "data_check_html",
    "evaluation_html",
    "prediction_html",
]
