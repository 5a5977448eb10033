"""English sentences made of parts: short opinions of shops, food, hotels, apps, games, services and the like.

Film reviews are long, and teach what people say of films. That a late delivery or a crashing app is bad, that a bad
word denied is praise, and that the last clause of a short sentence decides, they do not say. The parts are in
`english_sentences.yaml`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict, TypeVar

import numpy as np
import yaml

from drawn_sentences import drawn_sentences

PARTS = Path(__file__).with_suffix(".yaml")

NEGATIVE, POSITIVE = range(2)
COPULAS, JOINTS = ("seemed", "turned out to be"), (". ", ". ", ", ")

GRADED = {"good": POSITIVE, "agood": POSITIVE, "bad": NEGATIVE, "abad": NEGATIVE}
"""Slots for an adjective of the aspect, by side; those with an a before it bring the article if there is one."""

SLOT = re.compile(r"<(\w+)>")
NESTED = {"goodfragment": "<good> <bare>", "badfragment": "<bad> <bare>", "thing2": "<thing>", "bare2": "<barething>"}
"""Slots that are frames themselves, and so speak of another aspect."""
DETERMINER = re.compile(r"^(?:the|my|our) ")
ARTICLE = re.compile(r"\ba(?= (?!one\b|once\b|uni[^nm]|us[aeu]|eu)[aeiou])")
NOT = re.compile(r"n't\b(?! (?:you|they|we|I|it)\b)")
ENDED_TWICE = re.compile(r"(?<=[?!.])[.,](?= )")
SENTENCE_START = re.compile(r"(?:^|(?<=[.!?] ))[a-z]")

PAST_SHARE, EVENT_SHARE, ADVERB_SHARE, BOOSTER_SHARE, DOWNTONER_SHARE, COPULA_SHARE = 0.6, 0.2, 0.4, 0.4, 0.3, 0.06
VERDICT_SHARE, DOMAIN_VERDICT_SHARE, FULL_FORM_SHARE, NO_ARTICLE_SHARE = 0.2, 0.5, 0.25, 0.1
LOWER_SHARE, UPPER_SHARE, CASUAL_SHARE, SPELLING_SHARE, EMOTICON_SHARE = 0.22, 0.01, 0.06, 0.7, 0.07
ENDS = (".", ".", ".", ".", ".", ".", "", "", "", "", "!", "!", "!!", "...")
"""After a sentence; the usual ones several times, so that they are drawn that much more often."""


class Sided(TypedDict):
    """Texts by the name of their side."""

    negative: Sequence[str]
    positive: Sequence[str]


class Frames(TypedDict):
    """Sentences of one kind with slots, and how often the kind is drawn."""

    share: int
    both: NotRequired[Sequence[str]]
    negative: NotRequired[Sequence[str]]
    positive: NotRequired[Sequence[str]]


class Domain(TypedDict):
    """The parts of one domain."""

    nouns: Sequence[str]
    aspects: Sequence[tuple[str, Sequence[str], Sequence[str]]]
    events: tuple[Sequence[str], Sequence[str]]
    verdicts: tuple[Sequence[str], Sequence[str]]
    rivals: Sequence[str]
    lacks: Sequence[str]
    ironies: Sequence[str]


class Parts(TypedDict):
    """The content of `english_sentences.yaml`."""

    intensifiers: Sequence[str]
    downtoners: Sided
    boosters: Sequence[str]
    extremes: Sequence[str]
    ungraded: Sequence[str]
    mass: Sequence[str]
    praise: Sequence[str]
    blame: Sequence[str]
    openers: Sequence[str]
    marks: Sided
    casual: Mapping[str, str]
    frames: Mapping[str, Frames]
    verdicts: Sided
    domains: Mapping[str, Domain]


@dataclass(frozen=True)
class Aspect:
    """What is spoken of, and what is said of it.

    Attributes:
        subject: with its article.
        is_liked: whether one would say that one likes it, as one would not of a queue, however short.
        is_mass: whether it takes no article, as good service.
        predicates: by side.
        adjectives: by side, those of the predicates that can be graded, denied and put before the subject.
    """

    subject: str
    is_liked: bool
    is_mass: bool
    predicates: Mapping[int, Sequence[str]]
    adjectives: Mapping[int, Sequence[str]]

    @classmethod
    def parse(cls, words: tuple[str, Sequence[str], Sequence[str]], parts: Parts) -> "Aspect":
        """Read [SUBJECT, GOOD, BAD], in which ~ stands before a subject that is not liked."""
        subject, good, bad = words
        ungraded = {*parts["extremes"], *parts["ungraded"]}
        predicates = {NEGATIVE: bad, POSITIVE: good}
        adjectives = {
            side: [word for word in several if not re.search("[ /]", word) and word not in ungraded]
            for side, several in predicates.items()
        }
        is_mass = subject.endswith(tuple(parts["mass"]))
        return cls(subject.removeprefix("~"), not subject.startswith("~"), is_mass, predicates, adjectives)

    @property
    def bare(self) -> str:
        """The subject without its article."""
        return DETERMINER.sub("", self.subject)

    @property
    def is_plural(self) -> bool:
        """Whether the subject takes the verb of the plural."""
        return self.subject.endswith("s") and not self.subject.endswith(("ss", "us"))

    def be(self, *, is_past: bool) -> str:
        """Return the form of "to be" that agrees with the subject."""
        singular, plural = ("was", "were") if is_past else ("is", "are")
        return plural if self.is_plural else singular


T = TypeVar("T")


class Draws:
    """Random draws."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def chance(self, share: float) -> bool:
        """Return whether something that happens so often happens."""
        return bool(self._rng.random() < share)

    def pick(self, several: Sequence[T]) -> T:
        """Return one of several."""
        return several[int(self._rng.integers(len(several)))]


