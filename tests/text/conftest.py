"""Real Korean sentences, and what is done to them where people type."""

import csv
import io
from importlib.resources import files

import pytest

HARD_TEXTS = (
    "",
    " \t\r\n\u3000\u3164 ",
    "ㅋㅋㅋㅋㅋㅋㅋㅋ ㅠㅠㅠㅠㅠ ㅋㅠㅋㅠ",
    "!!!!!!!!.......ㅎㅎ;;;;",
    "완전 ＧＯＯＤ！！ ①등 ㈜영화…",
    "最高の映画だ 龘龘",
    "너무😀😀😀😀좋아❤️❤️❤️❤️👨‍👩‍👧",
    "▁ ▁▁ a▁b <unk>",
    "a\0b\x07c\u200bd\ufeff",
    "\ud83d 반쪽 \ude00 \ud83d\ude00",
    "가" * 700,
    "아주 " * 300,
)


@pytest.fixture(scope="session")
def sentences() -> list[str]:
    """The sentences that ship with the package."""
    sample = (files("sentiment") / "data" / "sample.csv").read_text(encoding="utf-8")
    return [row["text"] for row in csv.DictReader(io.StringIO(sample))]


@pytest.fixture(scope="session")
def hard_texts() -> tuple[str, ...]:
    """Texts at the edges: empty, blank, repeated, foreign, invalid, long."""
    return HARD_TEXTS
