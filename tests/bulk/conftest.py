"""Tables answered by a scorer that needs no model."""

import io
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from sentiment.bulk import BulkRequest, Counts, Progress, predict_table
from sentiment.inference import Scores

LABELS = ("negative", "positive")


@dataclass
class ChecksumScorer:
    """Answers by a checksum of the text; a text of several words is said to be read in as many windows.

    Attributes:
        calls_left: After so many calls it behaves as if the process were killed.
        fingerprint: Of the model that it stands for.
    """

    labels: tuple[str, ...] = LABELS
    calls_left: int | None = None
    fingerprint: str = "m"

    def score(self, texts: list[str], batch_size: int) -> Scores:
        if self.calls_left is not None:
            self.calls_left -= 1
            if self.calls_left < 0:
                raise Killed
        positive = np.array([zlib.crc32(text.encode("utf-8", "surrogatepass")) / 2**32 for text in texts], np.float32)
        probabilities = np.stack([1 - positive, positive], axis=1) if texts else np.zeros((0, 2), np.float32)
        num_words = np.array([len(text.split()) for text in texts], np.int64)
        probabilities[num_words == 0] = np.nan
        return Scores(probabilities, num_words, num_words)

    def probabilities(self, texts: Sequence[str], batch_size: int) -> np.ndarray:
        return self.score(list(texts), batch_size).probabilities

    def predictors(self, texts: list[str]) -> list[tuple[Sequence[int], "ChecksumScorer"]]:
        return [(range(len(texts)), self)]

    def answer(self, text: str) -> tuple[str, str]:
        """Return label and probability as they should be written."""
        row = self.score([text], 1).probabilities[0]
        if np.isnan(row[0]):
            return "", ""
        return self.labels[int(row.argmax())], f"{float(row.max()):.6f}"


class Killed(BaseException):
    """Ends a run as no handler expects."""


@dataclass
class Run:
    """What a run left behind.

    Attributes:
        stdout: What it wrote there.
        counts: Where the rows went.
        notes: What it said.
        progress: What it reported.
    """

    stdout: bytes = b""
    counts: Counts = field(default_factory=Counts)
    notes: list[str] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)


Answer = Callable[..., Run]


@pytest.fixture(scope="session")
def answer() -> Answer:
    """Answer a file: `answer(path, output=..., scorer=..., text_column=...)`."""

    def run(path: Path | str, *, scorer: ChecksumScorer | None = None, **options: object) -> Run:
        result, stdout = Run(), io.BytesIO()
        request = BulkRequest(str(path), **options)  # type: ignore[arg-type]
        result.counts = predict_table(
            request,
            scorer or ChecksumScorer(),
            stdout=stdout,
            notify=result.notes.append,
            report=result.progress.append,
        )
        result.stdout = stdout.getvalue()
        return result

    return run
