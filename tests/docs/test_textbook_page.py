"""The page about the textbook: every table says how it was measured, and both languages tell the same."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from textbook import STAGES

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {name: (DOCS / name).read_text(encoding="utf-8") for name in ("textbook.md", "textbook.ko.md")}
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
MEASURED = re.compile(r"^`--stage (\w+)`, (?:seeds?|시드) \d", re.MULTILINE)
MOST_LINES = 340


def sections(page: str) -> list[str]:
    return re.split(r"^## ", page, flags=re.MULTILINE)[1:]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_stage_is_shown_in_order_with_its_seeds(page: str) -> None:
    assert tuple(dict.fromkeys(MEASURED.findall(page))) == STAGES
    assert len(page.splitlines()) <= MOST_LINES


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_no_figure_stands_alone(page: str) -> None:
    """Every table of figures is followed by its stage and seeds before the section ends."""
    for section in sections(page):
        tables = [match.start() for match in re.finditer(r"^\|(?: ?-+:? ?\|)*(?: ?-+: ?\|)", section, re.MULTILINE)]
        told = [match.start() for match in MEASURED.finditer(section)]
        for table, after in pairwise([*tables, len(section)]):
            assert any(table < place < after for place in told), section[table : table + 200]


def test_both_languages_tell_the_same_figures() -> None:
    english, korean = (sections(page) for page in PAGES.values())
    assert len(english) == len(korean) >= 10
    for here, there in zip(english, korean, strict=True):
        assert sorted(NUMBER.findall(here)) == sorted(NUMBER.findall(there))


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_pictures_are_small_and_there(page: str) -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", page)
    assert pictures
    assert all((DOCS / picture).stat().st_size < 100_000 for picture in pictures)
