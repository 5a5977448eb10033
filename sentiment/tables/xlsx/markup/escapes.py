"""Texts in cells: XML cannot represent every character, so spreadsheets write `_x000D_` for the character 0xD.

Source: ECMA-376 part 1, 22.9.2.19 (ST_Xstring).
"""

import html
import re

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_NOT_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


def unescape_text(text: str) -> str:
    """Return a text of a cell with its escapes resolved."""
    if "_x" not in text:
        return text
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    # Characters beyond the first 65,536 are escaped as surrogate pairs.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def escape_attribute(text: str) -> str:
    """Return a text as a double-quoted attribute value, in which XML would convert other white space to spaces."""
    return escape_text(text).replace('"', "&quot;").replace("\t", "_x0009_").replace("\n", "_x000A_")


def escape_text(text: str) -> str:
    """Return a text as XML within a cell; characters that XML cannot represent are escaped as in spreadsheets."""
    text = _LOOKS_ESCAPED.sub("_x005F_", text)
    return html.escape(_NOT_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", text), quote=False)
