"""Replace some bytes of XML."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sentiment.tables.xlsx.faults import WorkbookFaultError

_TAG = re.compile(rb"""<((?:[^\s/>:]+:)?)[^\s/>]+((?:"[^"]*"|'[^']*'|[^>"'])*)>""")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=]+)\s*=\s*("[^"]*"|'[^']*')""")


class Replacement(NamedTuple):
    """A replacement for the bytes from `start` to `end`."""

    start: int
    end: int
    new: bytes


def apply_edits(content: bytes, edits: Iterable[Replacement]) -> bytes:
    """Return the content with non-overlapping edits applied."""
    pieces, passed = [], 0
    for edit in sorted(edits):
        pieces += [content[passed : edit.start], edit.new]
        passed = edit.end
    return b"".join([*pieces, content[passed:]])


def tag_at(content: bytes | bytearray, position: int) -> re.Match[bytes]:
    """Return the match of the tag at this position; its first group is the prefix with its colon.

    Raises:
        WorkbookFaultError: there is none of the usual form.
    """
    match = _TAG.match(content, position) if position >= 0 else None
    if match is None:
        raise WorkbookFaultError("has a tag that cannot be edited; save the file again")
    return match


def edited_tag(tag: re.Match[bytes], values: Mapping[bytes, bytes | None]) -> bytes:
    """Return a tag with new values for some of its attributes; None removes one."""

    def edited(match: re.Match[bytes]) -> bytes:
        if match[1] not in values:
            return match[0]
        value = values[match[1]]
        return b"" if value is None else b' %s="%s"' % (match[1], value)

    before = tag[0][: tag.start(2) - tag.start()]
    return before + _ATTRIBUTE.sub(edited, tag[2]) + b">"


def attribute(tag: re.Match[bytes], name: bytes) -> str:
    """Return the value of an attribute; "" if the tag does not have it."""
    return next((match[2][1:-1].decode() for match in _ATTRIBUTE.finditer(tag[2]) if match[1] == name), "")


def edit_tag(content: bytes, position: int, values: Mapping[bytes, bytes | None]) -> Replacement:
    """Return the edit of the tag at this position."""
    tag = tag_at(content, position)
    return Replacement(tag.start(), tag.end(), edited_tag(tag, values))
