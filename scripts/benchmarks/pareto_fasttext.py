"""fastText with its usual settings, in a Python that has its module."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pareto_systems import Answers
from sentiment.data import LabelledTexts

WORKER = Path(__file__).with_name("fasttext_worker.py")
UNITS = {"words": "fastText, words + subwords", "characters": "fastText, characters"}


@dataclass(frozen=True)
class FastText:
    """A trained fastText in a separate process; it measures its own time, without communication between processes.

    Attributes:
        name: for people.
        megabytes: of its file.
        stored: description of the file.
    """

    name: str
    megabytes: float
    stored: str
    _requests: IO[str]
    _replies: IO[str]

    def answer(self, texts: Sequence[str]) -> Answers:
        """Predict the texts, which must be those that the process was started with."""
        self._requests.write("\n")
        self._requests.flush()
        reply = json.loads(self._replies.readline())
        if len(reply["labels"]) != len(texts):
            raise ValueError(f"{self.name} has {len(reply['labels'])} answers to {len(texts)} texts")
        return Answers(reply["labels"], reply["seconds"])


@contextmanager
def trained_fasttexts(
    python: str, rows: LabelledTexts, texts: Sequence[str], folder: Path, threads: int
) -> Iterator[list[FastText]]:
    """Train fastText with words and with characters; yield each unquantized and quantized, ready to predict.

    Args:
        python: an interpreter that has the module fasttext.
        rows: to train on.
        texts: to predict.
        folder: for its files, a few hundred megabytes.
        threads: of the training; fastText predicts with one.

    Raises:
        subprocess.CalledProcessError: the training failed; the interpreter has printed why.
    """
    rows_file, texts_file = folder / "rows.json", folder / "texts.json"
    rows_file.write_text(json.dumps(list(zip(rows.labels, rows.texts, strict=True))), encoding="utf-8")
    texts_file.write_text(json.dumps(list(texts)), encoding="utf-8")
    with ExitStack() as stack:
        systems = []
        for unit, name in UNITS.items():
            whole, quantized = folder / f"{unit}.bin", folder / f"{unit}.ftz"
            paths = [str(rows_file), unit, str(whole), str(quantized)]
            subprocess.run([python, str(WORKER), "train", *paths, str(threads)], check=True)
            for label, model in ((name, whole), (f"{name}, quantized", quantized)):
                command = [python, str(WORKER), "serve", str(texts_file), unit, str(model)]
                systems.append(stack.enter_context(_served(label, model, command)))
        yield systems


@contextmanager
def _served(name: str, model: Path, command: Sequence[str]) -> Iterator[FastText]:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process was started without its pipes")
        yield FastText(name, model.stat().st_size / 1e6, f"its {model.suffix} file", process.stdin, process.stdout)
        process.stdin.close()  # ends its loop
