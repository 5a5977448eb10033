"""The spelling of tokens, and which of them may be generated."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sentiment.text.detokenization import spell
from sentiment.text.encoding import replace_surrogates
from sentiment.text.tokenizer_training import SPACE, UNKNOWN

Mask = NDArray[np.bool_]

_WORD_END = re.compile(r"\S*")


class WrittenVocabulary:
    """The tokens of a tokenizer, prepared for generation.

    Attributes:
        size: number of tokens; the edge of a text is the word after them.
        begins_word: (size + 1,), which tokens begin with the space mark.
        is_blank: (size + 1,), which are only that mark.
        writable: (size + 1,), which may be generated: all but the unknown one and the edge.
        marks_words: whether every word begins with the mark (`bpe`, `unigram`), including the first of a text.
        marks_spaces: whether the mark is in the vocabulary: for all kinds but `word`.
    """

    def __init__(self, tokenizer: Tokenizer, kind: str) -> None:
        self._tokenizer = tokenizer
        self.size = tokenizer.get_vocab_size()
        self._tokens = [tokenizer.id_to_token(token) or "" for token in range(self.size)]
        self.marks_spaces = kind != "word"
        self.marks_words = kind in {"bpe", "unigram"}
        # The edge is last, as an empty token.
        padded = [*self._tokens, ""]
        self.begins_word = np.array([token.startswith(SPACE) for token in padded])
        self.is_blank = np.array([token == SPACE for token in padded])
        self.writable = np.array([token not in {"", UNKNOWN} for token in padded])

    def tokenize(self, text: str) -> tuple[int, ...]:
        """Tokenize a whole text, as in pretraining."""
        return tuple(self._tokenizer.encode(replace_surrogates(text), add_special_tokens=False).ids)

    def tokenize_inside(self, text: str) -> tuple[int, ...]:
        """Tokenize a part of a text after its start: a space before it counts, and none is added.

        White space at its end is dropped.
        """
        if not self.marks_words:
            tokens = self.tokenize(text)
            return (*self.space, *tokens) if tokens and text[:1].isspace() else tokens
        word_end = _WORD_END.match(text)
        glued = word_end[0] if word_end else ""
        rest = text[len(glued) :]
        return self._tokenize_word_end(glued) + (self.tokenize(rest) if rest.strip() else ())

    def _tokenize_word_end(self, glued: str) -> tuple[int, ...]:
        """Tokenize a part without a space before it; the tokenizer itself would mark one."""
        normalizer, model = self._tokenizer.normalizer, self._tokenizer.model
        normalized = normalizer.normalize_str(replace_surrogates(glued)) if normalizer else glued
        return tuple(token.id for token in model.tokenize(normalized.replace(" ", SPACE)))

    @property
    def space(self) -> tuple[int, ...]:
        """The token of the space mark alone; empty if there is none."""
        return tuple(np.flatnonzero(self.is_blank).tolist())

    def spellings(self, input_ids: Sequence[int]) -> tuple[str, ...]:
        """Return the tokens of ids, as in the vocabulary."""
        return tuple(self._tokens[token] for token in input_ids)

    def spell(self, input_ids: Sequence[int]) -> str:
        """Return the text of tokens, without spaces at its ends."""
        return spell(self.spellings(input_ids), marks_spaces=self.marks_spaces).strip()

    def continued(self, prompt: str, input_ids: Sequence[int]) -> str:
        """Return a prompt, unchanged, followed by the text of tokens."""
        if not input_ids or not prompt.strip():
            return (prompt + self.spell(input_ids)).strip()
        spelled = spell(self.spellings(input_ids), marks_spaces=self.marks_spaces).rstrip()
        return prompt.rstrip() + ("" if self.marks_spaces else " ") + spelled


@dataclass(frozen=True)
class WritingRules:
    """Which words are allowed next in a text generated from left to right.

    Never the unknown token, no space after a space, and the edge only after something visible.

    Attributes:
        vocabulary: the words.
        first: (size + 1,), which are allowed first.
    """

    vocabulary: WrittenVocabulary
    first: Mask

    @classmethod
    def after(cls, vocabulary: WrittenVocabulary, prompt: str) -> "WritingRules":
        """Make the rules for continuing a prompt; white space at its end requires a new word."""
        first = vocabulary.writable.copy()
        new_word = not prompt.strip() or prompt[-1:].isspace()
        if vocabulary.marks_words and new_word:
            first &= vocabulary.begins_word
        if vocabulary.marks_spaces and not vocabulary.marks_words and new_word:
            first &= vocabulary.is_blank if prompt.strip() else ~vocabulary.begins_word
        return cls(vocabulary, first if first.any() else vocabulary.writable)

    def allowed(self, written: Sequence[Sequence[int]]) -> Mask:
        """Return which words may follow each of several prefixes, (prefixes, size + 1)."""
        blank = self.vocabulary.is_blank
        rows = []
        for tokens in written:
            row = (self.vocabulary.writable if tokens else self.first).copy()
            row[-1] = not blank[list(tokens)].all()
            if tokens and blank[tokens[-1]]:
                row &= ~self.vocabulary.begins_word
            rows.append(row)
        return np.stack(rows)
