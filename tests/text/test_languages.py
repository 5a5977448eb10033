import pytest

from sentiment.text.languages import language_of

TEXTS = {
    "Korean": ["이 영화 정말 재미있어요", "LG gram 노트북 배송이 빨라요", "별로"],
    "English": ["The film was so good that we watched it twice.", "not for me, but the actors were great", "ok"],
    None: [
        "Der Film war so gut, was soll man da noch sagen.",
        "De film was erg goed en het is een aanrader, wat een mooi verhaal.",
        "Le film est très bon mais la fin est trop longue.",
        "La película es muy buena pero el final no me gustó, no he visto nada mejor.",
        "Filmen var rigtig god og for det meste er skuespillerne gode.",
    ],
}


@pytest.mark.parametrize(("language", "texts"), TEXTS.items())
def test_each_language_is_told(language: str | None, texts: list[str]) -> None:
    assert language_of(texts) == language


@pytest.mark.parametrize("texts", [[], [""], ["100 👍", "..."]])
def test_without_words_there_is_no_language(texts: list[str]) -> None:
    assert language_of(texts) is None


@pytest.mark.parametrize("text", TEXTS[None])
def test_single_sentences_of_other_languages_are_not_english(text: str) -> None:
    assert language_of([text]) is None


def test_a_few_foreign_rows_change_nothing() -> None:
    assert language_of(TEXTS["English"] * 9 + TEXTS[None][:3]) == "English"
    assert language_of(TEXTS["Korean"] * 9 + TEXTS["English"]) == "Korean"


def test_a_part_in_another_script_leaves_no_language() -> None:
    chinese = ["这部电影非常好看", "不好看"]
    assert language_of(TEXTS["English"] * 3 + chinese * 3) is None
    assert language_of(TEXTS["Korean"] * 3 + chinese) is None
    assert language_of(TEXTS["Korean"] * 9 + chinese[1:]) == "Korean"
