"""Korean sentences made of parts: opinions of shops, food, hotels, apps, games and services, and plain facts.

Film reviews teach what people say of films. That a late delivery or a crashing app is bad, and that a price or a date
is neither good nor bad, they do not say. The parts are in `korean_sentences.yaml`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np
import yaml

from drawn_sentences import drawn_sentences

PARTS = Path(__file__).with_suffix(".yaml")

NEGATIVE, NEUTRAL, POSITIVE = range(3)

FIRST_SYLLABLE, LAST_SYLLABLE = "가", "힣"
NUM_FINALS = 28
"""Of Hangul syllables, final consonants and none."""
FINAL_RIEUL, FINAL_MIEUM, FINAL_BIEUP, FINAL_SSANG_SIOT = 8, 16, 17, 20

COPULAS = ("이에", "예")
PAST_ENDINGS = ("어요", "어요", "네요", "습니다", "음", "음", "다", "어", "네")
"""After the past tense, in the styles of reviews; the usual ones twice, so that they are drawn twice as often."""

SLOT = re.compile(r"\{(\w+)(?::(\w+)/(\w+))?\}")

ADVERB_SHARE, SECOND_CLAUSE_SHARE, VERDICT_SHARE, EVENT_SHARE, MARK_SHARE = 0.35, 0.3, 0.3, 0.4, 0.25
VERDICT_ALONE_SHARE, DOMAIN_VERDICT_SHARE = 0.1, 0.5
CONTRASTS = ("{}지만", "{}긴 한데", "{}긴 해도")
MARKS = {NEGATIVE: (".", "..", " ㅠㅠ", "ㅡㅡ", "!", "ㅜㅜ"), POSITIVE: (".", "!", "!!", "~", " ㅎㅎ", "^^")}


def final_of(syllable: str) -> int:
    """Return the number of a syllable's final consonant, 0 for none."""
    if not FIRST_SYLLABLE <= syllable <= LAST_SYLLABLE:
        return 0
    return (ord(syllable) - ord(FIRST_SYLLABLE)) % NUM_FINALS


def with_final(word: str, final: int) -> str:
    """Return a word with another final consonant in its last syllable."""
    return word[:-1] + chr(ord(word[-1]) - final_of(word[-1]) + final)


@dataclass(frozen=True)
class Predicate:
    """A verb, an adjective, or a noun with the copula.

    Attributes:
        stem: before endings that begin with a consonant, as 빠르 before 네요.
        form: before 요, as 빨라.
        past: before endings in the past tense, as 빨랐.
    """

    stem: str
    form: str
    past: str

    @classmethod
    def parse(cls, word: str) -> "Predicate":
        """Read STEM/FORM, of which FORM leaves out all words but the last, or =NOUN."""
        if word.startswith("="):
            noun = word[1:]
            endings = ("이", "이에", "이었") if final_of(noun[-1]) else ("", "예", "였")
            return cls(*(noun + ending for ending in endings))
        stem, last = word.split("/")
        form = stem[: stem.rfind(" ") + 1] + last
        if form.endswith("이에"):
            return cls(stem, form, stem + "었")
        return cls(stem, form, form + "었" if final_of(form[-1]) else with_final(form, FINAL_SSANG_SIOT))

    def present(self, rng: np.random.Generator) -> str:
        """Return it in the present tense, in one of the styles of reviews."""
        is_copula = self.form.endswith(COPULAS)
        bare = self.stem if final_of(self.stem[-1]) != FINAL_RIEUL else with_final(self.stem, 0)
        has_final = final_of(bare[-1]) > 0
        whole = bare + "이" if is_copula and bare[-1] != "이" else bare  # 최고입니다, though 최고네요
        polite = bare + "습니다" if has_final else with_final(whole, FINAL_BIEUP) + "니다"
        noun = bare + "음" if has_final else with_final(whole, FINAL_MIEUM)
        casual = self.form[:-1] + "야" if is_copula else self.form
        formal = [self.form + "요", self.form + "요", bare + "네요", self.stem + "더라고요", polite]
        return str(rng.choice([*formal, noun, noun, self.stem + "다", casual, bare + "네"]))

    def in_past(self, rng: np.random.Generator) -> str:
        """Return it in the past tense, in one of the styles of reviews."""
        return str(rng.choice([self.past + ending for ending in PAST_ENDINGS]))


class Parts(TypedDict):
    """The content of `korean_sentences.yaml`."""

    adverbs: Sequence[str]
    aspects: Mapping[str, Sequence[tuple[str, Sequence[str], Sequence[str]]]]
    events: Mapping[str, tuple[Sequence[str], Sequence[str]]]
    verdicts: Mapping[str, Sequence[str]]
    verdicts_by_domain: Mapping[str, Mapping[str, Sequence[str]]]
    facts: Sequence[str]
    words: Mapping[str, Sequence[str]]


