"""Labels of a table that mean those of a model, though they are written otherwise."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from sentiment.callbacks import Notify
from sentiment.data.labels import look, normal_label
from sentiment.data.polarity import polarity_of
from sentiment.data.rows import LabelledTexts
from sentiment.tables import listed


def known_spelling(labels: Iterable[str], known: Sequence[str]) -> dict[str, str]:
    """Return labels of a table in a model's spelling, where it has them.

    A model may predate the common spelling: it may have 1 for what is 1.0 in the table, and 1 for true. Labels that
    differ only in case, width or zeros, or that are words or numbers for the same polarity, such as 긍정, pos and 1 for
    positive, are the model's if there is just one of its labels that they can mean.
    """
    labels = set(labels)
    spelling = {normal_label(label): label for label in known}
    if labels <= {"True", "False"} and spelling.keys() == {"0", "1"}:
        return {"False": spelling["0"], "True": spelling["1"]}
    looks = _unique({label: look(label) for label in known})
    spelling |= {label: looks[look(label)] for label in labels - spelling.keys() if look(label) in looks}
    if labels <= spelling.keys():
        return spelling
    meanings, found = _unique(polarity_of(known)), polarity_of(labels)
    if not _is_same_scale(found, labels, meanings):
        return spelling
    return spelling | {
        label: meanings[found[label]] for label in labels - spelling.keys() if found.get(label) in meanings
    }


def renamed_note(labels: Collection[str], known: Sequence[str], owner: str = "model's") -> str | None:
    """Return which labels of a table are read as others, in words; None if all are spelled alike.

    Args:
        labels: of the table.
        known: those that they are read as.
        owner: whose these are, in the genitive.
    """
    spelling = known_spelling(labels, known)
    plain = {normal_label(label) for label in known}
    renamed = sorted(label for label in set(labels) - plain if label in spelling)
    if not renamed:
        return None
    return f"labels {listed(renamed)} are read as the {owner} {listed([spelling[label] for label in renamed])}"


def spelled_like(train: LabelledTexts, rows: LabelledTexts, notify: Notify) -> LabelledTexts:
    """Return rows with the labels of the training rows where they mean the same, as an evaluation reads them.

    Args:
        train: the training rows; "" is no label.
        rows: others, for validation or for a test.
        notify: gets a note on the labels that are read as others.
    """
    known, labels = sorted({*train.labels} - {""}), {*rows.labels} - {""}
    if (note := renamed_note(labels, known, "training rows'")) is not None:
        notify(f"{rows.name}: {note}")
    spelling = known_spelling(labels, known)
    return replace(rows, labels=[spelling.get(label, label) for label in rows.labels])


def _unique(keys: Mapping[str, str]) -> dict[str, str]:
    """Return the labels by their keys, of those keys that only one has."""
    values = list(keys.values())
    return {key: label for label, key in keys.items() if values.count(key) == 1}


def _is_same_scale(found: Mapping[str, str], labels: Collection[str], meanings: Mapping[str, str]) -> bool:
    """Return whether numbers mean the polarities of a model: 0 and 1 may also be two of three classes, 0 to 2."""
    numbers = {label for label in labels if label in found and label.lstrip("-").isdigit()}
    return not numbers or "-1" in numbers or len(meanings) == 2
