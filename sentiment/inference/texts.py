"""The texts passed by a caller: checked to be strings, and split into chunks whose results fit into memory."""

from collections.abc import Iterable, Iterator, Sequence

CHUNK_TEXTS = 8_192
"""Most texts of a chunk: enough that most batches of equal length are full."""
CHUNK_CHARACTERS = 2_000_000
"""Characters after which a chunk ends as well."""


def checked_texts(texts: Iterable[str]) -> Sequence[str]:
    """Return texts as a list or a tuple.

    Raises:
        TypeError: It is a single string, whose characters would be taken as texts, or contains other types.
    """
    if isinstance(texts, str):
        raise _single_string()
    several = texts if isinstance(texts, list | tuple) else list(texts)
    if not set(map(type, several)) <= {str}:
        for position, text in enumerate(several):
            _check(text, position)
    return several


def chunks_of(texts: Iterable[str]) -> Iterator[list[str]]:
    """Split texts into non-empty lists; no text is read before its chunk is requested.

    Raises:
        TypeError: As in `checked_texts`; for a single string at once, for anything else when it is reached.
    """
    if isinstance(texts, str):
        raise _single_string()
    return _chunks_of(texts)


def _chunks_of(texts: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    characters = 0
    for position, text in enumerate(texts):
        _check(text, position)
        chunk.append(text)
        characters += len(text)
        if len(chunk) == CHUNK_TEXTS or characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _check(text: object, position: int) -> None:
    if not isinstance(text, str):
        raise TypeError(f"texts must be strings, and number {position + 1} is of type {type(text).__name__}")


def _single_string() -> TypeError:
    return TypeError("texts must be a list of strings, not a single string; wrap it in a list")
