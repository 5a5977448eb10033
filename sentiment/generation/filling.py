"""Fill the gaps of texts with a bidirectional language model."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sentiment.generation.gaps import GapRules, gap_candidates
from sentiment.generation.network.language_model import BACKWARD, FORWARD, LanguageModel
from sentiment.generation.vocabulary import WrittenVocabulary

GAP = re.compile("_+")
MAX_PASSES = 3
"""Rounds over the gaps of a text after the first; fillings hardly change in later ones."""

_Place = tuple[int, tuple[int, ...], tuple[int, ...]]
"""The index of a gap, the tokens before it and those after it."""


@dataclass(frozen=True)
class Filled:
    """A text with gaps, some or all of them filled.

    Attributes:
        raw: the parts between the gaps, one more than gaps.
        pieces: the same as tokens.
        fillings: tokens of each gap; None if it is not filled yet.
        score: mean of the two log probabilities of the text, in nats; if unfinished, of the text up to its first gap.
    """

    raw: tuple[str, ...]
    pieces: tuple[tuple[int, ...], ...]
    fillings: tuple[tuple[int, ...] | None, ...]
    score: float = 0.0

    def before(self, gap: int) -> tuple[int, ...]:
        """Return all tokens from the start to this gap; earlier gaps are filled."""
        tokens = self.pieces[0]
        for filling, piece in zip(self.fillings[:gap], self.pieces[1:], strict=False):
            tokens += (filling or ()) + piece
        return tokens

    def behind(self, gap: int) -> tuple[int, ...]:
        """Return all tokens from this gap to the next open one, or to the end."""
        tokens = self.pieces[gap + 1]
        for filling, piece in zip(self.fillings[gap + 1 :], self.pieces[gap + 2 :], strict=True):
            if filling is None:
                break
            tokens += filling + piece
        return tokens

    def fill(self, gap: int, filling: tuple[int, ...]) -> "Filled":
        """Return the text with this gap filled."""
        return replace(self, fillings=(*self.fillings[:gap], filling, *self.fillings[gap + 1 :]))

    @property
    def is_whole(self) -> bool:
        """Whether no gap is open."""
        return None not in self.fillings


class GapFiller:
    """Fills the gaps of a text, each with 1 to `max_gap_tokens` tokens.

    Candidates for a gap come from both directions (`gap_candidates`). Each is put into the text, the text is tokenized
    again, since the tokens at the seams may differ from those seen in pretraining, and it is ranked by the mean of its
    forward and backward log probabilities, which compares whole texts of few and of many tokens fairly.

    Several gaps are filled from left to right, always keeping `width` texts; an open gap ends the context of the
    backward direction. Then each gap is opened again in turn, with all others filled, until a round changes nothing
    (iterated conditional modes: Besag 1986). That finds good texts, not necessarily the best. Rounds revisit the same
    gaps and texts, so results are cached for the lifetime of the filler.

    A gap inside a word is filled by tokens that end at its seams, so a word that is a single token is rarely found.
    """

    def __init__(self, model: LanguageModel, vocabulary: WrittenVocabulary, *, max_gap_tokens: int, width: int) -> None:
        self._model = model
        self._vocabulary = vocabulary
        self._max_gap_tokens = max_gap_tokens
        self._width = width
        self._candidates: dict[_Place, list[tuple[int, ...]]] = {}
        self._known_scores: dict[tuple[str, bool], float] = {}

    def fill(self, text: str) -> list[Filled]:
        """Return texts with the gaps of `text`, marked by `_`, filled: the likeliest first, at most `width`."""
        raw = tuple(GAP.split(text))
        rules = [self._rules(raw, gap) for gap in range(len(raw) - 1)]
        best = [Filled(raw, self._pieces(raw), (None,) * len(rules))]
        for gap, rule in enumerate(rules):
            best = self._refill(best, gap, rule)
        for _ in range(MAX_PASSES if len(rules) > 1 else 0):
            before = [self.text(filled) for filled in best]
            for gap, rule in enumerate(rules):
                best = self._refill(best, gap, rule)
            if [self.text(filled) for filled in best] == before:
                break
        return best

    def text(self, filled: Filled) -> str:
        """Return a text as a string, up to its first open gap."""
        text = filled.raw[0]
        for filling, piece in zip(filled.fillings, filled.raw[1:], strict=True):
            if filling is None:
                break
            text += self._vocabulary.spell(filling) + piece
        return text

    def _pieces(self, raw: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
        """Tokenize the parts between the gaps.

        If every word begins with its space mark, a space before a gap belongs to the filling; otherwise it is its own
        token.
        """
        vocabulary = self._vocabulary
        pieces = []
        for number, piece in enumerate(raw):
            tokens = vocabulary.tokenize_inside(piece) if number else vocabulary.tokenize(piece)
            ends_in_space = number + 1 < len(raw) and piece[-1:].isspace() and (number or tokens)
            pieces.append(tokens + vocabulary.space if ends_in_space and not vocabulary.marks_words else tokens)
        return tuple(pieces)

    def _rules(self, raw: tuple[str, ...], gap: int) -> GapRules:
        """Return the rules for a gap: no space at its ends except one that begins a word."""
        vocabulary = self._vocabulary
        seen = vocabulary.writable & ~vocabulary.is_blank
        if not vocabulary.marks_words:
            return GapRules(vocabulary.writable, seen, seen)
        begins_text = gap == 0 and not raw[0]
        new_word = begins_text or raw[gap][-1:].isspace()
        first = vocabulary.writable & (vocabulary.begins_word if new_word else ~vocabulary.begins_word)
        return GapRules(vocabulary.writable, first, seen)

    def _refill(self, texts: Iterable[Filled], gap: int, rules: GapRules) -> list[Filled]:
        """Try other fillings of a gap in each text, and keep the best texts of all."""
        pool: dict[str, Filled] = {}
        for filled in texts:
            own = [filled] if filled.fillings[gap] is not None else []
            for option in [*own, *(filled.fill(gap, tokens) for tokens in self._fillings(filled, gap, rules))]:
                pool.setdefault(self.text(option), option)
        options = list(pool.values())
        scores = self._scores(list(pool), whole=all(option.is_whole for option in options))
        ranked = sorted(zip(scores.tolist(), range(len(options)), strict=True), key=lambda pair: (-pair[0], pair[1]))
        return [replace(options[number], score=score) for score, number in ranked[: self._width]]

    def _fillings(self, filled: Filled, gap: int, rules: GapRules) -> list[tuple[int, ...]]:
        """Return the candidates of both directions for a gap of a text."""
        place = gap, filled.before(gap), filled.behind(gap)
        if place not in self._candidates:
            proposed = gap_candidates(
                self._model, *place[1:], rules, max_tokens=self._max_gap_tokens, width=self._width
            )
            self._candidates[place] = [tokens for tokens in proposed if self._is_sound(tokens)]
        return self._candidates[place]

    def _is_sound(self, filling: tuple[int, ...]) -> bool:
        """Return whether no space follows a space."""
        vocabulary = self._vocabulary
        return not any(vocabulary.is_blank[one] and vocabulary.begins_word[two] for one, two in pairwise(filling))

    def _scores(self, texts: list[str], *, whole: bool) -> NDArray[np.float64]:
        """Return the mean of both log probabilities of each text; of an unfinished one without its edge."""
        if new := [text for text in texts if (text, whole) not in self._known_scores]:
            found = self._computed_scores(new, whole=whole)
            self._known_scores.update({(text, whole): score for text, score in zip(new, found.tolist(), strict=True)})
        return np.array([self._known_scores[text, whole] for text in texts])

    def _computed_scores(self, texts: list[str], *, whole: bool) -> NDArray[np.float64]:
        tokenized = [self._vocabulary.tokenize(text) for text in texts]
        lengths = np.array([len(tokens) for tokens in tokenized])
        scores = np.full(len(texts), -np.inf)
        for length in np.unique(lengths[lengths > 0]):
            rows = np.flatnonzero(lengths == length)
            batch = np.array([tokenized[row] for row in rows])
            forward = self._model.log_probability(FORWARD, batch, to_the_edge=whole)
            backward = self._model.log_probability(BACKWARD, batch)
            scores[rows] = (forward.astype(np.float64) + backward) / 2.0
        return scores
