"""The typical uses of a model directory, one after another, in a forked process."""

import io
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NoReturn

# Import everything before the fork, so that its cost is paid once; a thread would not survive the fork.
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.pop("SENTIMENT_MODEL", None)

import torch

from sentiment.cli import main
from sentiment.errors import ModelDirectoryError, SentimentError
from sentiment.generation import TextGenerator
from sentiment.inference import Classifier
from sentiment.model_dir import ENCODER, MANIFEST_FILE, ModelDirectory
from sentiment.training.classification.start import StartingPoint

NAME = "broken"
TEXTS = ("이 영화 정말 최고예요", "돈이 아까워요", "good film, 10/10", "", "ㅋ" * 3_000)
SIGNAL, TRACEBACK, SILENT = "signal", "traceback", "silent"
USER_ERRORS = frozenset({0, 3, 4, 5, 6, 7, 8})
"""Exit codes of a command that succeeded, or reported a one-line error."""
ERRORS = ("error: ", '{"event": "error"')
"""Prefixes of an error line, for people and with --json."""
Answers = list[tuple[str | None, dict[str, float] | None]]

torch.set_num_threads(1)


def answers_of(path: Path) -> Answers | None:
    """Return the predictions of a classifier; None for an encoder."""
    if ModelDirectory.open(path, allow_encoder=True).manifest.kind == ENCODER:
        return None
    return [
        (answer.label, answer.probabilities and dict(answer.probabilities))
        for answer in Classifier.load(path, threads=1).warm_up().predict(TEXTS)
    ]


def use_sound(path: Path) -> Answers | None:
    """Use a valid directory in this process, to import everything it needs; return its predictions."""
    answers = answers_of(path)
    for name, step in _steps(path, answers).items():
        try:
            step()
        except ModelDirectoryError:
            if name != "train --from":  # a classifier may lack the weights for training
                raise
    return answers


class _Failure(Exception):  # noqa: N818  (it is the finding)
    def __init__(self, verdict: str, told: str) -> None:
        super().__init__(told)
        self.verdict = verdict


def use(folder: Path, known: Answers | None) -> NoReturn:
    """Use the directory `runs/broken` of a folder, write `result.json` beside it, and end the process.

    Args:
        folder: becomes the working directory.
        known: the expected predictions, if there are any; None if its hashes were updated.
    """
    os.chdir(folder)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    told: list[str] = []
    verdict = "loaded"
    for name, step in _steps(Path("runs") / NAME, known).items():
        with Path("steps.txt").open("a") as steps:
            steps.write(f"{name}\n")
        try:
            step()
        except SentimentError as error:
            verdict = "refused"
            told.append(f"{name}: {error}")
            if len(str(error).splitlines()) != 1:
                verdict = TRACEBACK
                break
        except _Failure as failure:
            verdict, told = failure.verdict, [f"{name}: {failure}"]
            break
        except BaseException:
            verdict, told = TRACEBACK, [f"{name}: {' | '.join(traceback.format_exc().splitlines()[-3:])}"]
            break
    if threading.active_count() > 1:
        verdict, told = SIGNAL, ["a thread is still at work, which aborts the process at its end"]
    Path("result.json").write_text(json.dumps({"verdict": verdict, "told": "; ".join(told)[:2_000]}))
    os._exit(0)


def _steps(path: Path, known: Answers | None) -> dict[str, Callable[[], None]]:
    return {
        "models list": lambda: _command("models", "list"),
        "models show": lambda: _command("models", "show", str(path)),
        "models show --json": lambda: _command("models", "show", str(path), "--json"),
        "models verify": lambda: _command("models", "verify", str(path)),
        "answers": lambda: _check_answers(path, known),
        "train --from": lambda: _start_from(path),
        "generate": lambda: _generate(path),
    }


def _command(*arguments: str) -> None:
    """Run `sentiment`; a reported user error counts as success."""
    sys.argv = ["sentiment", *arguments]
    stdout, stderr = _Stream(), _Stream()
    try:
        with redirect_stdout(stdout), redirect_stderr(stderr):
            main()
    except SystemExit as ended:
        lines = stderr.text().splitlines()
        code = int(ended.code or 0)
        if code not in USER_ERRORS or sum(line.startswith(ERRORS) for line in lines) != bool(code):
            raise _Failure(TRACEBACK, f"exit code {code}: {lines[-3:]}") from ended
        if code:
            raise ModelDirectoryError(lines[-1]) from ended


class _Stream(io.TextIOWrapper):
    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def text(self) -> str:
        buffer: Any = self.buffer
        return bytes(buffer.getvalue()).decode()


def _check_answers(path: Path, known: Answers | None) -> None:
    answers = answers_of(path)
    if answers is None:
        return
    labels = json.loads((path / MANIFEST_FILE).read_bytes())["labels"]
    for label, probabilities in answers:
        if label is not None and (label not in labels or list(probabilities or ()) != labels):
            raise _Failure(SILENT, f"answers {label!r} with {probabilities}, but the manifest lists {labels}")
    if known is not None and answers != known:
        raise _Failure(SILENT, f"answers {answers}, and the sound one {known}")


def _start_from(path: Path) -> None:
    start = StartingPoint.read(path)
    start.polarity(tuple(start.config.model.pooling))


def _generate(path: Path) -> None:
    if ModelDirectory.open(path, allow_encoder=True).manifest.kind == ENCODER:
        TextGenerator.load(path).sample("이 영화", number=1, seed=0, max_tokens=3)