class Draft:
    """A review being written: of one domain, one side and one tense, and of no subject and no verdict twice."""

    def __init__(self, parts: Parts, name: str, aspects: Sequence[Aspect], side: int, draws: Draws) -> None:
        self._parts, self._domain, self._aspects, self._draws = parts, parts["domains"][name], aspects, draws
        self._side, self._is_past = side, draws.chance(PAST_SHARE)
        self._noun = draws.pick(self._domain["nouns"])
        self._used: set[str] = set()

    def fill(self, frame: str) -> str:
        """Return the frame with its slots filled, those of an aspect with one and the same."""
        needs = {*SLOT.findall(frame)}
        aspect = self._aspect(
            [side for slot, side in GRADED.items() if slot in needs], is_liked=bool(needs & {"thing", "barething"})
        )
        return SLOT.sub(lambda slot: self._of_aspect(slot[1], aspect), frame)

    def _of_aspect(self, slot: str, aspect: Aspect) -> str:
        """Return what an aspect puts in a slot: <thing> is its subject, <be> and <s> agree with it, and so on."""
        if slot in GRADED:
            word = self._draws.pick(aspect.adjectives[GRADED[slot]])
            takes_article = slot.startswith("a") and not aspect.is_plural and not aspect.is_mass
            return f"a {word}" if takes_article else word
        agreeing = {
            "subject": aspect.subject,
            "thing": aspect.subject,
            "bare": aspect.bare,
            "barething": aspect.bare,
            "be": aspect.be(is_past=self._is_past),
            "was": aspect.be(is_past=True),
            "is": aspect.be(is_past=False),
            "s": "" if aspect.is_plural else "s",
        }
        return agreeing[slot] if slot in agreeing else self._of_review(slot)

    def _of_review(self, slot: str) -> str:
        """Return what fills a slot that no aspect fills: a clause, an event, a verdict or a word."""
        parts, domain, draws = self._parts, self._domain, self._draws
        words: dict[str, Sequence[str]] = {
            "noun": [self._noun],
            "nouns": [_with_s(self._noun)],
            "opener": parts["openers"],
            "praise": parts["praise"],
            "blame": parts["blame"],
            "rival": domain["rivals"],
            "lack": domain["lacks"],
            "irony": domain["ironies"],
            "event": _half(domain["events"], self._side),
        }
        if slot in words:
            return draws.pick(words[slot])
        if slot == "verdict":
            own, common = _half(domain["verdicts"], self._side), _of(parts["verdicts"], self._side)
            several = own if draws.chance(DOMAIN_VERDICT_SHARE) else common
            verdict = draws.pick([text for text in several if text not in self._used])
            self._used.add(verdict)
            return self.fill(verdict)
        if slot == "same" and draws.chance(EVENT_SHARE):
            return self._of_review("event")
        if slot in {"same", "clause"}:
            return self._clause()
        if slot == "other":
            return self._mild_clause()
        return self.fill(NESTED[slot])

    def _aspect(self, graded: Sequence[int], *, is_liked: bool) -> Aspect:
        """Return an aspect not spoken of yet, with adjectives of the sides that are asked for."""
        fitting = [
            aspect
            for aspect in self._aspects
            if aspect.subject not in self._used
            and (aspect.is_liked or not is_liked)
            and all(aspect.adjectives[side] for side in graded)
        ]
        aspect = self._draws.pick(fitting)
        self._used.add(aspect.subject)
        return aspect

    def _clause(self) -> str:
        """Return a clause of the review's side."""
        draws, aspect = self._draws, self._aspect([], is_liked=False)
        predicate = draws.pick(aspect.predicates[self._side])
        if "/" in predicate:
            return f"{aspect.subject} {_verb(predicate, is_past=self._is_past, is_plural=aspect.is_plural)}"
        if predicate in aspect.adjectives[self._side] and draws.chance(ADVERB_SHARE):
            is_toned_down = draws.chance(DOWNTONER_SHARE)
            adverbs = _of(self._parts["downtoners"], self._side) if is_toned_down else self._parts["intensifiers"]
            predicate = f"{draws.pick(adverbs)} {predicate}"
        elif predicate in self._parts["extremes"] and draws.chance(BOOSTER_SHARE):
            predicate = f"{draws.pick(self._parts['boosters'])} {predicate}"
        elif predicate in aspect.adjectives[self._side] and draws.chance(COPULA_SHARE):
            return f"{aspect.subject} {draws.pick(COPULAS)} {predicate}"
        return f"{aspect.subject} {aspect.be(is_past=self._is_past)} {predicate}"

    def _mild_clause(self) -> str:
        """Return a clause of the other side, to stand in a contrast."""
        side = NEGATIVE if self._side == POSITIVE else POSITIVE
        aspect = self._aspect([side], is_liked=False)
        adjective = self._draws.pick(aspect.adjectives[side])
        adverb = (
            f"{self._draws.pick(_of(self._parts['downtoners'], side))} " if self._draws.chance(ADVERB_SHARE) else ""
        )
        return f"{aspect.subject} {aspect.be(is_past=self._is_past)} {adverb}{adjective}"