class Grammar:
    """The parts, and how sentences are made of them."""

    def __init__(self, parts: Parts, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._adverbs, self._facts, self._words = parts["adverbs"], parts["facts"], parts["words"]
        self._verdicts = _by_name(parts["verdicts"])
        self._domain_verdicts = {domain: _by_name(own) for domain, own in parts["verdicts_by_domain"].items()}
        self._domains = tuple(parts["aspects"])
        self._aspects = {
            domain: [(subject, _by_side(good, bad)) for subject, good, bad in aspects]
            for domain, aspects in parts["aspects"].items()
        }
        self._events = {domain: _by_side(good, bad) for domain, (good, bad) in parts["events"].items()}

    def sentence(self, kind: int) -> str:
        """Return a sentence of a class."""
        return self.fact() if kind == NEUTRAL else self.opinion(kind)

    def opinion(self, side: int) -> str:
        """Return a sentence or two of a negative or a positive review."""
        domain = str(self._rng.choice(self._domains))
        if self._rng.random() < VERDICT_ALONE_SHARE:
            return f"{self._verdict(domain, side)} {self._verdict(domain, side)}"
        clause = self._clause(domain, side)
        if self._rng.random() < SECOND_CLAUSE_SHARE:
            clause = f"{self._first_clause(domain, side)} {clause}"
        if self._rng.random() < MARK_SHARE:
            clause += str(self._rng.choice(MARKS[side]))
        if self._rng.random() < VERDICT_SHARE:
            verdict = self._verdict(domain, side)
            clause = f"{clause} {verdict}" if self._rng.random() < 0.8 else f"{verdict} {clause}"
        return clause

    def fact(self) -> str:
        """Return a plain statement of fact."""
        return SLOT.sub(self._word, str(self._rng.choice(self._facts)))

    def _verdict(self, domain: str, side: int) -> str:
        verdicts = self._verdicts
        if domain in self._domain_verdicts and self._rng.random() < DOMAIN_VERDICT_SHARE:
            verdicts = self._domain_verdicts[domain]
        return str(self._rng.choice(verdicts[side]))

    def _clause(self, domain: str, side: int) -> str:
        if self._rng.random() < EVENT_SHARE:
            events = self._events[domain][side]
            return events[self._rng.integers(len(events))].in_past(self._rng)
        subject, predicate = self._aspect(domain, side)
        tense = predicate.present if self._rng.random() < 0.7 else predicate.in_past
        return f"{subject} {tense(self._rng)}"

    def _first_clause(self, domain: str, side: int) -> str:
        """Return a clause to stand before another: of the same side, or of the other where a contrast follows."""
        if self._rng.random() < 0.5:
            subject, predicate = self._aspect(domain, side)
            return f"{subject} {predicate.stem}고"
        subject, predicate = self._aspect(domain, POSITIVE if side == NEGATIVE else NEGATIVE)
        return str(self._rng.choice(CONTRASTS)).format(f"{subject} {predicate.stem}")

    def _aspect(self, domain: str, side: int) -> tuple[str, Predicate]:
        subject, predicates = self._aspects[domain][self._rng.integers(len(self._aspects[domain]))]
        several = predicates[side]
        adverb = f" {self._rng.choice(self._adverbs)}" if self._rng.random() < ADVERB_SHARE else ""
        return subject + adverb, several[self._rng.integers(len(several))]

    def _word(self, slot: re.Match[str]) -> str:
        kind, after_final, after_vowel = slot.groups()
        word = str(self._rng.choice(self._words[kind]))
        if after_final is None:
            return word
        final = final_of(word[-1])
        takes_first = final > 0 and not (after_final == "으로" and final == FINAL_RIEUL)
        return word + (after_final if takes_first else after_vowel)


def _by_name(verdicts: Mapping[str, Sequence[str]]) -> dict[int, Sequence[str]]:
    return {NEGATIVE: verdicts["negative"], POSITIVE: verdicts["positive"]}


def _by_side(good: Sequence[str], bad: Sequence[str]) -> dict[int, list[Predicate]]:
    return {POSITIVE: [*map(Predicate.parse, good)], NEGATIVE: [*map(Predicate.parse, bad)]}


def korean_sentences(number: int, seed: int, apart_from: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Return different sentences, a third of each class, and their classes.

    Args:
        number: of sentences.
        seed: of the draws.
        apart_from: texts that none of them may equal, but for case, white space and Unicode form.
    """
    grammar = Grammar(yaml.safe_load(PARTS.read_text(encoding="utf-8")), seed)
    return drawn_sentences(grammar.sentence, (NEGATIVE, NEUTRAL, POSITIVE), number, apart_from)
