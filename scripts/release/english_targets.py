r"""Write what the English classifier should answer to single sentences of film reviews.

    SENTIMENT_DATA=... python scripts/release/english_targets.py runs/reviews --output targets.parquet

A model that learned from whole reviews alone, of 280 tokens on average, is ordinary on a single sentence. Nobody
labelled the sentences of IMDb, but most are on the side of their review. So a sentence's target is what the model of
whole reviews answers to it, moved towards the label of its review. Only training rows give sentences.

Source: Kotzias et al. 2015, "From group to individual labels using deep features".
"""

import argparse
import re
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment import Classifier
from sentiment.config import DataConfig
from sentiment.data import load_splits
from sentiment.data.behaviour import suite_texts
from sentiment.ensemble import TeacherFile
from sentiment.errors import SentimentError
from sentiment.probabilities import softmax

LABELS = ("negative", "positive")
LEAST_WORDS, MOST_WORDS = 3, 60
SIDE_LOG_ODDS = 1.5
"""How much the side of a review, from -1 to 1, adds to the log-odds of its sentences."""
END = re.compile(r"(?<=[.!?])[\"')\]]*\s+")


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text that are neither very short nor very long."""
    sentences = [sentence.strip() for line in text.splitlines() for sentence in END.split(line)]
    return [sentence for sentence in sentences if LEAST_WORDS <= len(sentence.split()) <= MOST_WORDS]


def draw(texts: list[str], most: int, rng: np.random.Generator) -> list[list[str]]:
    """Return at most so many sentences of each text."""
    several = map(sentences_of, texts)
    return [[sentences[place] for place in rng.permutation(len(sentences))[:most]] for sentences in several]


def targets(
    probabilities: NDArray[np.floating], side: NDArray[np.float64], log_odds: float = SIDE_LOG_ODDS
) -> NDArray[np.float64]:
    """Return the probabilities of `LABELS` that sentences should be answered with, (n, 2).

    Args:
        probabilities: (n, 2), what the model answers to each sentence.
        side: (n,), of its review: from -1, negative, to 1, positive.
        log_odds: that a whole side adds.
    """
    logits = np.log(np.maximum(probabilities.astype(np.float64), np.finfo(np.float32).tiny))
    return softmax(logits + np.stack([-side, side], axis=1) * log_odds / 2)


def answer(chosen: argparse.Namespace, out: TeacherFile) -> None:
    """Write the targets of sentences of labelled reviews."""
    model = Classifier.load(chosen.model)
    columns = [model.labels.index(label) for label in LABELS]
    rows = load_splits(DataConfig(source=chosen.data), allow_fallback=False, notify=notify).train
    drawn = draw(rows.texts, chosen.sentences, np.random.default_rng(chosen.seed))
    of_suites = suite_texts()
    side = {
        text: 2.0 * LABELS.index(label) - 1.0
        for label, texts in zip(rows.labels, drawn, strict=True)
        for text in texts
        if text not in of_suites
    }
    probabilities = model.probabilities(list(side))[:, columns]
    is_answered = ~np.isnan(probabilities[:, 0])
    texts = [text for text, answered in zip(side, is_answered, strict=True) if answered]
    out.write(texts, LABELS, targets(probabilities[is_answered], np.array(list(side.values()))[is_answered]))
    notify(f"{out.path}: {len(texts):,} sentences of {len(rows.texts):,} reviews")


def notify(line: str) -> None:
    """Tell people how it goes."""
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Write the targets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL", help="of negative and positive, that learned from whole reviews")
    parser.add_argument("--data", default="imdb", metavar="SOURCE", help="labelled reviews")
    parser.add_argument("--sentences", type=int, default=4, metavar="N", help="of each review")
    parser.add_argument("--seed", type=int, default=0, help="of all draws")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="a new CSV or Parquet file")
    chosen = parser.parse_args()
    try:
        answer(chosen, TeacherFile.check(chosen.output, replace=False))
    except SentimentError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
