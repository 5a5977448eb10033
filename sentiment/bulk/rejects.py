"""Rejected rows: the position of each, the reason, and all of its bytes."""

import base64
import json
from typing import Any, NamedTuple


class Reject(NamedTuple):
    """A broken row.

    Attributes:
        row: Its number, from 1, not counting the header and blank lines.
        line: Number of its first line in the file, from 1.
        reason: What is wrong with it.
        raw: The row as in the file, without its line end.
        text: The same as characters; None if it cannot be decoded.
    """

    row: int
    line: int
    reason: str
    raw: bytes
    text: str | None

    def to_json(self) -> str:
        """Return it as a line of JSON; bytes that cannot be decoded are written in Base64."""
        content: dict[str, Any] = {"row": self.row, "line": self.line, "reason": self.reason}
        if self.text is not None:
            content["content"] = self.text
        else:
            content["content_base64"] = base64.b64encode(self.raw).decode("ascii")
        return json.dumps(content, ensure_ascii=False) + "\n"
