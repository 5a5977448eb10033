import json
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.config import TokenizerConfig
from sentiment.text.normalization import build_normalizer, is_known_component

NFC = TokenizerConfig(unicode_form="NFC")
NFKC = TokenizerConfig(unicode_form="NFKC")


def normalize(text: str, config: TokenizerConfig) -> str:
    return build_normalizer(config).normalize_str(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ㅋㅋㅋㅋㅋㅋ 최고!!!!!!", "ㅋㅋㅋ 최고!!!"),
        ("하아....그냥ㅠㅠㅠㅠ", "하아...그냥ㅠㅠㅠ"),
        ("노노노노노 aaaaaaAAAAAA", "노노노 aaa"),
        ("ㅋㅎㅋㅎㅋㅎ 1212", "ㅋㅎㅋㅎㅋㅎ 1212"),
        ("😀😀😀😀😀", "😀😀😀"),
        ("❤️❤️❤️❤️", "❤❤❤"),
    ],
)
def test_long_runs_of_one_character_are_cut(text: str, wanted: str) -> None:
    assert normalize(text, NFC) == wanted


@pytest.mark.parametrize("max_repeats", [1, 2, 3, 100])
def test_runs_are_cut_to_max_repeats(max_repeats: int) -> None:
    config = TokenizerConfig(max_repeats=max_repeats)
    assert normalize("ab" + "c" * 500 + "!", config) == "ab" + "c" * max_repeats + "!"
    assert normalize("ab" + "c" * max_repeats + "!", config) == "ab" + "c" * max_repeats + "!"


def test_runs_are_kept_where_max_repeats_is_null() -> None:
    assert normalize("ㅋ" * 50, TokenizerConfig(max_repeats=None, unicode_form="NFC")) == "ㅋ" * 50


def test_nfkc_leaves_laughter_and_tears_apart() -> None:
    """Plain NFKC composes ㅋㅠ to the syllable 큐; here each letter stays a character of its own."""
    assert unicodedata.normalize("NFKC", "ㅋㅠ") == "큐"
    assert [unicodedata.name(character) for character in normalize("ㅋㅠㅠ", NFKC)] == [
        "HANGUL CHOSEONG KHIEUKH",
        "HANGUL JUNGSEONG YU",
        "HANGUL JUNGSEONG YU",
    ]
    assert normalize("하ㄴ", NFKC) != "한"


def test_nfkc_folds_full_width_and_ellipsis() -> None:
    assert normalize("ＧＯＯＤ！ …①", NFKC) == "good! ...1"
    assert normalize("ＧＯＯＤ！", NFC) == "ｇｏｏｄ！"


@pytest.mark.parametrize("config", [NFC, NFKC])
def test_decomposed_syllables_are_composed(config: TokenizerConfig) -> None:
    assert normalize(unicodedata.normalize("NFD", "영화 최고"), config) == "영화 최고"


def test_jamo_are_decomposed_syllables() -> None:
    config = TokenizerConfig(kind="jamo", unicode_form="NFC")
    assert normalize("한글ㅋ", config) == unicodedata.normalize("NFD", "한글") + "ㅋ"


def test_case_is_kept_on_request() -> None:
    assert normalize("GooD", TokenizerConfig(lowercase=False)) == "GooD"


@pytest.mark.parametrize("config", [NFC, NFKC, TokenizerConfig(unicode_form=None)])
@pytest.mark.parametrize(
    "blank", ["", " ", "\t\r\n\v\f", "\u3000\xa0", "\0\x07", "\u200b\u200d\ufeff", "\u3164\uffa0\u2800"]
)
def test_what_nobody_sees_is_nothing(config: TokenizerConfig, blank: str) -> None:
    assert normalize(blank, config) == ""
    assert normalize(f"{blank}영화{blank}", config) == "영화"


@settings(deadline=None, max_examples=50)
@given(
    text=st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("ㅋㅋㅋㅠ가a! \n\0\u200b"))),
    form=st.sampled_from(["NFC", "NFKC", None]),
    max_repeats=st.integers(1, 4),
)
def test_no_run_no_control_and_no_stray_space_is_left(text: str, form: str, max_repeats: int) -> None:
    config = TokenizerConfig.model_validate({"unicode_form": form, "max_repeats": max_repeats})
    normalized = normalize(text, config)
    assert re.search(rf"(.)\1{{{max_repeats}}}", normalized) is None
    assert "  " not in normalized
    assert normalized == normalized.strip()
    assert not any(unicodedata.category(character) in {"Cc", "Cf"} for character in normalized)


@pytest.mark.parametrize("form", ["NFC", "NFKC", None])
@pytest.mark.parametrize("kind", ["bpe", "jamo"])
@pytest.mark.parametrize("max_repeats", [None, 1, 3, 100])
def test_every_component_that_is_built_is_known(form: str, kind: str, max_repeats: int | None) -> None:
    config = TokenizerConfig.model_validate({"kind": kind, "unicode_form": form, "max_repeats": max_repeats})
    components = json.loads(build_normalizer(config).__getstate__())["normalizers"]
    assert components
    assert all(map(is_known_component, components))


@pytest.mark.parametrize(
    "pattern", [r"(.)\1{100}\K\1+", r"(.)\1{999}\K\1+", r"(.)\1{2}\K\1+|(a+)+$", r"(a+)+$", r"(.)\1{٣}\K\1+", ""]
)
def test_another_regex_is_not_known(pattern: str) -> None:
    assert not is_known_component({"type": "Replace", "pattern": {"Regex": pattern}, "content": ""})
    assert not is_known_component({"type": "Replace", "pattern": {"String": r"(.)\1{2}\K\1+"}, "content": ""})
    assert not is_known_component({"type": "Replace", "pattern": {"Regex": r"(.)\1{2}\K\1+"}, "content": "x"})
