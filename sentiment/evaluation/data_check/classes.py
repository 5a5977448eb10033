"""The classes: their sizes, and tokens that nearly decide them."""

import re
from collections import Counter

from sentiment.evaluation.data_check.findings import Example, Finding, Level
from sentiment.evaluation.data_check.parts import MAX_EXAMPLES, Part, shown
from sentiment.metrics import accuracy_interval

FEW_ROWS, MOST_TIMES = 20, 20
"""A class is small with fewer rows than this, or if the largest has more than this many times as many."""

SHORTCUT_SHARE, SHORTCUT_ROWS = 0.01, 20
"""Least share and number of rows that a shortcut occurs in; a rarer token matters little."""
DECIDES = 0.95
"""Least share of a shortcut's rows that have one label, by the lower end of its interval."""
_ERRORS_LEFT = 0.2
"""Where one class is most rows, a token must also leave at most this part of the others."""
_TOKEN = re.compile(r"\w+|[^\w\s]+")


def class_balance(part: Part) -> Finding:
    """Return how many classes are too small to learn; an error if there is only one class."""
    sizes = Counter(part.labels)
    largest = max(sizes.values())
    small = [label for label, size in sizes.most_common() if size < max(FEW_ROWS, largest / MOST_TIMES)]
    is_single = len(sizes) == 1
    level: Level = "error" if is_single else "warning"
    advice = "add rows of another class" if is_single else "add rows of these classes, or merge them with others"
    examples = tuple(Example((), "", f"{shown(label)}: {sizes[label]:,} rows") for label in small[:MAX_EXAMPLES])
    return Finding(
        "class_balance",
        part.name,
        level,
        1 if is_single else len(small),
        len(sizes),
        unit="classes",
        advice=advice,
        examples=examples,
        details={"largest": largest, "smallest": min(sizes.values())},
    )


def unknown_labels(train: Part, test: Part) -> Finding:
    """Return how many test rows have a label that no training row has."""
    known = set(train.labels)
    rows = [row for row, label in enumerate(test.labels) if label not in known]
    advice = "spell labels alike in both, or add training rows"
    return test.finding("unknown_labels", "error", rows, advice, [test.labels[row] for row in rows])


def shortcuts(part: Part) -> Finding:
    """Return how many tokens nearly decide the label of many rows.

    Such a token may be a trace of how rows were collected (Gardner et al. 2021 call it a competency problem): a model
    then learns the token rather than the meaning. Tokens are words and runs of punctuation, in lower case.
    """
    per_label = {label: Counter[str]() for label in dict.fromkeys(part.labels)}
    for text, label in zip(part.texts, part.labels, strict=True):
        per_label[label].update(set(_TOKEN.findall(text.casefold())))
    of_all = sum(per_label.values(), Counter[str]())
    total, sizes = len(part.texts), Counter(part.labels)
    least = max(SHORTCUT_ROWS, SHORTCUT_SHARE * total)
    found: list[tuple[int, str, str, float]] = []
    for token, rows in of_all.items():
        if rows < least or rows == total:
            continue
        label = max(per_label, key=lambda label: per_label[label][token])
        right = per_label[label][token]
        share_elsewhere = (sizes[label] - right) / (total - rows)
        lowest = accuracy_interval(right, rows)[0]
        if lowest >= DECIDES and 1 - right / rows <= _ERRORS_LEFT * (1 - share_elsewhere):
            found.append((rows, token, label, right / rows))
    found.sort(reverse=True)
    examples = tuple(
        Example((), shown(token), f"{rows:,} rows, {100 * share:.1f} % of them {label}")
        for rows, token, label, share in found[:MAX_EXAMPLES]
    )
    return Finding(
        "shortcuts",
        part.name,
        "warning",
        len(found),
        len(of_all),
        unit="tokens",
        advice="check whether they come from how the rows were collected; if so, remove them from the texts",
        examples=examples,
    )
