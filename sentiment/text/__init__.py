"""Texts in, token ids out: normalisation, tokenizers, batches."""

from sentiment.text.batches import batches_by_length, equal_length_batches, equal_length_spans
from sentiment.text.detokenization import detokenize
from sentiment.text.encoding import encode
from sentiment.text.sequences import TokenSequences
from sentiment.text.subword_sampling import SubwordSampler
from sentiment.text.tokenizer_file import load_tokenizer
from sentiment.text.tokenizer_training import train_tokenizer

__all__ = [
    "SubwordSampler",
    "TokenSequences",
    "batches_by_length",
    "detokenize",
    "encode",
    "equal_length_batches",
    "equal_length_spans",
    "load_tokenizer",
    "train_tokenizer",
]
