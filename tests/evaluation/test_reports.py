"""Reports: one file that asks nothing of the network, with the figures that the command prints."""

import csv
import json
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sentiment.evaluation.reports.charts import Axis, Line, bar_chart, line_chart, thinned
from sentiment.evaluation.reports.wording import _TEXTS
from tests.conftest import write_tiny_model

Run = Callable[..., Any]
HOSTILE = "<script>alert('최고')</script> & \u202e"
VOID = {"meta", "br", "line", "rect", "circle", "polyline"}


class Page(HTMLParser):
    """Checks that every element is closed, and collects the texts and what would be loaded."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.texts: list[str] = []
        self.scripts = 0
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.loaded += [str(value) for name, value in attrs if name in {"src", "href", "srcset", "action", "data"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loaded += [str(value) for name, value in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page_of(path: Path) -> Page:
    html = path.read_text(encoding="utf-8")
    assert "{{" not in html
    assert "url(" not in html
    assert "@import" not in html
    page = Page(html)
    assert page.loaded == []
    assert page.scripts == 1
    return page


@pytest.mark.parametrize("num_classes", [2, 3])
def test_an_evaluation(train: Callable[..., Any], run_command: Run, tmp_path: Path, num_classes: int) -> None:
    products = ("A", HOSTILE)
    words = {"negative": "최악 실망", "positive": "최고 감동", "neutral": "보통 그냥"}
    labels = list(words)[:num_classes]
    trained = train(rows=[(f"{words[label]} {i}", label) for label in labels for i in range(30)])
    data, report, errors = tmp_path / "mine.csv", tmp_path / "report.html", tmp_path / "errors.csv"
    with data.open("w", encoding="utf-8", newline="") as file:
        rows = [
            (f"{words[label]} {i}", label, f"{products[i % 2]}{' ' * (i % 3)}", i % 4)
            for label in labels
            for i in range(40)
        ]
        csv.writer(file).writerows([("text", "label", "product", "tokens"), *rows])
    command = (
        "eval",
        "--model",
        str(trained.model),
        "--data",
        str(data),
        "--by",
        "product",
        "--by",
        "tokens",
        "--json",
    )
    outcome = run_command(*command, "--report", str(report), "--errors", str(errors))
    assert outcome.exit_code == 0, outcome.stderr
    found = json.loads(outcome.stdout)
    page = page_of(report)
    text = " ".join(page.texts)
    assert f"{100 * found['accuracy']:.2f} %" in text
    assert found["data"]["sha256"] in text
    for counts in found["confusion_matrix"]:
        assert all(f"{count:,}" in page.texts for count in counts)
    for column in ("tokens", "product"):
        assert all(f"{100 * one['accuracy']:.1f} %" in page.texts for one in found["slices"][column])
    assert [(one["value"], one["n"]) for one in found["slices"]["product"]] == [
        (name, 20 * num_classes) for name in sorted(products)
    ]
    assert [(one["value"], one["n"]) for one in found["slices"]["column tokens"]] == [
        (str(value), 10 * num_classes) for value in range(4)
    ]
    assert "정확도" in text
    assert "alert" in text, "a text is shown, and not run"
    assert sum(bool(re.search(r"\([+-]0\.\d\d\)", shown)) for shown in page.texts) > 5, "words that mattered"
    assert errors.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel knows UTF-8 by it"
    with errors.open(encoding="utf-8-sig", newline="") as file:
        wrong = list(csv.DictReader(file))
    assert len(wrong) == found["n"] - round(found["accuracy"] * found["n"])
    assert all(row["label"] != row["predicted"] for row in wrong)
    probabilities = [float(row["probability"]) for row in wrong]
    assert probabilities == sorted(probabilities, reverse=True)
    shown = run_command(*command[:-1], "--no-baseline").stdout
    assert re.search(r"(?m)^A +\d+ +\d+\.\d\d +", shown)
    lines = run_command(*command, "--errors", str(errors.with_suffix(".jsonl")))
    assert lines.exit_code == 0
    written = errors.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["text"] for line in written] == [row["text"] for row in wrong]


def test_a_prediction(run_command: Run, tmp_path: Path) -> None:
    metrics = {"data": {}, "validation": {"confusion_matrix": [[180, 20], [30, 170]]}}
    model = write_tiny_model(tmp_path / "tiny", metrics=metrics)
    data, report = tmp_path / "reviews.csv", tmp_path / "report.html"
    lines = [
        f"{HOSTILE if i == 3 else 'good film'} {i},{'<b>' if i % 2 else 'B'},2024-0{1 + i % 3}-05" for i in range(90)
    ]
    data.write_text("\n".join(["text,product,date", *lines]), encoding="utf-8")
    command = ("predict", "--model", str(model), "--file", str(data), "--by", "product")
    found = json.loads(run_command(*command, "--summary", "--report", str(report)).stdout)
    page = page_of(report)
    for share in found["shares"]:
        assert f"{100 * share['corrected']:.1f} %" in page.texts
        assert f"{share['counted']:,}" in page.texts
    assert {"<b>", "2024-01", "2024-03"} <= {text.strip() for text in page.texts}
    silent = run_command(*command, "--report", str(report))
    assert (silent.exit_code, silent.stdout) == (0, "")


def test_a_comparison(train: Callable[..., Any], run_command: Run, tmp_path: Path) -> None:
    one, other, report = train(), train(out="other", swapped=True), tmp_path / "report.html"
    found = json.loads(
        run_command("compare", str(one.model), str(other.model), "--report", str(report), "--json").stdout
    )
    text = " ".join(page_of(report).texts)
    assert found["conclusions"][0] in text
    assert f"{100 * found['systems'][0]['accuracy']:.2f} %" in text


@pytest.mark.parametrize(
    ("option", "name"), [("--report", "r.pdf"), ("--report", "no/r.html"), ("--errors", "e.xlsx"), ("--errors", ".")]
)
def test_what_cannot_be_written_is_refused_first(trained: Any, run_command: Run, option: str, name: str) -> None:
    outcome = run_command("eval", "--model", str(trained.model), option, name)
    assert (outcome.exit_code, outcome.stdout) == (7, "")


def test_without_jinja2(trained: Any, run_command: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from sentiment.evaluation.reports import rendering

    rendering._environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    outcome = run_command("eval", "--model", str(trained.model), "--report", str(tmp_path / "r.html"))
    assert outcome.exit_code == 8
    assert "jinja2 is not installed" in outcome.stderr


def test_both_languages_say_the_same_values() -> None:
    for english, korean in _TEXTS.values():
        assert set(re.findall(r"{(\w+)", english)) == set(re.findall(r"{(\w+)", korean))


def test_charts() -> None:
    svg = line_chart([Line("a<b", [(0, 0), (1, 1)], is_marked=True)], Axis("recall"), Axis("precision"))
    assert svg.count("<circle") == 2
    assert "a&lt;b" in svg
    # The lower left and the upper right of the frame.
    assert 'points="46.0,218.0 350.0,12.0"' in svg
    bars = bar_chart([(0.0, 0.5, 1.0)], Axis("confidence"), Axis("share"))
    assert 'x="46.5" y="12.0" width="151.0" height="206.0"' in bars
    many = [(float(i), 0.0) for i in range(10_000)]
    assert len(thinned(many)) == 200
    assert (thinned(many)[0], thinned(many)[-1]) == (many[0], many[-1])
