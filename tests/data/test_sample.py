"""The shipped sample is what sentiment/data/SAMPLE.md says: balanced, clean, and without repeats."""

import csv
import io
import re
import unicodedata
from collections import Counter
from importlib.resources import files
from itertools import combinations

import pytest

Row = tuple[str, str, str]

DOMAINS = {"film", "shop", "food", "service"}
LABELS = {"negative", "positive"}
LABEL_WORDS = LABELS | {"neg", "pos", "긍정", "부정"}


@pytest.fixture(scope="module")
def raw() -> bytes:
    return files("sentiment").joinpath("data", "sample.csv").read_bytes()


@pytest.fixture(scope="module")
def rows(raw: bytes) -> list[Row]:
    """The rows as (text, label, domain)."""
    header, *records = csv.reader(io.StringIO(raw.decode("utf-8"), newline=""), strict=True)
    assert header == ["text", "label", "domain"]
    return [(text, label, domain) for text, label, domain in records]


def squeezed(text: str) -> str:
    """The letters and digits of `text`: what is left when spaces, punctuation and case do not count."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).lower()


def trigrams(text: str) -> set[str]:
    letters = squeezed(text)
    return {letters[i : i + 3] for i in range(max(1, len(letters) - 2))}


def test_bytes_are_portable(raw: bytes) -> None:
    text = raw.decode("utf-8")
    assert not text.startswith("\ufeff"), "no byte order mark"
    assert "\r" not in text
    assert text.endswith("\n")
    assert unicodedata.is_normalized("NFC", text)


def test_every_label_of_every_domain_has_the_same_number_of_rows(rows: list[Row]) -> None:
    assert len(rows) >= 600
    cells = Counter((domain, label) for _, label, domain in rows)
    assert set(cells) == {(domain, label) for domain in DOMAINS for label in LABELS}
    assert len(set(cells.values())) == 1, cells


def test_a_prefix_of_the_file_is_balanced(rows: list[Row]) -> None:
    cells = len(DOMAINS) * len(LABELS)
    for start in range(0, len(rows), cells):
        block = [(label, domain) for _, label, domain in rows[start : start + cells]]
        assert len(set(block)) == cells, f"rows {start} to {start + cells - 1}: {block}"


def test_texts_are_korean_sentences_of_two_words_or_more(rows: list[Row]) -> None:
    for text, _, _ in rows:
        assert text == " ".join(text.split()), f"stray white space: {text!r}"
        assert len(text.split()) >= 2, text
        assert re.search("[가-힣]", text), text


def test_no_text_holds_a_label_word(rows: list[Row]) -> None:
    for text, _, _ in rows:
        assert LABEL_WORDS.isdisjoint(re.findall(r"\w+", text.lower())), text


def test_no_two_texts_are_equal(rows: list[Row]) -> None:
    repeated = [text for text, n in Counter(squeezed(text) for text, _, _ in rows).items() if n > 1]
    assert repeated == []


def test_no_two_texts_are_nearly_equal(rows: list[Row]) -> None:
    grams = [(text, trigrams(text)) for text, _, _ in rows]
    near = [(a, b) for (a, x), (b, y) in combinations(grams, 2) if len(x & y) >= 0.6 * len(x | y)]
    assert near == []
