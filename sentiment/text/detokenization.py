"""From tokens back to text, as people read it."""

import unicodedata
from collections.abc import Sequence

from tokenizers import Tokenizer

from sentiment.text.tokenizer_training import SPACE


def detokenize(tokenizer: Tokenizer, input_ids: Sequence[int]) -> str:
    """Return the text that tokens spell, as normalised; letters are joined to syllables.

    Args:
        tokenizer: of `train_tokenizer` or `load_tokenizer`, of any kind.
        input_ids: of its vocabulary.
    """
    tokens = [tokenizer.id_to_token(input_id) or "" for input_id in input_ids]
    marks_spaces = tokenizer.token_to_id(SPACE) is not None
    text = "".join(tokens).replace(SPACE, " ").strip() if marks_spaces else " ".join(tokens)
    return unicodedata.normalize("NFC", text)
