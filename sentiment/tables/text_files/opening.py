"""Open text tables: detect encoding, format and header."""

from collections.abc import Iterator
from itertools import chain

from sentiment.callbacks import Notify
from sentiment.tables.options import TableOptions
from sentiment.tables.text_files.encodings import choose_encoding
from sentiment.tables.text_files.head import Head
from sentiment.tables.text_files.records import lines_of
from sentiment.tables.text_files.signatures import refuse_foreign
from sentiment.tables.text_files.source import BLOCK_BYTES, ByteSource
from sentiment.tables.text_files.text_table import Format, TextTable


def open_text_table(
    source: ByteSource, format_: str | Format, options: TableOptions, *, live: bool = False, notify: Notify
) -> TextTable:
    """Open a table in CSV, TSV, JSON Lines or plain lines, optionally compressed with gzip.

    Args:
        source: Its bytes.
        format_: A format, or the result of `format_of`.
        options: For reading it, apart from the format.
        live: Whether a pause in a stream ends a window, as in `TextTable.windows`.
        notify: Gets notes on an encoding other than UTF-8, an unusual delimiter, and lines above the
            header.

    Raises:
        DataError: It is unreadable or empty, or of another format.
    """
    name, most = source.name, options.most_characters
    blocks = source.blocks(live=live)
    first, is_whole = _read_head(blocks, source)
    refuse_foreign(first, name)
    encoding = choose_encoding(first, options.encoding, name)
    if encoding.origin:
        notify(f"{name}: read as {encoding.shown} ({encoding.origin})")
    text = next(encoding.decode([first], name))
    newline = "\r" if "\r" in text and "\n" not in text else "\n"
    lines = [line for line in lines_of([text], newline, name, most) if line]
    if not is_whole and lines and not lines[-1].endswith(newline):
        lines.pop()
    head = Head(name, lines, is_whole, options.header_row)
    format_, header = head.find_header(head.find_format(format_, notify), most, notify)
    characters = encoding.decode(chain([first], blocks), name)
    records = format_.records(lines_of(characters, newline, name, most))
    return TextTable(source, format_, encoding, records, header_line=header and header.line, notify=notify)


def _read_head(blocks: Iterator[bytes], source: ByteSource) -> tuple[bytes, bool]:
    """Return the first block, a full one for a file, and whether that is everything."""
    head = b""
    for block in blocks:
        head += block
        if len(head) >= BLOCK_BYTES or (head and source.is_stream):
            return head, False
    return head, True
