"""Suites of behaviour: cases that a classifier of opinion should get right, written by hand and never trained on."""

from sentiment.data.behaviour.suite import Case, Expectation, Suite, load_suite, suite_for, suite_names, suite_texts

__all__ = ["Case", "Expectation", "Suite", "load_suite", "suite_for", "suite_names", "suite_texts"]