class Grammar:
    """The parts, and how reviews are made of them."""

    def __init__(self, parts: Parts, seed: int) -> None:
        self._parts, self._draws = parts, Draws(seed)
        self._aspects = {
            name: [Aspect.parse(words, parts) for words in domain["aspects"]]
            for name, domain in parts["domains"].items()
        }
        self._names = tuple(self._aspects)
        self._kinds = {side: _frames_of(parts["frames"], side) for side in (NEGATIVE, POSITIVE)}

    def opinion(self, side: int) -> str:
        """Return a negative or a positive review of a sentence or two."""
        name = self._draws.pick(self._names)
        draft = Draft(self._parts, name, self._aspects[name], side, self._draws)
        text = draft.fill(self._draws.pick(self._draws.pick(self._kinds[side])))
        if self._draws.chance(VERDICT_SHARE):
            joint = " " if text.endswith(("?", ".", "!")) else self._draws.pick(JOINTS)
            text = draft.fill(f"{text}{joint}<verdict>")
        return self._styled(text, side)

    def _styled(self, text: str, side: int) -> str:
        """Return the text in one of the spellings of reviews."""
        draws = self._draws
        if draws.chance(NO_ARTICLE_SHARE):
            text = text.removeprefix("the ")
        text = ARTICLE.sub("an", ENDED_TWICE.sub("", text))
        if draws.chance(FULL_FORM_SHARE):
            text = NOT.sub(" not", text.replace("can't", "cannot").replace("won't", "will not"))
        is_casual = draws.chance(CASUAL_SHARE)
        if is_casual:
            text = self._casual(text)
        if not text.endswith(("?", ".", "!")):
            text += draws.pick(ENDS)
        is_lower = is_casual or draws.chance(LOWER_SHARE)
        text = re.sub(r"\bI\b", "i", text) if is_lower else SENTENCE_START.sub(lambda first: first[0].upper(), text)
        if draws.chance(EMOTICON_SHARE):
            text = f"{text} {draws.pick(_of(self._parts['marks'], side))}"
        return text.upper() if draws.chance(UPPER_SHARE) else text

    def _casual(self, text: str) -> str:
        """Return the text without apostrophes, or with some words as one spells them in chats."""
        if "'" in text and self._draws.chance(0.5):
            return text.replace("'", "")
        for word, spelling in self._parts["casual"].items():
            if self._draws.chance(SPELLING_SHARE):
                text = re.sub(rf"\b{word}\b(?!')", spelling, text)
        return text


def _verb(verb: str, *, is_past: bool, is_plural: bool) -> str:
    """Return BASE/PAST REST in the tense and the number asked for; the adverb of "hardly ever work/worked" stays."""
    base, past = verb.split("/")
    adverbs, _, stem = base.rpartition(" ")
    form, _, rest = past.partition(" ")
    if not is_past:
        form = stem if is_plural else _with_s(stem)
    return " ".join(word for word in (adverbs, form, rest) if word)


def _with_s(word: str) -> str:
    """Return a noun in the plural, or a verb in the third person."""
    if re.search("(?:s|x|ch|sh|[^o]o)$", word):
        return word + "es"
    return word[:-1] + "ies" if re.search("[^aeiou]y$", word) else word + "s"


def _of(sided: Sided, side: int) -> Sequence[str]:
    return sided["positive"] if side == POSITIVE else sided["negative"]


def _half(good_and_bad: tuple[Sequence[str], Sequence[str]], side: int) -> Sequence[str]:
    good, bad = good_and_bad
    return good if side == POSITIVE else bad


def _frames_of(frames: Mapping[str, Frames], side: int) -> list[Sequence[str]]:
    """Return the frames of a side by kind, each kind as many times as its share says."""
    kinds: list[Sequence[str]] = []
    for kind in frames.values():
        own = kind.get("positive", ()) if side == POSITIVE else kind.get("negative", ())
        if several := [*kind.get("both", ()), *own]:
            kinds += [several] * kind["share"]
    return kinds


def english_sentences(number: int, seed: int, apart_from: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Return different sentences, half of each class, and their classes.

    Args:
        number: of sentences.
        seed: of the draws.
        apart_from: texts that none of them may equal, but for case, white space and Unicode form.
    """
    grammar = Grammar(yaml.safe_load(PARTS.read_text(encoding="utf-8")), seed)
    return drawn_sentences(grammar.opinion, (NEGATIVE, POSITIVE), number, apart_from)
