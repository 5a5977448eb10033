"""Which encoding a file of text is in, and that its bytes come back as they were."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import DataError
from sentiment.tables.text_files.encodings import TextEncoding, choose_encoding

ROWS = "번호,리뷰\n1,정말 좋아요\n2,별로예요\n"
CODECS = ["utf-8", "cp949", "euc_kr", "utf-16-le", "utf-16-be", "gb18030", "iso8859-1", "cp1252", "koi8-r"]


@pytest.mark.parametrize(
    ("content", "codec", "mark"),
    [
        (ROWS.encode(), "utf-8", b""),
        (ROWS.encode("utf-8-sig"), "utf-8", codecs.BOM_UTF8),
        (codecs.BOM_UTF8 * 2 + ROWS.encode(), "utf-8", codecs.BOM_UTF8 * 2),
        (ROWS.encode("cp949"), "cp949", b""),
        (ROWS.encode("utf-16"), "utf-16-le", codecs.BOM_UTF16_LE),
        (codecs.BOM_UTF16_BE + ROWS.encode("utf-16-be"), "utf-16-be", codecs.BOM_UTF16_BE),
        (ROWS.encode("utf-16-le"), "utf-16-le", b""),
        (ROWS.encode("utf-16-be"), "utf-16-be", b""),
        (ROWS.encode()[:-2], "utf-8", b""),
        (ROWS.encode() * 3 + "très bon\n".encode("latin-1"), "utf-8", b""),
        (ROWS.encode("cp949") * 3 + b"\xff\xff\n", "cp949", b""),
        (b"id,text\n1,good\0\n", "utf-8", b""),
        (b"", "utf-8", b""),
    ],
)
def test_the_first_bytes_tell_the_encoding(content: bytes, codec: str, mark: bytes) -> None:
    found = choose_encoding(content, None, "rows")
    assert (found.codec, found.mark, bool(found.origin)) == (codec, mark, codec != "utf-8")


ENGLISH = ["I’m happy", "It’s bad", "I’m so mad", "Best film ever"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "texts",
    [
        ENGLISH,
        ENGLISH[:1],  # valid cp949 on its own, as a rare syllable
        ["“I’m glad”, he said – “but it’s too long…”"],
        ["rock’n’roll", "a café in the ’90s", "déjà vu"],
        ["Ärger über die größte Größe – schade", "„Schön“"],
    ],
)
def test_english_of_windows_is_not_korean(texts: list[str], line_end: str) -> None:
    content = line_end.join(["id,text", *texts]).encode("cp1252")
    found = choose_encoding(content, None, "rows")
    assert (found.codec, found.origin) == (
        "cp1252",
        "its bytes are neither UTF-8 nor Korean; `encoding` chooses another",
    )
    assert found.encode(next(found.decode([content], "rows"))) == content


@pytest.mark.parametrize(
    "texts",
    [
        ["뭢 정말 햏햏한 영화", "똠양꿍 맛집이에요", "최고"],
        ["햏햏", "아햏햏"],
        ["It's a “good” film", "ㅋㅋ good"],
        ["東京", "大學"],
        ["정말 I뭢 최고 펲"],
    ],
)
def test_korean_with_rare_syllables_is_korean(texts: list[str]) -> None:
    content = "\n".join(["id,text", *texts, ""]).encode("cp949")
    assert choose_encoding(content, None, "rows").codec == "cp949"


def test_latin_text_is_cp1252_only_if_nothing_else_fits() -> None:
    """A row of bytes that are no text, or another encoding than most rows have, is a broken row of UTF-8."""
    assert choose_encoding("id,text\n1,très bon\n".encode("latin-1"), None, "rows").codec == "utf-8"
    assert choose_encoding(b"id,text\n1,I\x92m \xff bad\n", None, "rows").codec == "utf-8"
    assert choose_encoding("id,text\n1,“Да”\n".encode("cp1251"), None, "rows").codec == "utf-8"
    mixed = "1,it’s good\n".encode() * 2 + "2,it’s bad\n".encode("cp1252")
    assert choose_encoding(b"id,text\n" + mixed, None, "rows").codec == "utf-8"


@pytest.mark.parametrize(
    ("wanted", "codec"), [("UTF8", "utf-8"), ("utf-8-sig", "utf-8"), ("ms949", "cp949"), ("utf-16", "utf-16-le")]
)
def test_an_encoding_goes_by_all_its_names(wanted: str, codec: str) -> None:
    assert choose_encoding(b"text\n", wanted, "rows") == TextEncoding(codec, b"", "`encoding`")


def test_a_mark_of_another_encoding_than_the_named_one_is_text() -> None:
    assert choose_encoding(codecs.BOM_UTF8 + b"text\n", "utf-8", "rows").mark == codecs.BOM_UTF8
    assert choose_encoding(codecs.BOM_UTF8 + b"text\n", "cp949", "rows").mark == b""


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        ("klingon", "unknown encoding 'klingon'; try utf-8, cp949 or utf-16"),
        ("a\0", "unknown encoding"),
        ("rot13", "unknown encoding 'rot13'"),
        ("utf-7", "'utf-7' is not an encoding that can be copied byte for byte; convert the file to UTF-8"),
        ("shift_jis", "'shift_jis' is not an encoding that can be copied byte for byte"),
    ],
)
def test_what_is_no_encoding_of_a_table_is_refused(wanted: str, fault: str) -> None:
    with pytest.raises(DataError, match=fault):
        choose_encoding(b"text\n", wanted, "rows")


@given(st.binary(max_size=64), st.sampled_from(CODECS), st.integers(1, 7))
def test_any_bytes_come_back(content: bytes, codec: str, size: int) -> None:
    encoding = TextEncoding(codec)
    if codec.startswith("utf-16") and len(content) % 2:
        content += b"\0"
    blocks = [content[start : start + size] for start in range(0, len(content), size)]
    assert encoding.encode("".join(encoding.decode(blocks, "rows"))) == content


def test_characters_that_an_encoding_lacks_are_known() -> None:
    assert TextEncoding("cp949").can_encode("정말 좋아요")
    assert not TextEncoding("cp949").can_encode("😀")
    assert not TextEncoding("utf-8").can_encode(next(TextEncoding("utf-8").decode([b"\xff"], "rows")))


def test_a_pause_of_a_stream_is_an_empty_text_and_half_a_character_waits() -> None:
    first, second = "가".encode()[:2], "가".encode()[2:]
    assert list(TextEncoding("utf-8").decode([first, b"", second], "rows")) == ["", "", "가"]
    with pytest.raises(DataError, match="ends in half a character of UTF-16-LE; get a complete copy"):
        list(TextEncoding("utf-16-le").decode([b"\x00\xac\x00"], "rows"))
