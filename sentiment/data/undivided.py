"""The digest of the rows of a file, by which a copy is recognised: it depends on neither name, format nor order."""

from sentiment.data.given import GIVEN
from sentiment.data.loading import Splits
from sentiment.data.opening import is_file_name
from sentiment.data.rows import LabelledTexts, RowCounts


def sha256_in_any_order(*parts: LabelledTexts) -> str:
    """Return the SHA-256 of the texts and labels of all parts together, in hex."""
    rows = sorted((label, text) for part in parts for label, text in zip(part.labels, part.texts, strict=True))
    labels, texts = [label for label, _ in rows], [text for _, text in rows]
    return LabelledTexts("", texts, labels, RowCounts(len(rows), len(rows)), "", "").sha256


def sha256_before_division(splits: Splits) -> str | None:
    """Return the digest of the rows that a training has divided itself; None without such rows.

    A named data set has a name to be recognised by. Where nothing is held out, the digest of the training rows is that
    of all. Where only some rows are drawn to train on (data.max_training_rows), the others are not known here.
    """
    data = splits.read_as
    own = [splits.test] if data.validation_source is not None else [splits.validation, splits.test]
    held_out = [part for part in own if part is not None and part.texts]
    is_drawn = data.max_training_rows is not None and len(splits.train.texts) >= data.max_training_rows
    if not held_out or is_drawn or data.source == GIVEN or not is_file_name(data.source):
        return None
    return sha256_in_any_order(splits.train, *held_out)
