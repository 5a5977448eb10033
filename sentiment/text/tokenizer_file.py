"""Read `tokenizer.json`, untrusted input: only what `train_tokenizer` can write is passed to the library."""

import json
import sys
from collections.abc import Mapping
from itertools import chain
from operator import itemgetter
from typing import Final, cast

from tokenizers import Tokenizer

from sentiment.errors import ModelDirectoryError
from sentiment.files import check_json, refuse_constant
from sentiment.text.normalization import is_known_component
from sentiment.text.tokenizer_training import MAX_TOKEN_CHARACTERS, MAX_VOCAB_SIZE, SPACE, UNKNOWN

# A token takes two quotation marks or brackets, a merge three; some tokens contain one.
_MAX_STRUCTURE: Final = 6 * MAX_VOCAB_SIZE
_MAX_NORMALIZERS: Final = 16
_TOKEN_LENGTHS: Final = frozenset(range(1, MAX_TOKEN_CHARACTERS + 1))

_FIXED_PARTS: Final[Mapping[str, object]] = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [],
    "post_processor": None,
    "decoder": None,
}
_CHECKED_PARTS: Final = frozenset({"normalizer", "pre_tokenizer", "model"})

_PRE_TOKENIZERS: Final[tuple[Mapping[str, object], ...]] = (
    {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always", "split": True},
    {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "never", "split": True},
    {
        "type": "Sequence",
        "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "Isolated"}],
    },
)

_MODEL_SETTINGS: Final[Mapping[str, Mapping[str, object]]] = {
    "BPE": {
        "type": "BPE",
        "dropout": None,
        "unk_token": UNKNOWN,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": False,
    },
    "Unigram": {"type": "Unigram", "unk_id": 0, "byte_fallback": False},
    "WordLevel": {"type": "WordLevel", "unk_token": UNKNOWN},
}


def load_tokenizer(content: bytes, source: str, *, is_shipped: bool = False) -> Tokenizer:
    """Load a tokenizer written by `train_tokenizer`.

    A foreign component, above all a foreign regular expression, could hang or crash the process. So the JSON is parsed
    and checked here first. JSON parsers differ on duplicate keys in an object: if there are any, the library gets the
    checked values, serialised again; otherwise it gets the text as it is, in half the time.

    Args:
        content: the output of `Tokenizer.to_str`, in UTF-8.
        source: its path, for messages.
        is_shipped: whether it comes with the package, whose tests have checked it: checking takes as long as loading.

    Raises:
        ModelDirectoryError: it is not JSON, too large, or has content that `train_tokenizer` never writes.
    """
    serialized = content.decode() if is_shipped else _checked(content, source)
    try:
        return Tokenizer.from_str(serialized)
    except BaseException as error:
        # A panic of the library derives from BaseException, like KeyboardInterrupt, and its class cannot be imported.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise _error(source, f"was rejected by tokenizers ({str(error)[:200]!r})") from error
        raise


def _checked(content: bytes, source: str) -> str:
    """Return the text to pass to the library."""
    keys = _KeyCounter()
    try:
        check_json(content, _MAX_STRUCTURE)
        serialized = content.decode()
        document = json.loads(serialized, parse_constant=refuse_constant, object_pairs_hook=keys)
    except ValueError as error:
        raise _error(source, f"is not readable JSON ({error})") from error
    if (fault := _find_fault(document)) is not None:
        raise _error(source, fault)
    return json.dumps(document) if keys.repeated else serialized


def _error(source: str, fault: str) -> ModelDirectoryError:
    return ModelDirectoryError(f"{source}: {fault}; restore the file or train the model again")


class _KeyCounter:
    """Builds the objects of a JSON text, and records whether one had a duplicate key."""

    def __init__(self) -> None:
        self.repeated = False

    def __call__(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        content = dict(pairs)
        self.repeated |= len(content) < len(pairs)
        return content


def _shown(value: object) -> str:
    """Format a value of the file for a message: on one line, and short."""
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _find_fault(document: object) -> str | None:
    if not isinstance(document, dict) or document.keys() != _FIXED_PARTS.keys() | _CHECKED_PARTS:
        return "is not a tokenizer written by this program"
    for part, wanted in _FIXED_PARTS.items():
        if document[part] != wanted:
            return f"{part} is {_shown(document[part])}, wanted {wanted!r}"
    if document["pre_tokenizer"] not in _PRE_TOKENIZERS:
        return f"pre_tokenizer {_shown(document['pre_tokenizer'])} is not one that this program writes"
    return _find_normalizer_fault(document["normalizer"]) or _find_model_fault(document["model"])


def _find_normalizer_fault(normalizer: object) -> str | None:
    if not isinstance(normalizer, dict) or normalizer.keys() != {"type", "normalizers"}:
        return f"normalizer {_shown(normalizer)} is not a sequence"
    steps = normalizer["normalizers"]
    if normalizer["type"] != "Sequence" or not isinstance(steps, list) or len(steps) > _MAX_NORMALIZERS:
        return f"normalizer is not a sequence of at most {_MAX_NORMALIZERS} steps"
    foreign = next((step for step in steps if not is_known_component(step)), None)
    return None if foreign is None else f"normalizer {_shown(foreign)} is not one that this program writes"


def _find_model_fault(model: object) -> str | None:
    kind = model.get("type") if isinstance(model, dict) else None
    if not isinstance(model, dict) or not isinstance(kind, str) or kind not in _MODEL_SETTINGS:
        return f"model type {_shown(kind)} is not among {', '.join(_MODEL_SETTINGS)}"
    settings = dict(model)
    vocab = settings.pop("vocab", None)
    merges = settings.pop("merges", None) if kind == "BPE" else []
    if settings != _MODEL_SETTINGS[kind]:
        return f"model settings {_shown(settings)} are not those that this program writes"
    if kind == "Unigram":
        return _find_scores_fault(vocab)
    return _find_ids_fault(vocab) or _find_merges_fault(merges, vocab)


def _find_ids_fault(vocab: object) -> str | None:
    if not isinstance(vocab, dict) or not set(map(type, vocab.values())) <= {int}:
        return "vocab is not a table of tokens and ids"
    if len(vocab) > MAX_VOCAB_SIZE:
        return f"has {len(vocab):,} tokens, but a tokenizer has at most {MAX_VOCAB_SIZE:,}"
    if sorted(vocab.values()) != list(range(len(vocab))):
        return f"the ids of the {len(vocab)} tokens are not 0 to {len(vocab) - 1}"
    if vocab.get(UNKNOWN) != 0:
        return f"{UNKNOWN} has id {vocab.get(UNKNOWN)}, wanted 0"
    return _find_token_fault(vocab)


def _find_scores_fault(vocab: object) -> str | None:
    if isinstance(vocab, list) and len(vocab) > MAX_VOCAB_SIZE:
        return f"has {len(vocab):,} tokens, but a tokenizer has at most {MAX_VOCAB_SIZE:,}"
    if not isinstance(vocab, list) or not _are_pairs(vocab, (str,), (int, float)):
        return "vocab is not a list of tokens and scores"
    if not all(abs(score) <= sys.float_info.max for _, score in vocab):  # isfinite fails for an int of 400 digits
        return "vocab is not a list of tokens and scores"
    tokens = {token: None for token, _ in vocab}
    if len(tokens) < len(vocab):
        return "vocab contains a token twice"
    if next(iter(tokens), None) != UNKNOWN:
        return f"the first token is not {UNKNOWN}"
    return _find_token_fault(tokens)


def _find_token_fault(tokens: Mapping[str, object]) -> str | None:
    if set(map(len, tokens)) <= _TOKEN_LENGTHS:
        return None
    wrong = next(token for token in tokens if len(token) not in _TOKEN_LENGTHS)
    return f"token {_shown(wrong)} is not 1 to {MAX_TOKEN_CHARACTERS} characters long"


def _find_merges_fault(merges: object, vocab: Mapping[str, object]) -> str | None:
    if not isinstance(merges, list):
        return "merges is not a list"
    known = vocab.keys() - {UNKNOWN}
    try:  # a value that is not a string is no token, or not hashable
        is_sound = (
            set(map(type, merges)) <= {list}
            and set(map(len, merges)) <= {2}
            and known.issuperset(chain.from_iterable(merges))
            and known.issuperset(joined := set(map("".join, merges)))
        )
        # Pairs that make different tokens differ; those that make the same one are rare, and compared as pairs.
        if is_sound and (len(joined) == len(merges) or len(set(map(tuple, merges))) == len(merges)):
            return None
    except TypeError:
        pass
    return _first_merge_fault(merges, known)


def _first_merge_fault(merges: list[object], known: set[str]) -> str:
    seen = set()
    for merge in merges:
        if not _are_pairs([merge], (str,), (str,)):
            return f"merge {_shown(merge)} is not a pair of tokens"
        pair = cast("list[str]", merge)
        if not known.issuperset([*pair, "".join(pair)]):
            return f"merge {_shown(merge)} uses or makes a token that is not in the vocab"
        if (twice := tuple(pair)) in seen:
            return f"merge {_shown(merge)} occurs twice"
        seen.add(twice)
    raise AssertionError("the checks above found no invalid merge")


def _are_pairs(values: list[object], first: tuple[type, ...], second: tuple[type, ...]) -> bool:
    """Return whether all are lists of two values, the first and the second of these types."""
    if not set(map(type, values)) <= {list}:
        return False
    pairs = cast("list[list[object]]", values)
    if not set(map(len, pairs)) <= {2}:
        return False
    firsts, seconds = (set(map(type, map(itemgetter(place), pairs))) for place in (0, 1))
    return firsts <= {*first} and seconds <= {*second}
