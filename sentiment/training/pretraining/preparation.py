"""From pretraining texts to what the loop needs: held-out texts, a tokenizer, tokens and their counts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tokenizers
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.config import Config
from sentiment.data import PretrainingTexts, grouping_key
from sentiment.errors import DataError
from sentiment.text.encoding import encode
from sentiment.text.sequences import TokenSequences
from sentiment.text.token_spelling import word_beginnings
from sentiment.text.tokenizer_training import train_tokenizer
from sentiment.text.windows import cut_at_words
from sentiment.training.loop.rows import SequencesInPieces, TrainingSequences, training_sequences

MAX_HELD_OUT_SHARE = 0.1
# Keeps this draw apart from all others of the same seed.
_STREAM = 0x6865_6C64


@dataclass(frozen=True)
class HeldOutTexts:
    """Texts to measure on, each once.

    Attributes:
        sequences: n texts of at least one token, long ones in pieces.
        grades: (n,), ABSENT where there is none.
        classes: (n,), ABSENT where there is none.
    """

    sequences: TokenSequences
    grades: NDArray[np.int64]
    classes: NDArray[np.int64]


@dataclass(frozen=True)
class PretrainingPreparation:
    """What stays the same all through a pretraining.

    Attributes:
        training: the training texts as tokens, long ones in pieces, epoch by epoch.
        plain_training: the same without subword noise.
        grades: (n,), the grade of each training text, ABSENT where there is none.
        classes: (n,), the class of each training text, ABSENT where there is none.
        held_out: texts that are not trained on, nor any equal to them.
        word_occurrences: (vocab_size + 1,), of each token in the training texts, and of their ends.
    """

    tokenizer: tokenizers.Tokenizer
    training: TrainingSequences
    plain_training: TokenSequences
    grades: NDArray[np.int64]
    classes: NDArray[np.int64]
    held_out: HeldOutTexts
    word_occurrences: NDArray[np.int64]


def prepare_pretraining(
    config: Config, rows: PretrainingTexts, tokenizer: tokenizers.Tokenizer | None, notify: Notify
) -> PretrainingPreparation:
    """Set texts aside, train the tokenizer on the others, and read all through it.

    Args:
        config: its sections `tokenizer` and `pretraining` matter here, and `data.split_seed`.
        rows: the texts.
        tokenizer: the one of a resumed pretraining; None trains one.
        notify: gets notes on how many texts there are, and how long.

    Raises:
        DataError: too few texts hold a token.
    """
    kept, held_out = hold_out(rows.texts, config.pretraining.held_out_texts, config.data.split_seed)
    if tokenizer is None:
        tokenizer = train_tokenizer([rows.texts[row] for row in kept], config.tokenizer)
    kept, sequences = _encode(rows.texts, kept, tokenizer)
    held_out, held_out_sequences = _encode(rows.texts, held_out, tokenizer)
    if not len(kept) or not len(held_out):
        raise DataError(f"{', '.join(rows.sha256)}: too few texts to pretrain on; add some, or check the text column")
    max_tokens, begins_word = config.pretraining.max_tokens, word_beginnings(tokenizer)
    notify(
        f"pretraining on {len(kept):,} texts of {sequences.lengths.mean():.1f} tokens on average, "
        f"{(sequences.lengths > max_tokens).sum():,} of them in pieces of at most {max_tokens}; "
        f"{len(held_out):,} are held out"
    )
    dropout = config.tokenizer.dropout
    texts = [rows.texts[row] for row in kept] if dropout else []
    whole = training_sequences(sequences, texts, tokenizer, dropout, None)
    occurrences = np.append(np.bincount(sequences.input_ids, minlength=len(begins_word)), len(kept))
    return PretrainingPreparation(
        tokenizer,
        SequencesInPieces(whole, max_tokens, begins_word),
        cut_at_words(sequences, max_tokens, begins_word),
        rows.grades[kept],
        rows.classes[kept],
        HeldOutTexts(
            cut_at_words(held_out_sequences, max_tokens, begins_word), rows.grades[held_out], rows.classes[held_out]
        ),
        occurrences,
    )


def hold_out(texts: Sequence[str], number: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Set some texts aside, and leave out all that equal them.

    Args:
        texts: of a pretraining.
        number: texts to set aside; at most a tenth of those that differ.
        seed: of the choice.

    Returns:
        Positions of the texts to train on, and of the held-out ones, of which no two are equal.
    """
    first_row: dict[str, int] = {}
    keys = [grouping_key(text) for text in texts]
    for row, key in enumerate(keys):
        first_row.setdefault(key, row)
    distinct = sorted(first_row)
    rng = np.random.default_rng([seed, _STREAM])
    size = min(number, int(MAX_HELD_OUT_SHARE * len(distinct)))
    chosen = {distinct[place] for place in rng.choice(len(distinct), size, replace=False)}
    kept = np.array([row for row, key in enumerate(keys) if key not in chosen], dtype=np.int64)
    return kept, np.array(sorted(first_row[key] for key in chosen), dtype=np.int64)


def _encode(
    texts: Sequence[str], rows: NDArray[np.int64], tokenizer: tokenizers.Tokenizer
) -> tuple[NDArray[np.int64], TokenSequences]:
    """Return the rows that hold a token, and their tokens."""
    usable, sequences = encode(tokenizer, [texts[row] for row in rows], None).without_empty()
    return rows[usable], sequences
