"""The texts that a caller gives: proven to be texts, and cut into chunks whose answers fit into memory."""

from collections.abc import Iterable, Iterator, Sequence

CHUNK_TEXTS = 8_192
"""Texts of a chunk, at most: enough that most batches of one length are full."""
CHUNK_CHARACTERS = 2_000_000
"""Characters after which a chunk ends as well."""


def checked_texts(texts: Iterable[str]) -> Sequence[str]:
    """Return texts as a list or a tuple.

    Raises:
        TypeError: It is a single string, which would be taken for its characters, or holds something else than strings.
    """
    if isinstance(texts, str):
        raise _single_string()
    several = texts if isinstance(texts, list | tuple) else list(texts)
    if not set(map(type, several)) <= {str}:
        for position, text in enumerate(several):
            _check(text, position)
    return several


def chunks_of(texts: Iterable[str]) -> Iterator[list[str]]:
    """Cut texts into lists, none of which is empty; no text is read before its chunk is asked for.

    Raises:
        TypeError: As in `checked_texts`; of a single string at once, of anything else when it is reached.
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
    return TypeError("texts must be several strings, not a single one; put it into a list")
