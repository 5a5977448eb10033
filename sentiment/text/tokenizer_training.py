"""Training of tokenizers on texts."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from sentiment.text.encoding import replace_surrogates
from sentiment.text.normalization import build_normalizer

if TYPE_CHECKING:
    from sentiment.config import TokenizerConfig

UNKNOWN: Final = "<unk>"
SPACE: Final = "▁"
MAX_TOKEN_CHARACTERS: Final = 32
MAX_VOCAB_SIZE: Final = 1_000_000

# Unigram training takes 1 s of processor time per 60,000 characters of Korean or so, and more text gains little.
_UNIGRAM_CHARACTERS: Final = 1_500_000

# No normalised text contains it.
_GAP: Final = "\0"
# The BPE trainer takes time quadratic in the length of a word: one of 3 million characters would never finish.
_LONG_WORD: Final = re.compile("([^ ]{256})")


def train_tokenizer(texts: Sequence[str], config: "TokenizerConfig") -> Tokenizer:
    """Train a tokenizer of at most `config.vocab_size` tokens, including `<unk>` (id 0).

    Kinds: `bpe` merges frequent pairs of symbols (Sennrich et al. 2016, https://aclanthology.org/P16-1162), `unigram`
    prunes a large vocabulary by its likelihood (Kudo 2018, https://aclanthology.org/P18-1007), `character` and `jamo`
    take single characters, syllables or their letters, and `word` splits at white space and punctuation. In all but
    `word`, "▁" marks a space. Characters rarer than `min_frequency` become `<unk>`, and so do the rarest of those that
    would fill more than half the vocabulary of `bpe` or `unigram`.

    The same texts and config give the same tokenizer, byte for byte, but for `unigram`, whose training sums
    probabilities on several threads.
    """
    normalizer = build_normalizer(config)
    normalized = [normalizer.normalize_str(replace_surrogates(text)) for text in texts]
    tokenizer = Tokenizer(_TRAINERS[config.kind](normalized, config))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = _pre_tokenizer(config)
    return tokenizer


def _pre_tokenizer(config: "TokenizerConfig") -> pre_tokenizers.PreTokenizer:
    if config.kind == "word":
        return pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation("isolated")])
    # A subword at the start of a text is the same token as inside it; single characters need no mark at the start.
    scheme = "always" if config.kind in {"bpe", "unigram"} else "never"
    return pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme=scheme, split=True)


def _most_frequent(counts: Mapping[str, int], limit: int, min_frequency: int) -> list[str]:
    """Return the items that occur at least `min_frequency` times, most frequent first, ties by code point."""
    frequent = [(-count, token) for token, count in counts.items() if count >= min_frequency]
    return [token for _, token in sorted(frequent)[:limit]]


def _character_counts(normalized: Iterable[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in normalized:
        counts.update(text)
    counts[SPACE] += counts.pop(" ", 0)
    return counts


def _train_subwords(
    tokenizer: Tokenizer, trainer: trainers.Trainer, normalized: Sequence[str], alphabet: Sequence[str]
) -> models.Model:
    # A rare character leaves a gap in its word; removing it would make the letters around it adjacent.
    # And no text may teach merges that spell <unk>, which is not part of a word.
    rare = set().union(*normalized) - set(alphabet) - {" "}
    gaps = str.maketrans(dict.fromkeys(rare, _GAP))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always", split=True),
            pre_tokenizers.Split(_GAP, "removed"),
        ]
    )
    spaced = (_LONG_WORD.sub(rf"\1{_GAP}", text).replace(UNKNOWN, _GAP).translate(gaps) for text in normalized)
    tokenizer.train_from_iterator(spaced, trainer)
    model: models.Model = tokenizer.model
    return model


def _subword_alphabet(normalized: Sequence[str], config: "TokenizerConfig") -> list[str]:
    if not any(normalized):
        return []
    # Every word begins with the space mark. And the unigram trainer never finishes if the characters in its texts,
    # including the mark, and <unk> are more than vocab_size.
    counts = _character_counts(normalized)
    del counts[SPACE]
    return [SPACE, *_most_frequent(counts, config.vocab_size // 2 - 1, config.min_frequency)]


def _train_bpe(normalized: Sequence[str], config: "TokenizerConfig") -> models.Model:
    # The trainer's own limit_alphabet breaks ties in an order that varies between runs, so the choice is made here.
    alphabet = _subword_alphabet(normalized, config)
    trainer = trainers.BpeTrainer(
        vocab_size=config.vocab_size,
        min_frequency=config.min_frequency,
        show_progress=False,
        special_tokens=[UNKNOWN],
        limit_alphabet=len(alphabet),
        initial_alphabet=alphabet,
        max_token_length=MAX_TOKEN_CHARACTERS,
    )
    return _train_subwords(Tokenizer(models.BPE(unk_token=UNKNOWN)), trainer, normalized, alphabet)


def _train_unigram(normalized: Sequence[str], config: "TokenizerConfig") -> models.Model:
    alphabet = _subword_alphabet(normalized, config)
    trainer = trainers.UnigramTrainer(
        vocab_size=config.vocab_size,
        show_progress=False,
        special_tokens=[UNKNOWN],
        unk_token=UNKNOWN,
        initial_alphabet=alphabet,
        shrinking_factor=0.5,
    )
    stride = 1 + sum(map(len, normalized)) // _UNIGRAM_CHARACTERS
    trained = _train_subwords(Tokenizer(models.Unigram()), trainer, normalized[::stride], alphabet)
    # Beyond 15 digits the library does not read back what it wrote, but a loaded tokenizer must equal the trained.
    pieces = [(piece, round(score, 10)) for piece, score in json.loads(Tokenizer(trained).to_str())["model"]["vocab"]]
    # Where a text spells <unk>, its letters must win over the token of that name.
    return models.Unigram([(UNKNOWN, -1000.0), *pieces[1:]], unk_id=0, byte_fallback=False)


def _train_characters(normalized: Sequence[str], config: "TokenizerConfig") -> models.Model:
    characters = _most_frequent(_character_counts(normalized), config.vocab_size - 1, config.min_frequency)
    return models.BPE({token: i for i, token in enumerate([UNKNOWN, *characters])}, [], unk_token=UNKNOWN)


def _train_words(normalized: Sequence[str], config: "TokenizerConfig") -> models.Model:
    pre_tokenizer = _pre_tokenizer(config)
    counts = Counter(word for text in normalized for word, _ in pre_tokenizer.pre_tokenize_str(text))
    short = {word: count for word, count in counts.items() if len(word) <= MAX_TOKEN_CHARACTERS}
    words = _most_frequent(short, config.vocab_size - 1, config.min_frequency)
    return models.WordLevel({token: i for i, token in enumerate([UNKNOWN, *words])}, unk_token=UNKNOWN)


_TRAINERS: Final[Mapping[str, Callable[[Sequence[str], "TokenizerConfig"], models.Model]]] = {
    "bpe": _train_bpe,
    "unigram": _train_unigram,
    "character": _train_characters,
    "jamo": _train_characters,
    "word": _train_words,
}
