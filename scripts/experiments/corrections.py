r"""Learn from rows that a person has corrected, over several draws, and measure the new model on other rows.

    SENTIMENT_DATA=... python scripts/experiments/corrections.py --out runs/corrections

Each draw takes rows of KODOLI at random, trains with `sentiment train --from korean-sentiment` on them, and compares
the new model with korean-sentiment on other rows. Finished trainings are not repeated.
"""

import argparse
import csv
import subprocess
import sys
from pathlib import Path

import numpy as np

from sentiment import Classifier
from sentiment.data import data_folder

MODEL, HELD_OUT = "korean-sentiment", 3_000


def main() -> None:
    """Print the accuracy before and after of each draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    folder = data_folder()
    assert folder is not None, "set SENTIMENT_DATA"
    before = Classifier.load(MODEL, threads=1)
    with (folder / "korean-comments" / "kodoli.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["sentiment"]) for row in csv.DictReader(file) if row["sentiment"] in before.labels]
    options.out.mkdir(parents=True, exist_ok=True)
    better = 0
    for draw in range(options.draws):
        order = np.random.default_rng(draw).permutation(len(rows)).tolist()
        data, out = options.out / f"corrected-{draw}.csv", options.out / f"model-{draw}"
        with data.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *(rows[row] for row in order[: options.rows])])
        if not out.exists():
            command = [sys.executable, "-m", "sentiment", "train", "--from", MODEL, "--data", str(data)]
            subprocess.run([*command, "--out", str(out), "--threads", "1"], check=True, capture_output=True)
        held_out = [rows[row] for row in order[options.rows : options.rows + HELD_OUT]]
        texts, labels = [text for text, _ in held_out], [label for _, label in held_out]
        was, now = (
            np.mean([one.label == true for one, true in zip(model.predict(texts), labels, strict=True)])
            for model in (before, Classifier.load(out, threads=1))
        )
        better += bool(now > was)
        print(f"draw {draw}: {was:.2%} before, {now:.2%} after", flush=True)
    print(f"better in {better} of {options.draws} draws")


if __name__ == "__main__":
    main()
