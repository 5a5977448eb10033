"""The words that are frequent in texts of one predicted class and rare in the others."""

import re
from collections import Counter
from math import log, sqrt

_WORD = re.compile(r"[^\W\d_]{2,}")
_MOST_WORDS = 200_000
WORDS_SHOWN = 20


class WordCounts:
    """Counts the words of texts by class, in bounded memory."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def add(self, label: str, text: str) -> None:
        """Count the words of a text; each once, so that a text that repeats itself has no more say."""
        counts = self._counts.setdefault(label, Counter())
        counts.update(set(_WORD.findall(text.lower())))
        if len(counts) > _MOST_WORDS:
            self._counts[label] = Counter(dict(counts.most_common(_MOST_WORDS // 2)))

    def typical(self) -> dict[str, list[str]]:
        """Return the most typical words of each class, by the z-score of their log-odds against all other classes.

        The prior is the frequency of a word in all texts, so that rare words do not lead the list by chance.

        Source: Monroe et al. 2008, "Fightin' words", section 3.3.
        """
        total = Counter[str]()
        for counts in self._counts.values():
            total.update(counts)
        return {label: self._of_class(counts, total) for label, counts in self._counts.items()}

    @staticmethod
    def _of_class(counts: Counter[str], total: Counter[str]) -> list[str]:
        inside, everywhere = sum(counts.values()), sum(total.values())
        outside = everywhere - inside
        scored = []
        for word, count in counts.items():
            prior, rest = total[word], total[word] - count
            odds = log((count + prior) / (inside + everywhere - count - prior + 1))
            other_odds = log((rest + prior) / (outside + everywhere - rest - prior + 1))
            scored.append(((odds - other_odds) / sqrt(1 / (count + prior) + 1 / (rest + prior)), word))
        return [word for score, word in sorted(scored, key=lambda one: (-one[0], one[1]))[:WORDS_SHOWN] if score > 1.0]
