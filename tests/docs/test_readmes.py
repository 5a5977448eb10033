"""Pages in Korean tell what those in English tell: the same commands, the same figures."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
PAIRS = [
    ("README.md", "README.ko.md"),
    ("docs/measured.md", "docs/measured.ko.md"),
    ("docs/textbook.md", "docs/textbook.ko.md"),
]
each_pair = pytest.mark.parametrize(("english", "korean"), PAIRS, ids=[english for english, _ in PAIRS])


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def commands(page: str) -> list[str]:
    """Return the lines of the shell blocks, without what they say of themselves."""
    blocks = re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL)
    return [re.sub(r" +# .*", "", line) for block in blocks for line in block.splitlines()]


def consoles(page: str) -> list[str]:
    """Return the blocks of commands with what they print."""
    return re.findall(r"```console\n(.*?)```", page, flags=re.DOTALL)


def quoted(page: str) -> set[str]:
    """Return what stands in backticks, outside of the blocks."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL)))


def figures(page: str) -> list[list[str]]:
    """Return the numbers of each row of each table; their order is a matter of grammar."""
    return [sorted(NUMBER.findall(line)) for line in page.splitlines() if line.startswith("| ")]


def links(page: str) -> set[str]:
    """Return the files that a page links to; the page in the other language is one of them."""
    place = (ROOT / page).parent
    return {(place / link).resolve().relative_to(ROOT).as_posix() for link in re.findall(r"\]\(([^)]+)\)", read(page))}


def test_there_is_something_to_compare() -> None:
    assert len(commands(read("README.md"))) > 15
    assert sum(map(len, figures(read("docs/measured.md")))) > 150


@each_pair
def test_the_commands_are_the_same(english: str, korean: str) -> None:
    assert commands(read(korean)) == commands(read(english))


@each_pair
def test_what_commands_print_is_the_same(english: str, korean: str) -> None:
    assert consoles(read(korean)) == consoles(read(english))


@each_pair
def test_the_figures_are_the_same(english: str, korean: str) -> None:
    assert figures(read(korean)) == figures(read(english))


@each_pair
def test_the_links_are_the_same_and_lead_somewhere(english: str, korean: str) -> None:
    assert links(korean) - {english} == links(english) - {korean}
    assert korean in links(english)
    assert english in links(korean)
    assert all((ROOT / link).is_file() for link in links(english))


@each_pair
def test_what_is_quoted_in_english_is_quoted_in_korean(english: str, korean: str) -> None:
    assert quoted(read(english)) <= quoted(read(korean))
