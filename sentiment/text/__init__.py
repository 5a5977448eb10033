"""Texts in, token ids out: normalisation, tokenizers, batches."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sentiment.text.batches import batches_by_length, equal_length_batches, equal_length_spans
    from sentiment.text.detokenization import detokenize, spell
    from sentiment.text.encoding import encode, replace_surrogates
    from sentiment.text.long_texts import encode_whole
    from sentiment.text.many_texts import ManyTextsEncoder
    from sentiment.text.sequences import TokenSequences
    from sentiment.text.subword_sampling import SubwordSampler
    from sentiment.text.token_spelling import token_characters
    from sentiment.text.tokenizer_file import load_tokenizer
    from sentiment.text.tokenizer_training import train_tokenizer
    from sentiment.text.windows import cut_into_windows

_MODULES = {
    "ManyTextsEncoder": "many_texts",
    "SubwordSampler": "subword_sampling",
    "TokenSequences": "sequences",
    "batches_by_length": "batches",
    "cut_into_windows": "windows",
    "detokenize": "detokenization",
    "encode": "encoding",
    "encode_whole": "long_texts",
    "equal_length_batches": "batches",
    "equal_length_spans": "batches",
    "load_tokenizer": "tokenizer_file",
    "token_characters": "token_spelling",
    "replace_surrogates": "encoding",
    "spell": "detokenization",
    "train_tokenizer": "tokenizer_training",
}

__all__ = [
    "ManyTextsEncoder",
    "SubwordSampler",
    "TokenSequences",
    "batches_by_length",
    "cut_into_windows",
    "detokenize",
    "encode",
    "encode_whole",
    "equal_length_batches",
    "equal_length_spans",
    "load_tokenizer",
    "replace_surrogates",
    "spell",
    "token_characters",
    "train_tokenizer",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: a prediction needs nothing of what trains a tokenizer."""
    if name in _MODULES:
        return getattr(import_module(f"sentiment.text.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
