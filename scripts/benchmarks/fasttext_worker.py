"""fastText in a separate Python, for scripts/benchmarks/pareto.py: it needs neither sentiment nor its dependencies.

    python scripts/benchmarks/fasttext_worker.py train ROWS.json UNIT MODEL.bin QUANTIZED.ftz THREADS
    python scripts/benchmarks/fasttext_worker.py serve TEXTS.json UNIT MODEL

A row is [label, text]; UNIT is the kind of tokens: words, with their subwords, or characters. `serve` predicts all
texts each time it reads a line, and prints a line of JSON: labels, and the seconds from texts to labels.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import fasttext  # type: ignore[import-not-found]

PREFIX = "__label__"
EPOCHS = 5
DIMENSIONS = 16
SETTINGS = {
    "words": {"wordNgrams": 2, "minn": 2, "maxn": 5},
    "characters": {"wordNgrams": 5, "minn": 0, "maxn": 0},
}
KEPT_FEATURES = 100_000  # as in fastText's own quantization example


def as_line(text: str, unit: str) -> str:
    """Return a text in fastText's format: tokens separated by spaces, on one line."""
    words = text.split()
    return " ".join(words) if unit == "words" else " ".join("▁".join(words))


def train(rows_file: str, unit: str, model_file: str, quantized_file: str, threads: str) -> None:
    """Train a model, then quantize it."""
    rows = json.loads(Path(rows_file).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder, "lines.txt")
        lines.write_text("".join(f"{PREFIX}{label} {as_line(text, unit)}\n" for label, text in rows), encoding="utf-8")
        choices = {"dim": DIMENSIONS, "epoch": EPOCHS, "thread": int(threads), "verbose": 0, **SETTINGS[unit]}
        model = fasttext.train_supervised(str(lines), **choices)
        model.save_model(model_file)
        model.quantize(input=str(lines), qnorm=True, retrain=True, cutoff=KEPT_FEATURES, thread=int(threads))
        model.save_model(quantized_file)


def serve(texts_file: str, unit: str, model_file: str) -> None:
    """Predict all texts, once per line of standard input."""
    texts = json.loads(Path(texts_file).read_text(encoding="utf-8"))
    model = fasttext.load_model(model_file)
    for _ in sys.stdin:
        started = time.perf_counter()
        answers, _probabilities = model.predict([as_line(text, unit) for text in texts])
        labels = [answer[0].removeprefix(PREFIX) if answer else None for answer in answers]
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, "labels": labels}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "train":
        train(*sys.argv[2:])
    else:
        serve(*sys.argv[2:])
