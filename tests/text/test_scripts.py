"""Which script texts are written in."""

import pytest

from sentiment.text.scripts import hangul_share, unread_script, written_in


@pytest.mark.parametrize(
    ("texts", "share"),
    [
        ([], 0.0),
        (["", "12 :) 👍"], 0.0),
        (["좋아요"], 1.0),
        (["ㅋㅋㅋ", "ㅠㅠ 3"], 1.0),
        (["good", "こんにちは", "хорошо"], 0.0),
        (["LG 전자", "가나 ab"], 0.5),
        (["https://example.com/abc 좋아요", "me@example.com"], 1.0),
    ],
)
def test_the_share_of_hangul_is_counted_in_letters(texts: list[str], share: float) -> None:
    assert hangul_share(texts) == share


@pytest.mark.parametrize(
    ("texts", "script"),
    [
        (["こんにちは"], "Hiragana"),
        (["素晴らしい映画"], "Chinese characters"),
        (["Отличный фильм"], "Cyrillic"),
        (["หนังดี"], "Thai"),
        (["ﾊﾝｶｸ"], "Katakana"),
        (["한글 좋다", "こんにちは さようなら"], "Hiragana"),
        (["한글 こん"], None),  # as many letters are read as are not
        (["good film", "très bon", "ｇｏｏｄ", "좋아요", "ㅋㅋㅋ", "\u1112\u1161\u11ab"], None),
        (["https://www.example.com/watch?v=abcdefghij こんにちは"], "Hiragana"),
        (["", "123 👍👍👍 !?", "ª ʰ"], None),
        ([], None),
    ],
)
def test_the_script_that_most_letters_are_of_is_named_if_it_is_not_read(texts: list[str], script: str | None) -> None:
    assert unread_script(texts, {"Hangul", "Latin"}) == script


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("이 영화 최고", "Hangul"),
        ("LG gram OLED notebook 좋아요", "Hangul"),
        ("ㅋㅋㅋ good", "Hangul"),
        ("The song 봄날 by BTS is the best of their long career", "Latin"),
        ("très émouvant", "Latin"),
        ("100 👍", None),
        ("こんにちは", None),
        ("", None),
        ("www.naver.com", None),
        ("HTTPS://www.Example.com/a?b=c#d me@example.com", None),
        ("https://www.youtube.com/watch?v=abcdefghijklmnopqrstuvwxyz 봐", "Hangul"),
        ("www.naver.com에서", "Hangul"),
        ("see www.example.com", "Latin"),
        ("@someone nice", "Latin"),
    ],
)
def test_written_in(text: str, script: str | None) -> None:
    assert written_in(text, ("Hangul", "Latin")) == script


@pytest.mark.parametrize("piece", ["e", "e.", "e@", "www.", "e://"])
def test_a_long_text_of_what_begins_an_address_is_read_in_one_pass(piece: str) -> None:
    # In a pass for each character, this would take minutes.
    assert written_in(f"{500_000 * piece} @ :// www. e", ("Latin",)) == "Latin"


def test_written_in_knows_only_what_it_is_asked_for() -> None:
    assert written_in("good 영화", ("Latin",)) == "Latin"
    assert written_in("good", ("Hangul",)) is None
