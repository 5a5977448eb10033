"""The names of the text room, which are imported when they are asked for."""

import pytest

from sentiment import text


def test_every_name_is_there_and_is_itself() -> None:
    assert set(text.__all__) == set(text._MODULES)
    assert [getattr(text, name).__name__ for name in text.__all__] == text.__all__
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = text.nothing
