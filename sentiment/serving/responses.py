"""JSON that any text can be part of."""

import json
from typing import Any

from starlette.responses import JSONResponse


class JsonResponse(JSONResponse):
    """JSON in UTF-8; half of a surrogate pair, which JSON has and UTF-8 has not, is escaped.

    Every response of the service that is JSON is one, as it may tell a client's text, or a cell of its table, back.
    """

    def render(self, content: Any) -> bytes:
        """Encode what is answered."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace")  # only halves need it, and JSON escapes them alike
