"""Compare the gates of a classifier at one word with those at all other words of the same texts.

    SENTIMENT_DATA=... python scripts/experiments/gates_at_words.py 하지만 --model korean-sentiment --rows 500

Reads test reviews that contain the word between spaces, in a seeded order. For each layer and direction it prints the
mean over units and tokens of every gate and state, at the word and elsewhere, and their difference with a 95 % interval
over texts. At the first token that a direction reads there is nothing to forget, so it counts nowhere.
"""

import argparse
from collections import defaultdict

import numpy as np

from sentiment import Classifier, Gates
from sentiment.data import load_rows
from sentiment.inference.inside import CellValues
from trainings import failures_end_the_script


def main() -> None:
    """Print one table for each cell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("word")
    parser.add_argument("--model", default="korean-sentiment")
    parser.add_argument("--data", default="nsmc", help="a named data set, whose test rows are read")
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    texts = [text for text in load_rows(options.data, split="test", notify=print).texts if options.word in text.split()]
    drawn = np.random.default_rng(options.seed).permutation(len(texts))[: options.rows].tolist()
    classifier = Classifier.load(options.model, threads=1)
    differences: dict[tuple[int, str, str], list[tuple[float, float]]] = defaultdict(list)
    for row in drawn:
        seen = classifier.gates(texts[row])
        is_word = at_word(seen, options.word)
        for cell in seen.cells:
            for name, means in compared(cell, is_word).items():
                differences[cell.layer, cell.direction, name].append(means)
    print(f"{options.model}, {len(drawn):,} of {len(texts):,} reviews with {options.word}")
    for (layer, direction, name), pairs in differences.items():
        at, elsewhere = np.array(pairs).T
        half = 1.96 * (at - elsewhere).std(ddof=1) / np.sqrt(len(pairs))
        print(
            f"layer {layer} {direction:8} {name:9}  at the word {at.mean():6.3f}  elsewhere {elsewhere.mean():6.3f}  "
            f"difference {(at - elsewhere).mean():+.3f} ± {half:.3f}"
        )


def at_word(gates: Gates, word: str) -> np.ndarray:
    """Return which tokens are part of the word, (tokens,)."""
    places = [token.start + (gates.text[token.start : token.start + 1] == " ") for token in gates.tokens]
    starts, position = [], 0
    for part in gates.text.split(" "):
        if part == word:
            starts.append(position)
        position += len(part) + 1
    return np.array([any(start <= place < start + len(word) for start in starts) for place in places])


def compared(cell: CellValues, is_word: np.ndarray) -> dict[str, tuple[float, float]]:
    """Return the mean of each value at the word and elsewhere; none where one of them has no token."""
    first = 0 if cell.direction == "forward" else len(is_word) - 1
    counts = np.arange(len(is_word)) != first
    at, elsewhere = is_word & counts, ~is_word & counts
    if not (at.any() and elsewhere.any()):
        return {}
    return {name: (float(mean[at].mean()), float(mean[elsewhere].mean())) for name, mean in cell.means().items()}


if __name__ == "__main__":
    with failures_end_the_script():
        main()
