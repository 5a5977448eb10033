import numpy as np
import pytest

from sentiment.text.sequences import TokenSequences

SEQUENCES = TokenSequences(
    input_ids=np.array([5, 6, 7, 8, 9], dtype=np.int32),
    offsets=np.array([0, 2, 2, 3, 5]),
    truncated=np.zeros(4, dtype=np.bool_),
)


def test_rows_of_one_length_make_a_batch() -> None:
    assert len(SEQUENCES) == 4
    assert SEQUENCES.lengths.tolist() == [2, 0, 1, 2]
    batch = SEQUENCES.batch(np.array([3, 0]))
    assert batch.tolist() == [[8, 9], [5, 6]]
    assert batch.dtype == np.int64


def test_rows_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^rows of a batch must have equal length, got 1 to 2 tokens$"):
        SEQUENCES.batch(np.array([0, 2]))
