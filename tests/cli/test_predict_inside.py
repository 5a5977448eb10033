"""`predict --trace`, `--explain` and `--gates`: for people, for programs, as pictures."""

import csv
import io
import json
import os
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from sentiment import Classifier
from tests.cli.conftest import run_on_terminal, without_colour

Run = Callable[..., Any]

MODEL = Path(__file__).parents[1] / "formats" / "classifier-2"
TEXT = "배우들 연기는 좋았다 하지만 스토리가 너무 지루하고 결말이 허무해서 돈이 아까웠다"
HOSTILE = "좋은 \x1b[31m영화\x1b]0;title\x07 <script>alert(1)</script> \u202e뒤집힌 \ufffe&amp;"


@pytest.fixture(autouse=True)
def _model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTIMENT_MODEL", str(MODEL))


def terminal(**variables: str) -> dict[str, str]:
    return os.environ | {"TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path)} | variables


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load(MODEL, threads=1)


@pytest.mark.parametrize("view", ["trace", "explain", "gates"])
def test_json_is_what_the_library_returns(run_command: Run, classifier: Classifier, view: str) -> None:
    lines = run_command("predict", f"--{view}", "--json", TEXT, "").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [getattr(classifier, view)(text).to_dict() for text in (TEXT, "")]


def test_programs_get_a_row_for_each_word_of_each_text(run_command: Run, classifier: Classifier) -> None:
    stdin = f"{TEXT}\n\n최고 영화\n".encode()
    rows = [line.split("\t") for line in run_command("predict", "--explain", stdin=stdin).stdout.splitlines()]
    label, other = (str(one.label) for one in classifier.predict([TEXT, "최고 영화"]))
    words = classifier.explain(TEXT).words
    shares = [[f"{word.share:+.4f}", f"{word.without:.4f}"] for word in words]
    assert rows[: len(words)] == [["1", label, word.text, *row] for word, row in zip(words, shares, strict=True)]
    assert [row[:3] for row in rows[len(words) :]] == [["3", other, "최고"], ["3", other, "영화"]]

    rows = [line.split("\t") for line in run_command("predict", "--trace", stdin=stdin).stdout.splitlines()]
    (whole,) = classifier.predict([TEXT])
    assert rows[len(words)] == ["1", label, "", *(f"{value:.4f}" for value in (whole.probabilities or {}).values())]

    rows = [line.split("\t") for line in run_command("predict", "--gates", "최고").stdout.splitlines()]
    cell = classifier.gates("최고").cells[0]
    assert rows[0][:3] == ["1", "1", "forward"]
    assert float(rows[0][4]) == pytest.approx(cell.values["input"][0].mean(), abs=1e-3)


@pytest.mark.parametrize(("view", "columns"), [("trace", 80), ("explain", 20), ("explain", 120)])
def test_words_stand_over_their_numbers_at_any_width(view: str, columns: int) -> None:
    shown, exit_code = run_on_terminal(["predict", f"--{view}", TEXT], terminal(COLUMNS=str(columns)))
    assert exit_code == 0
    assert re.search(r"\x1b\[[\d;]*48;", shown)
    lines = without_colour(shown).splitlines()[2:]
    assert all(cell_len(line) <= columns for line in lines)
    note = next(number for number, line in enumerate(lines) if line.startswith(("What", "Probability")))
    words = " ".join(lines[:note:2]).split()
    numbers = " ".join(lines[1:note:2]).split()
    assert words == TEXT.split()
    assert len(numbers) == len(words)


def test_nothing_in_a_text_paints_the_terminal() -> None:
    for view in ("explain", "gates"):
        shown, exit_code = run_on_terminal(["predict", f"--{view}", HOSTILE], terminal(NO_COLOR="1"))
        assert exit_code == 0
        assert without_colour(shown).replace("\r\n", "").replace("\ufffe", "").isprintable()
        assert not re.search(r"\x1b\[[\d;]*[34]8;", shown)
        assert "\x1b[31m" not in shown


class _Loads(HTMLParser):
    """Collects what a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "link", "img", "iframe", "image", "object"}:
            self.loads.append(tag)
        self.loads += [name for name, _ in attrs if name.startswith("on") or name in {"src", "href", "xlink:href"}]


@pytest.mark.parametrize("text", [TEXT, HOSTILE, "", f"{TEXT} " * 40], ids=["usual", "hostile", "empty", "long"])
@pytest.mark.parametrize("view", ["trace", "explain", "gates"])
def test_pictures_are_small_and_load_nothing(classifier: Classifier, view: str, text: str) -> None:
    result = getattr(classifier, view)(text)
    svg, html = result.to_svg(), result.to_html()
    assert max(len(svg.encode()), len(html.encode())) < 200_000
    root = ET.fromstring(svg)
    width = float(root.attrib["viewBox"].split()[2])
    rectangles = [(float(each.get("x", 0)), float(each.get("width", 0))) for each in root.iterfind(".//{*}rect")]
    assert all(x >= 0 and x + wide <= width for x, wide in rectangles)
    parser = _Loads()
    parser.feed(html)
    assert parser.loads == []
    assert "url(" not in html
    assert re.findall(r"https?://[^\"]*", html) == ["http://www.w3.org/2000/svg"]
    assert all(character.isprintable() or character == "\n" for character in html)
    assert result._repr_html_() in html


def test_tokens_above_the_gates_of_a_long_text_can_be_read(classifier: Classifier) -> None:
    seen = classifier.gates(f"{TEXT} " * 3)
    assert len(seen.tokens) > 48
    long = replace(seen, tokens=tuple(replace(token, text="▁재밌었는데") for token in seen.tokens))
    lines: dict[str, list[float]] = {}
    for label in ET.fromstring(long.to_svg()).iterfind(".//{*}text"):
        if label.text == "재밌었는데":
            assert float(label.attrib["font-size"]) >= 11
            lines.setdefault(label.attrib["y"], []).append(float(label.attrib["x"]))
    assert sum(map(len, lines.values())) == 48 * len(seen.cells)
    assert all(right - left > 15 for places in lines.values() for left, right in pairwise(places))


def test_a_picture_is_written_whole_and_replaces_a_file_only_if_asked(run_command: Run, tmp_path: Path) -> None:
    svg, page = tmp_path / "gates.svg", tmp_path / "gates.html"
    first = run_command("predict", "--gates", TEXT, "--svg", str(svg), "--html", str(page))
    assert first.exit_code == 0
    assert f"wrote {svg}\nwrote {page}\n" in first.stderr
    assert svg.read_text(encoding="utf-8") in page.read_text(encoding="utf-8")
    refused = run_command("predict", "--trace", TEXT, "--svg", str(svg))
    assert (refused.exit_code, refused.stderr) == (
        7,
        f"error: {svg}: already exists; choose another file, or replace it with --force\n",
    )
    assert run_command("predict", "--trace", TEXT, "--svg", str(svg), "--force").exit_code == 0
    assert "<polyline" in svg.read_text(encoding="utf-8")
    refused = run_command("predict", "--trace", TEXT, "--svg", str(tmp_path / "no" / "such.svg"))
    assert (refused.exit_code, "is not a folder" in refused.stderr) == (7, True)


def test_a_table_gets_a_column_of_reasons(run_command: Run, tmp_path: Path) -> None:
    table = tmp_path / "reviews.csv"
    table.write_text(f"text\n{TEXT}\n최고 영화\n", encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(run_command("predict", "--file", str(table), "--explain").stdout)))
    assert list(rows[0]) == ["text", "predicted_label", "predicted_probability", "predicted_because"]
    assert all(re.fullmatch(r"\S+ \([+-]0\.\d\d\)(; \S+ \([+-]0\.\d\d\))*", row["predicted_because"]) for row in rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--trace", "--gates", "a"], "--gates: cannot be combined with --trace"),
        (["--trace", "--file", "reviews.csv"], "--trace: cannot be combined with --file; pass TEXT"),
        (["--svg", "x.svg", "a"], "--svg: needs --trace, --explain or --gates"),
        (["--trace", "--svg", "x.svg", "a", "b"], "--svg: needs exactly one TEXT"),
        (["--explain", "--html", "x.html", "--file", "reviews.csv"], "--html: needs exactly one TEXT"),
        (["--gates", "--all-units", "a"], "--all-units: needs --gates and --json"),
        (["--explain", "--all-probabilities", "a"], "--all-probabilities: cannot be combined with --explain"),
        (["--trace", "--max-error", "0.1", "a"], "--max-error: cannot be combined with --trace"),
        (["--explain", "--unsure-below", "0.9", "a"], "--unsure-below: cannot be combined with --explain"),
        (["--explain", "--force", "a"], "--force: needs --file"),
    ],
)
def test_options_without_effect_are_refused(run_command: Run, arguments: list[str], message: str) -> None:
    outcome = run_command("predict", *arguments)
    assert outcome.exit_code == 2
    assert message in " ".join(outcome.stderr.split())


def test_a_text_too_long_for_gates_is_one_line_of_error(run_command: Run) -> None:
    outcome = run_command("predict", "--gates", "이 영화 " * 2_000)
    assert outcome.exit_code == 4
    assert re.search(
        r"error: the text has \d,\d{3} tokens; gates are kept for at most 4,096; shorten it\n", outcome.stderr
    )
