"""Words and numbers for negative, neutral and positive, as labels of tables have them."""

from collections.abc import Collection, Iterable

NEGATIVE, NEUTRAL, POSITIVE = "negative", "neutral", "positive"
_WORDS = {
    **dict.fromkeys(("negative", "neg", "부정", "부정적"), NEGATIVE),
    **dict.fromkeys(("neutral", "neu", "중립", "중립적"), NEUTRAL),
    **dict.fromkeys(("positive", "pos", "긍정", "긍정적"), POSITIVE),
}
_OF_TWO = {"0": NEGATIVE, "1": POSITIVE}
_OF_THREE = {"-1": NEGATIVE, "0": NEUTRAL, "1": POSITIVE}


def polarity_of(labels: Collection[str]) -> dict[str, str]:
    """Return the polarity of each label that is a word for one or, if all are numbers of a usual scale, a number."""
    for scale in (_OF_TWO, _OF_THREE):
        if labels and set(labels) <= scale.keys():
            return {label: scale[label] for label in labels}
    return {label: _WORDS[label.casefold()] for label in labels if label.casefold() in _WORDS}


def same_polarity(labels: Iterable[str]) -> list[list[str]]:
    """Return groups of two or more labels that are different words for one polarity, other than by case."""
    groups: dict[str, list[str]] = {}
    for label in sorted(labels):
        if (polarity := _WORDS.get(label.casefold())) is not None:
            groups.setdefault(polarity, []).append(label)
    return [group for group in groups.values() if len({label.casefold() for label in group}) > 1]
