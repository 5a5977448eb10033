"""From texts to token sequences."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sentiment.text.sequences import TokenSequences, offsets_of

# An `Encoding` takes about 100 bytes per character: texts are encoded in chunks so that memory stays flat.
_CHUNK_CHARACTERS: Final = 500_000
_CHUNK_TEXTS: Final = 10_000

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def replace_surrogates(text: str) -> str:
    """Return `text` as valid Unicode: surrogate pairs joined, lone surrogates replaced by U+FFFD."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def encode(tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int | None) -> TokenSequences:
    """Encode texts; each result depends on its own text alone.

    A text of white space and invisible characters has length 0. A lone surrogate, which is not valid Unicode, counts
    as U+FFFD. All cores are used unless TOKENIZERS_PARALLELISM says otherwise.

    Args:
        tokenizer: of `train_tokenizer` or `load_tokenizer`.
        texts: n texts.
        max_tokens: longer texts are cut after this many tokens, and marked in `truncated`; None for no limit.

    Returns:
        n sequences.
    """
    input_ids: list[NDArray[np.int32]] = []
    counts: list[int] = []
    for begin, end in chunks_of_texts(texts):
        encodings = tokenizer.encode_batch_fast(
            [replace_surrogates(text) for text in texts[begin:end]], add_special_tokens=False
        )
        counts.extend(map(len, encodings))
        kept = (encoding.ids[:max_tokens] for encoding in encodings)
        input_ids.append(np.fromiter(chain.from_iterable(kept), dtype=np.int32))
    lengths = np.array(counts, dtype=np.int64)
    kept_lengths = lengths if max_tokens is None else np.minimum(lengths, max_tokens)
    flat = np.concatenate(input_ids) if input_ids else np.zeros(0, dtype=np.int32)
    return TokenSequences(flat, offsets_of(kept_lengths), lengths > kept_lengths)


def chunks_of_texts(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the bounds of chunks of texts that are small enough for their `Encoding`s to fit into memory."""
    begin = characters = 0
    for i, text in enumerate(texts):
        if i > begin and (i - begin == _CHUNK_TEXTS or characters + len(text) > _CHUNK_CHARACTERS):
            yield begin, i
            begin, characters = i, 0
        characters += len(text)
    if begin < len(texts):
        yield begin, len(texts)
