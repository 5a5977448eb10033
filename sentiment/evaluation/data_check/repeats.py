"""Texts that occur more than once: in one part, or in training and test."""

from collections import Counter

from sentiment.evaluation.data_check.findings import Example, Finding
from sentiment.evaluation.data_check.parts import MAX_EXAMPLES, Part


def duplicates(part: Part) -> Finding:
    """Return how many rows repeat the exact text of an earlier one."""
    groups = [rows for rows in part.rows_of_text.values() if len(rows) > 1]
    largest = sorted(groups, key=len, reverse=True)[:MAX_EXAMPLES]
    return Finding(
        "duplicates",
        part.name,
        "warning",
        sum(len(rows) - 1 for rows in groups),
        len(part.texts),
        advice="keep one of each, or split so that all copies are in one part (as `sentiment train` does)",
        examples=tuple(part.example(rows, f"{len(rows):,} times") for rows in largest),
        details={"texts": len(groups)},
    )


def two_labels(part: Part) -> Finding:
    """Return how many texts have more than one label."""
    labels_of = {text: Counter(part.labels[row] for row in rows) for text, rows in part.rows_of_text.items()}
    contradictory = [text for text, labels in labels_of.items() if len(labels) > 1]
    contradictory.sort(key=lambda text: -len(part.rows_of_text[text]))
    return Finding(
        "two_labels",
        part.name,
        "warning",
        len(contradictory),
        len(labels_of),
        unit="texts",
        advice="decide on one label for each text, or remove them",
        examples=tuple(
            part.example(part.rows_of_text[text], _shares(labels_of[text])) for text in contradictory[:MAX_EXAMPLES]
        ),
        details={"rows": sum(len(part.rows_of_text[text]) for text in contradictory)},
    )


def train_in_test(train: Part, test: Part) -> tuple[Finding, Finding]:
    """Return how many test rows are training rows word for word, and how many of those contradict their label there.

    A test row contradicts if its label is not the most common one of its text in training: of several such, the one
    that occurs first.
    """
    known = [row for row, text in enumerate(test.texts) if text in train.rows_of_text]
    counts = {row: Counter(train.labels[other] for other in train.rows_of_text[test.texts[row]]) for row in known}
    against = [row for row in known if counts[row].most_common(1)[0][0] != test.labels[row]]
    leaked = Finding(
        "train_in_test",
        test.name,
        "error",
        len(known),
        len(test.texts),
        advice="remove them from one of the two: a model is not tested on what it has seen",
        examples=tuple(_beside(train, test, row) for row in known[:MAX_EXAMPLES]),
    )
    contradicting = Finding(
        "contradicts_train",
        test.name,
        "error",
        len(against),
        len(known),
        advice="label them alike: no model can get both right",
        examples=tuple(_beside(train, test, row) for row in against[:MAX_EXAMPLES]),
        details={"ties": sum(counts[row][test.labels[row]] == max(counts[row].values()) for row in against)},
    )
    return leaked, contradicting


def _beside(train: Part, test: Part, row: int) -> Example:
    rows = train.rows_of_text[test.texts[row]]
    if not (train.is_labelled and test.is_labelled):
        return test.example([row], f"in training too, {train.place(rows[0])}")
    about = f"{test.labels[row]} in test; {_shares(Counter(train.labels[row] for row in rows))} in training"
    return test.example([row], f"{about}, {train.place(rows[0])}")


def _shares(labels: Counter[str]) -> str:
    return ", ".join(f"{times:,} {label}" for label, times in labels.most_common())
