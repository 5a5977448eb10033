"""Which script texts are written in."""

import pytest

from sentiment.text.scripts import hangul_share


@pytest.mark.parametrize(
    ("texts", "share"),
    [
        ([], 0.0),
        (["", "12 :) 👍"], 0.0),
        (["좋아요"], 1.0),
        (["ㅋㅋㅋ", "ㅠㅠ 3"], 1.0),
        (["good", "こんにちは", "хорошо"], 0.0),
        (["LG 전자", "가나 ab"], 0.5),
    ],
)
def test_the_share_of_hangul_is_counted_in_letters(texts: list[str], share: float) -> None:
    assert hangul_share(texts) == share
