"""The README in Korean tells what the one in English tells: the same commands, the same figures."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGLISH, KOREAN = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md"))
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def commands(page: str) -> list[str]:
    """Return the lines of the shell blocks, without what they say of themselves."""
    blocks = re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL)
    return [re.sub(r" +# .*", "", line) for block in blocks for line in block.splitlines()]


def quoted(page: str) -> set[str]:
    """Return what stands in backticks, outside of the blocks."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL)))


def figures(page: str) -> list[list[str]]:
    """Return the numbers of each row of each table; their order is a matter of grammar."""
    return [sorted(NUMBER.findall(line)) for line in page.splitlines() if line.startswith("| ")]


def links(page: str) -> set[str]:
    return set(re.findall(r"\]\(([^)]+)\)", page))


def test_there_is_something_to_compare() -> None:
    assert len(commands(ENGLISH)) > 15
    assert sum(map(len, figures(ENGLISH))) > 150


def test_the_commands_are_the_same() -> None:
    assert commands(KOREAN) == commands(ENGLISH)


def test_the_figures_are_the_same() -> None:
    assert figures(KOREAN) == figures(ENGLISH)


def test_the_links_are_the_same_and_lead_somewhere() -> None:
    assert links(KOREAN) == links(ENGLISH)
    assert all((ROOT / link).is_file() for link in links(ENGLISH))


def test_what_is_quoted_in_english_is_quoted_in_korean() -> None:
    assert quoted(ENGLISH) <= quoted(KOREAN)
