"""Suites of behaviour: those that ship, the format that anyone can write, and that nothing is trained on them."""

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from sentiment.config import DataConfig
from sentiment.data import load_pretraining_texts, load_rows
from sentiment.data.behaviour import Expectation, load_suite, suite_for, suite_names, suite_texts
from sentiment.errors import DataError
from sentiment.text.scripts import unread_script

LABELS = "labels: {negative: [bad], positive: [good]}\n"
FEWEST = {"korean": 400, "english": 150}


def silent(_line: str) -> None:
    pass


def write(folder: Path, content: str) -> str:
    path = folder / "suite.yaml"
    path.write_text(content, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", suite_names())
def test_a_shipped_suite_is_large_balanced_and_without_repetition(name: str) -> None:
    suite = load_suite(name)
    assert len(suite.cases) >= FEWEST[name]
    assert all(suite.kinds.values())
    assert {case.test for case in suite.cases} == {*Expectation}
    expected = [case for case in suite.cases if case.test is Expectation.EXPECTED]
    assert len({case.texts for case in expected}) == len(expected)
    assert not [label for label, n in Counter(case.label for case in expected).items() if n < 16]
    assert not [case for case in suite.cases if len({*case.texts}) < len(case.texts)]
    written = [text for case in suite.cases for text in case.texts if re.search(r"\w", text)]
    assert unread_script(written, {suite.language}) is None
    assert suite_for([suite.language]) == suite


def test_a_suite_is_read_case_by_case(tmp_path: Path) -> None:
    content = (
        f"{LABELS}kinds:\n  k:\n    about: it\n    expected: {{positive: [a, b]}}\n"
        "    same: [[a, b, c]]\n    towards: {negative: [[a, c]]}\n"
    )
    suite = load_suite(write(tmp_path, content))
    assert [(case.test, case.texts, case.label) for case in suite.cases] == [
        (Expectation.EXPECTED, ("a",), "positive"),
        (Expectation.EXPECTED, ("b",), "positive"),
        (Expectation.SAME, ("a", "b"), None),
        (Expectation.SAME, ("a", "c"), None),
        (Expectation.TOWARDS, ("a", "c"), "negative"),
    ]
    assert (suite.kinds, suite.language) == ({"k": "it"}, "")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "is empty; see docs/behaviour.md"),
        ("- a", "1: Input should be a valid dictionary or instance of _File"),
        (f"{LABELS}kinds: {{}}", "2: kinds: Dictionary should have at least 1 item"),
        (f"{LABELS}kinds:\n  k:\n    expect: {{}}", "4: kinds.k.expect: Extra inputs are not permitted"),
        (f"{LABELS}kinds:\n  k:\n    same:\n      - [a]", "5: kinds.k.same.0: List should have at least 2 items"),
        (
            f"{LABELS}kinds:\n  k:\n    expected:\n      positive: [5]",
            "5: kinds.k.expected.positive.0: Input should be",
        ),
        (f"{LABELS}kinds:\n  k:\n    expected:\n      positive: ['']", "5: kinds.k.expected.positive.0: String should"),
        (
            f"{LABELS}kinds:\n  k:\n    towards:\n      positive: [[a]]",
            "5: kinds.k.towards.positive.0.1: Field required",
        ),
        (
            f"{LABELS}kinds:\n  k:\n    expected: {{good: [a]}}",
            "kinds.k: 'good' is not among its labels, negative, pos",
        ),
        (f"{LABELS}kinds:\n  k: {{about: x}}", "contains no cases"),
        ("labels: {a: [a]}\nkinds: {}", "1: labels: Dictionary should have at least 2 items"),
        (f"{LABELS}kinds: [", "while parsing"),
        (f"{LABELS}kinds: !!python/object x", "2: tags such as"),
    ],
)
def test_a_fault_is_one_line_with_its_place(tmp_path: Path, content: str, fault: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(DataError) as caught:
        load_suite(path)
    assert str(caught.value).startswith(path)
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("korea", "korea: no such suite or file; did you mean korean?"),
        ("x/y.yaml", "x/y.yaml: no such suite or file; the suites are english, korean"),
        (".", ".: cannot be read"),
    ],
)
def test_what_is_no_suite_is_refused(name: str, fault: str) -> None:
    with pytest.raises(DataError, match=re.escape(fault)):
        load_suite(name)


def test_a_pretraining_leaves_the_cases_out(data: Path) -> None:
    own = data / "own.csv"
    case = suite_texts()[0]
    own.write_text(f"text\n{case}\n아주 다른 글\n  {case.replace(' ', '  ')}\n", encoding="utf-8")
    texts = load_pretraining_texts([str(own)], DataConfig(), silent)
    assert texts.texts == ["아주 다른 글"]
    assert texts.num_reserved == {str(own): 2}


@pytest.mark.skipif("SENTIMENT_DATA" not in os.environ, reason="SENTIMENT_DATA names no folder with NSMC in it")
def test_no_case_is_a_training_row_of_the_film_model() -> None:
    texts = {text.strip() for text in load_rows("nsmc", split="train", notify=silent).texts}
    assert len(texts) > 140_000
    assert not texts & {*suite_texts()}
