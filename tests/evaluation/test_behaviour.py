"""What a model does with the cases of a suite: judged, counted by kind, and printed beside the baselines."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment.data.behaviour import Case, Expectation, Suite
from sentiment.errors import DataError
from sentiment.evaluation.behaviour import LabelMap, check_behaviour, judge
from sentiment.metrics import accuracy_interval

Run = Callable[..., Any]
SPELLINGS = {
    "negative": ["negative", "부정", "0"],
    "neutral": ["neutral", "중립"],
    "positive": ["positive", "긍정", "1"],
}

SUITE = """
labels: {negative: [negative], neutral: [neutral], positive: [positive]}
kinds:
  praise:
    expected: {positive: [영화 최고, 배우 최고], neutral: [영화입니다]}
  names:
    same: [[영화 최악, 배우 최악, 음악 최악]]
  degree:
    towards: {negative: [[영화 최고, 영화 최악]]}
"""


def map_of(labels: Sequence[str], spellings: Mapping[str, Sequence[str]] = SPELLINGS) -> LabelMap:
    return LabelMap.of(Suite("s", "", "", spellings, {}, ()), tuple(labels))


@pytest.mark.parametrize(
    ("labels", "columns", "missing"),
    [
        (["negative", "positive"], {"negative": 0, "positive": 1}, ("neutral",)),
        (["긍정", "중립", "부정"], {"negative": 2, "neutral": 1, "positive": 0}, ()),
        (["Positive", "NEGATIVE", "other"], {"negative": 1, "positive": 0}, ("neutral",)),
        (["0", "1"], {"negative": 0, "positive": 1}, ("neutral",)),
    ],
)
def test_labels_are_matched_by_their_spellings(
    labels: Sequence[str], columns: dict[str, int], missing: tuple[str, ...]
) -> None:
    known = map_of(labels)
    assert (known.columns, known.missing) == (columns, missing)


@pytest.mark.parametrize("labels", [["0", "1", "2"], ["sports", "politics"], ["negative", "other"]])
def test_a_model_without_the_labels_is_refused(labels: Sequence[str]) -> None:
    with pytest.raises(DataError, match="needs two of the labels negative, neutral, positive"):
        map_of(labels)


@pytest.mark.parametrize(
    ("test", "label", "rows", "passed"),
    [
        (Expectation.EXPECTED, "positive", [[0.4, 0.6]], True),
        (Expectation.EXPECTED, "positive", [[0.6, 0.4]], False),
        (Expectation.EXPECTED, "positive", [[np.nan, np.nan]], False),
        (Expectation.SAME, None, [[0.9, 0.1], [0.6, 0.4]], True),
        (Expectation.SAME, None, [[0.6, 0.4], [0.4, 0.6]], False),
        (Expectation.SAME, None, [[np.nan, np.nan], [np.nan, np.nan]], False),
        (Expectation.TOWARDS, "positive", [[0.9, 0.1], [0.8, 0.2]], True),
        (Expectation.TOWARDS, "positive", [[0.2, 0.8], [0.3, 0.7]], False),
        (Expectation.TOWARDS, "positive", [[0.5, 0.5], [0.5, 0.5]], False),
        (Expectation.TOWARDS, "positive", [[0.05, 0.95], [0.06, 0.94]], True),  # no room to rise
        (Expectation.TOWARDS, "positive", [[0.05, 0.95], [0.2, 0.8]], False),
        (Expectation.TOWARDS, "negative", [[0.1, 0.9], [np.nan, np.nan]], False),
    ],
)
def test_a_case_is_judged_by_its_kind_of_test(
    test: Expectation, label: str | None, rows: Sequence[Sequence[float]], passed: bool
) -> None:
    case = Case("k", test, tuple("ab"[: len(rows)]), label)
    probabilities = {text: np.array(row, dtype=np.float32) for text, row in zip(case.texts, rows, strict=True)}
    (outcome,) = judge([case], map_of(["negative", "positive"]), probabilities)
    assert outcome.passed is passed
    assert [told is None for told in outcome.predicted] == [np.isnan(row[0]) for row in rows]
    assert json.dumps(outcome.probabilities, allow_nan=False)


def test_a_case_that_expects_a_label_the_model_lacks_is_not_judged() -> None:
    case = Case("k", Expectation.EXPECTED, ("a",), "neutral")
    assert judge([case], map_of(["negative", "positive"]), {"a": np.array([0.5, 0.5], dtype=np.float32)}) == []


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(SUITE, encoding="utf-8")
    return path


def test_the_report_counts_by_kind_beside_the_baselines(trained: Any, suite: Path) -> None:
    report = check_behaviour(trained.model, str(suite), notify=lambda _: None)
    assert [(kind, result.n, result.skipped) for kind, result in report.kinds.items()] == [
        ("praise", 2, 1),
        ("names", 2, 0),
        ("degree", 1, 0),
    ]
    assert (report.overall.n, report.overall.skipped, report.missing_labels) == (5, 1, ("neutral",))
    assert report.overall.passed == sum(outcome.passed for outcome in report.outcomes)
    assert report.overall.interval == accuracy_interval(report.overall.passed, 5)
    linear = {kind: result.baselines["character n-gram linear"] for kind, result in report.kinds.items()}
    assert (linear["praise"], linear["degree"]) == (2, 1)  # it has learned these words
    majority = {kind: result.baselines["majority class"] for kind, result in report.kinds.items()}
    assert majority == {"praise": 2, "names": 2, "degree": 0}  # most training rows are positive


def test_json_holds_every_outcome(trained: Any, suite: Path, run_command: Run) -> None:
    ended = run_command("eval", "--model", str(trained.model), "--behaviour", str(suite), "--json", "--no-baseline")
    report = json.loads(ended.stdout)
    assert ended.exit_code == 0
    assert [outcome["case"]["texts"] for outcome in report["outcomes"]][-1] == ["영화 최고", "영화 최악"]
    assert report["kinds"]["praise"]["baselines"] == {}
    assert report["labels"] == {"negative": "negative", "positive": "positive"}


def test_the_table_says_what_is_skipped_and_what_fails(trained: Any, suite: Path, run_command: Run) -> None:
    lines = run_command("eval", "--model", str(trained.model), "--behaviour", str(suite)).stdout.splitlines()
    assert lines[0] == f"suite {suite}: 5 cases; labels: negative, positive"
    header, *rows = (line.split("  ") for line in lines[2:10])
    assert header[0] == "kind"
    assert [row[0] for row in rows] == [
        *("praise", "names", "degree"),
        *("= minimum functionality", "= invariance", "= direction", "= all"),
    ]
    assert "Skipped: 1 cases that expect neutral, which the model does not have." in lines


@pytest.mark.parametrize("words", [["--behaviour"], ["--behaviour", "--json"], ["--behaviour", "korean"]])
def test_without_a_suite_it_is_the_one_in_the_language_of_the_model(
    trained: Any, run_command: Run, words: Sequence[str]
) -> None:
    ended = run_command("eval", "--model", str(trained.model), "--no-baseline", *words)
    assert ended.exit_code == 0
    assert '"suite": "korean"' in ended.stdout or "suite korean: 434 cases" in ended.stdout


def test_a_model_of_latin_letters_gets_the_english_suite(write_model: Callable[..., Path], tmp_path: Path) -> None:
    model = write_model(tmp_path / "latin", texts=("good film", "bad film"))
    report = check_behaviour(model, with_baselines=False, notify=lambda _: None)
    assert (report.suite, report.missing_labels, report.reasons) == ("english", ("neutral",), {})
    assert report.kinds["neutral_facts"].interval is None


def test_options_for_rows_have_no_effect_on_behaviour(trained: Any, run_command: Run) -> None:
    ended = run_command("eval", "--model", str(trained.model), "--behaviour", "--data", "sample")
    assert ended.exit_code == 2
    fault = "Invalid value for --data: has no effect with --behaviour; remove it"
    assert ended.stderr.splitlines()[-1] == f"error: {fault}; see sentiment eval --help"


def test_without_training_rows_the_baselines_say_why(trained: Any, suite: Path, run_command: Run) -> None:
    trained.data.unlink()
    ended = run_command("eval", "--model", str(trained.model), "--behaviour", str(suite))
    assert ended.exit_code == 0
    assert "No majority class: the model's training rows are not available: " in ended.stdout


def test_every_shipped_model_has_a_table_in_the_docs() -> None:
    from sentiment.data.behaviour import load_suite
    from sentiment.model_dir import DEFAULT_CLASSIFIER, FILM_CLASSIFIER

    lines = (Path(__file__).parents[2] / "docs" / "behaviour.md").read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| kind |"))
    assert FILM_CLASSIFIER in lines[start]
    assert DEFAULT_CLASSIFIER in lines[start]
    rows = [line.split("|")[1:3] for line in lines[start : lines.index("", start)] if line.startswith("| `")]
    counts = Counter(case.kind for case in load_suite("korean").cases)
    assert [(name.strip(" `"), int(number)) for name, number in rows] == list(counts.items())
