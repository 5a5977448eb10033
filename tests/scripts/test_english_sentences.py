"""Sentences made of parts: the grammar is that of English, and each is of the class it was made for."""

import re
from functools import cache

import numpy as np
import pytest
import yaml

from english_sentences import NEGATIVE, PARTS, POSITIVE, Aspect, Draft, Draws, Parts, english_sentences

LARGE = 20_000


@cache
def parts() -> Parts:
    read: Parts = yaml.safe_load(PARTS.read_text(encoding="utf-8"))
    return read


@cache
def drawn() -> dict[int, list[str]]:
    texts, classes = english_sentences(LARGE, 1, [])
    return {side: [text for text, kind in zip(texts, classes, strict=True) if kind == side] for side in range(2)}


@cache
def everything() -> str:
    return "\n".join(text for several in drawn().values() for text in several)


def aspect(subject: str) -> Aspect:
    return Aspect.parse((subject, ["fast", "on time", "excellent"], ["slow", "take/took forever"]), parts())


def test_sentences_differ_are_of_both_classes_and_leave_out_what_is_measured() -> None:
    texts, classes = english_sentences(600, 0, [])
    assert len(set(texts)) == len(texts) == len(classes) == 600
    assert {*np.unique(classes)} == {NEGATIVE, POSITIVE}
    assert sum(classes == NEGATIVE) == 300
    fewer, _ = english_sentences(600, 0, texts[:10])
    assert fewer == texts[10:]


def test_only_the_seed_changes_the_sentences() -> None:
    first, second = english_sentences(200, 3, []), english_sentences(200, 3, [])
    assert first[0] == second[0]
    assert first[1].tolist() == second[1].tolist()
    assert len({*first[0]} & {*english_sentences(200, 4, [])[0]}) < 20


@pytest.mark.parametrize("wrong", [r"<[a-z]", r"~", r"  ", r"\w [.,!?]", r"\.,", r"[?!,]\.", r"^\W*$", r"[a-z]/[a-z]"])
def test_sentences_are_whole(wrong: str) -> None:
    assert not [text for text in everything().splitlines() if re.search(wrong, text)]


@pytest.mark.parametrize(
    "wrong",
    [
        r"a (?!one)[aeio]\w+",
        r"a (?:un[^i]|ug|up|ut)\w*",
        r"an (?!hour)[^aeiou\W]\w*",
        r"an us[eau]\w*",
        r"(?!very|had|that|so)(\w+) \1",
        r"(?:was|is|were|are) (?:was|is|were|are)",
        r"(?:the|an?) (?:the|this|an?)",
    ],
)
def test_words_suit_the_words_beside_them(wrong: str) -> None:
    assert not [match[0] for match in re.finditer(rf"\b{wrong}\b", everything(), re.IGNORECASE)]


def test_verbs_and_articles_suit_their_subjects() -> None:
    assert aspect("the trains").be(is_past=True) == "were"
    assert aspect("the class").be(is_past=False) == "is"
    assert aspect("the delivery").is_mass
    assert not aspect("the courier").is_mass
    assert aspect("the courier").adjectives == {NEGATIVE: ["slow"], POSITIVE: ["fast"]}
    assert not aspect("~the queue").is_liked
    assert aspect("~the queue").bare == "queue"


def test_both_sides_share_their_subjects_and_no_events() -> None:
    said = {side: "\n".join(texts).lower() for side, texts in drawn().items()}
    for domain in parts()["domains"].values():
        for subject, _, _ in domain["aspects"]:
            bare = subject.removeprefix("~").split(" ", 1)[1]
            assert all(bare in texts for texts in said.values()), subject  # so that it tells nothing
        good_events, bad_events = domain["events"]
        assert not [event for event in good_events if event.lower() in said[NEGATIVE]]
        assert not [event for event in bad_events if event.lower() in said[POSITIVE]]


def test_nearly_all_parts_are_drawn() -> None:
    texts, several = everything().lower(), set[str]()
    for domain in parts()["domains"].values():
        good, bad = domain["events"]
        several |= {*good, *bad, *domain["nouns"], *domain["rivals"], *domain["lacks"], *domain["ironies"]}
    unused = [words for words in several if words.lower() not in texts]
    assert len(unused) <= len(several) // 8, unused


def test_every_frame_can_be_filled() -> None:
    draws = Draws(0)
    for name, domain in parts()["domains"].items():
        aspects = [Aspect.parse(words, parts()) for words in domain["aspects"]]
        for frames in parts()["frames"].values():
            for side, own in ((NEGATIVE, frames.get("negative", ())), (POSITIVE, frames.get("positive", ()))):
                for frame in (*frames.get("both", ()), *own):
                    assert "<" not in Draft(parts(), name, aspects, side, draws).fill(frame)


@pytest.mark.parametrize(
    ("pattern", "side"),
    [
        (r"not worth the money", NEGATIVE),
        (r"nothing to complain about", POSITIVE),
        (r"fault the \w+", POSITIVE),
        (r"(?:did not|didn't) let us down", POSITIVE),
        (r"I wish it had ", NEGATIVE),
        (r"I wish I had found this \w+.* sooner", POSITIVE),
        (r"not without charm", POSITIVE),
        (r"not without its problems", NEGATIVE),
        (r"worse than ", NEGATIVE),
        (r"better than ever", POSITIVE),
    ],
)
def test_constructions_are_of_one_side(pattern: str, side: int) -> None:
    sides = {kind for kind, texts in drawn().items() if re.search(pattern, "\n".join(texts), re.IGNORECASE)}
    assert sides == {side}
