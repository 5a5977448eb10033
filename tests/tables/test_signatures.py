"""Files that are no text are known by their first bytes, and texts are never taken for them."""

import bz2
import codecs
import gzip
import lzma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import DataError
from sentiment.tables.text_files.signatures import refuse_foreign
from tests.tables.conftest import zipped

FOREIGN = {
    "workbook": (zipped({"a": "b"}), "a zip file or a workbook; unpack it, or set its format with `format`"),
    "gzip in gzip": (gzip.compress(b"text"), "compressed with gzip more than once"),
    "Parquet": (b"PAR1\x15\x04\x15\x10", "a Parquet file; end its name with .parquet, or set `format`"),
    "old office file": (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(8), "save it as CSV or XLSX"),
    "bzip2": (bz2.compress(b"text"), "compressed with bzip2"),
    "xz": (lzma.compress(b"text"), "compressed with xz"),
    "7-Zip": (b"7z\xbc\xaf'\x1c\0\4", "compressed with 7-Zip"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04", "compressed with zstd"),
    "PDF": (b"%PDF-1.7\n", "a PDF file"),
    "PNG": (b"\x89PNG\r\n\x1a\n", "a picture"),
    "JPEG": (b"\xff\xd8\xff\xe0", "a picture"),
    "program": (b"\x7fELF\2\1", "a program"),
    "UTF-32 with a mark": ("text\n".encode("utf-32"), "in UTF-32"),
    "UTF-32 turned around": (codecs.BOM_UTF32_BE + "text\n".encode("utf-32-be"), "in UTF-32"),
    "UTF-32 without a mark": ("리뷰\n".encode("utf-32-le"), "in UTF-32"),
    "big-endian UTF-32 without a mark": ("리뷰\n".encode("utf-32-be"), "in UTF-32"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_no_text_is_one_line(kind: str) -> None:
    head, fault = FOREIGN[kind]
    with pytest.raises(DataError) as raised:
        refuse_foreign(head, "rows.csv")
    assert str(raised.value).startswith("rows.csv: is ")
    assert fault in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("head", [b"", b"P", b"PK", b"PAR1", b"BZh is short for", b"%PDF", b"\x1f", b"\0\0\0\0"])
def test_a_text_may_begin_alike(head: bytes) -> None:
    refuse_foreign(head, "rows.csv")


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1),
    st.sampled_from(["utf-8", "utf-16-le"]),
)
def test_texts_of_usual_encodings_pass(text: str, encoding: str) -> None:
    refuse_foreign(text.encode(encoding), "rows.csv")
