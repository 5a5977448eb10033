"""All checks of labelled rows."""

from collections.abc import Iterator, Sequence

from sentiment.callbacks import Notify
from sentiment.data import LabelledTexts
from sentiment.evaluation.data_check.classes import class_balance, shortcuts, unknown_labels
from sentiment.evaluation.data_check.findings import LEVELS, DataCheck, Finding, Suspect, Unchecked
from sentiment.evaluation.data_check.label_errors import label_errors, missing_label_errors, too_few_texts
from sentiment.evaluation.data_check.near_duplicates import missing_near_duplicates, near_duplicates
from sentiment.evaluation.data_check.parts import Part, without_personal_labels
from sentiment.evaluation.data_check.repeats import duplicates, train_in_test, two_labels
from sentiment.evaluation.data_check.row_faults import row_faults

CHECKS = (
    *("train_in_test", "contradicts_train", "unknown_labels", "damaged_text", "repeated_header"),
    *("two_labels", "duplicates", "near_duplicates", "near_train_in_test", "label_errors", "shortcuts"),
    *("class_balance", "personal_data", "empty", "unlabelled", "malformed"),
    *("long_texts", "markup", "no_letters"),
)
"""The names of the checks, in the order of a report."""

SLOW_CHECKS = ("near_duplicates", "label_errors")

_OF_EACH_LABELLED = ("two_labels", "class_balance", "unlabelled")
_OF_LABELLED_TRAINING = ("shortcuts", "label_errors")
_OF_BOTH_LABELLED = ("contradicts_train", "unknown_labels")


def check_data(
    rows: LabelledTexts, test: LabelledTexts | None = None, *, quick: bool = False, seed: int = 0, notify: Notify
) -> DataCheck:
    """Check rows, alone and against test rows; without labels, what needs none.

    Args:
        rows: to train on, or any.
        test: to test on; None if there are none.
        quick: leave out near duplicates and label errors, which take most of the time, and the extra `check`.
        seed: of the folds that look for label errors.
        notify: gets a note before a step that takes long.

    Raises:
        MissingExtraError: a package is not installed, and the check is not `quick`.
    """
    renamed = without_personal_labels([*rows.labels, *(() if test is None else test.labels)])
    train, held_out = Part(rows, renamed), None if test is None else Part(test, renamed)
    if not quick and (missing := missing_near_duplicates() or missing_label_errors()):
        raise missing
    parts = (train,) if held_out is None else (train, held_out)
    findings = list(_quick_findings(train, held_out))
    unchecked = list(_without_labels(parts))
    suspects: Sequence[Suspect] = ()
    if quick:
        known = {one.check for one in unchecked}
        unchecked += [Unchecked(check, "left out of a quick check") for check in SLOW_CHECKS if check not in known]
    else:
        notify(f"{train.name}: looking for near duplicates")
        findings += near_duplicates(train, held_out)
        if train.is_labelled and (reason := too_few_texts(train)):
            unchecked.append(Unchecked("label_errors", reason))
        elif train.is_labelled:
            notify(f"{train.name}: looking for label errors")
            finding, suspects = label_errors(train, seed)
            findings.append(finding)
    findings.sort(key=lambda finding: (LEVELS.index(finding.level), CHECKS.index(finding.check)))
    return DataCheck(tuple(part.summary() for part in parts), tuple(findings), tuple(unchecked), suspects)


def _without_labels(parts: Sequence[Part]) -> Iterator[Unchecked]:
    """Yield the checks that are left out because a part has no labels."""
    for part in parts:
        if not part.is_labelled:
            checks = _OF_EACH_LABELLED + (_OF_LABELLED_TRAINING if part is parts[0] else ())
            yield from (Unchecked(check, f"{part.name} has no labels") for check in checks)
    if len(parts) > 1 and not all(part.is_labelled for part in parts):
        yield from (Unchecked(check, "needs labels of both") for check in _OF_BOTH_LABELLED)


def _quick_findings(train: Part, test: Part | None) -> Iterator[Finding]:
    for part in (train,) if test is None else (train, test):
        yield duplicates(part)
        yield from (one for one in row_faults(part) if part.is_labelled or one.check not in _OF_EACH_LABELLED)
        if part.is_labelled:
            yield two_labels(part)
            yield class_balance(part)
    if train.is_labelled:
        yield shortcuts(train)
    if test is not None:
        leaked, contradicting = train_in_test(train, test)
        yield leaked
        if train.is_labelled and test.is_labelled:
            yield contradicting
            yield unknown_labels(train, test)
