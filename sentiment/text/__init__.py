"""Texts in, token ids out: normalisation, tokenizers, batches."""

from sentiment.text.batches import batches_by_length, equal_length_batches, equal_length_spans
from sentiment.text.encoding import encode
from sentiment.text.long_texts import encode_whole
from sentiment.text.many_texts import ManyTextsEncoder
from sentiment.text.sequences import TokenSequences
from sentiment.text.subword_sampling import SubwordSampler
from sentiment.text.tokenizer_file import load_tokenizer
from sentiment.text.tokenizer_training import train_tokenizer
from sentiment.text.windows import cut_into_windows

__all__ = [
    "ManyTextsEncoder",
    "SubwordSampler",
    "TokenSequences",
    "batches_by_length",
    "cut_into_windows",
    "encode",
    "encode_whole",
    "equal_length_batches",
    "equal_length_spans",
    "load_tokenizer",
    "train_tokenizer",
]
