"""`sentiment predict`."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.cli.console import json_line, notify, on_one_line, stdout_console
from sentiment.cli.models import ModelOption

if TYPE_CHECKING:
    from sentiment.inference import Prediction

EMPTY_ANSWER = "no answer: the text is empty"
LINES_AT_ONCE = 1024
MAX_LONG_NAMED = 10


def predict_command(
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", help="What to classify; left out, one text a line is read from a pipe."),
    ] = None,
    model: ModelOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a text.")] = False,
) -> None:
    """Say what texts feel: the label and its probability.

    One TEXT gets a line for people. Several, and a pipe, get a table on a terminal, and otherwise a line each: label,
    probability, text, with tabs between.

    Example: sentiment predict "이 영화 정말 최고예요" "배우가 아깝다"
    """
    if not texts and sys.stdin.isatty():
        raise typer.BadParameter(
            'nothing to classify; try: sentiment predict "이 영화 정말 최고예요"', param_hint="TEXT"
        )
    from sentiment.inference import Classifier
    from sentiment.model_dir import find_model

    path, reason = find_model(model)
    # One text is one batch, and one batch needs one thread.
    classifier = Classifier.load(path, threads=1 if texts and len(texts) == 1 else None)
    notify(f"model: {path} ({reason})")
    position = 0
    for chunk in [texts] if texts else _chunks_of_lines():
        predictions = classifier.predict(chunk)
        if as_json:
            _write(map(_as_json, predictions))
        elif texts and len(texts) == 1:
            _write(map(_as_sentence, predictions))
        elif sys.stdout.isatty():
            _print_table(predictions)
        else:
            _write(map(_as_line, predictions))
        _notify_windows(predictions, position, classifier.max_tokens)
        position += len(chunk)


def _chunks_of_lines() -> Iterator[list[str]]:
    """Cut standard input into chunks of texts, one a line."""
    from sentiment.errors import DataError

    lines = enumerate(sys.stdin.buffer, start=1)
    while chunk := list(islice(lines, LINES_AT_ONCE)):
        texts = []
        for number, line in chunk:
            try:
                texts.append(line.rstrip(b"\r\n").decode("utf-8-sig" if number == 1 else "utf-8"))
            except UnicodeDecodeError as error:
                fault = f"byte {error.start + 1} is not UTF-8"
                raise DataError(f"standard input, line {number}: {fault}; convert it with iconv -t utf-8") from error
        yield texts


def _write(lines: Iterable[str]) -> None:
    """Write lines to standard output, all at once: one by one they take longer than the answers."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _as_sentence(prediction: "Prediction") -> str:
    if prediction.label is None or prediction.probability is None:
        return EMPTY_ANSWER
    return f"{on_one_line(prediction.label)} ({prediction.probability:.1%})"


def _as_line(prediction: "Prediction") -> str:
    """Join label, probability and text with tabs; where there is no answer, the first two are empty."""
    label = on_one_line(prediction.label or "")
    probability = "" if prediction.probability is None else f"{prediction.probability:.4f}"
    return f"{label}\t{probability}\t{on_one_line(prediction.text)}"


def _as_json(prediction: "Prediction") -> str:
    probabilities = prediction.probabilities
    fields = {
        "text": prediction.text,
        "label": prediction.label,
        "probability": None if prediction.probability is None else _rounded(prediction.probability),
        "probabilities": probabilities and {label: _rounded(value) for label, value in probabilities.items()},
        "windows": prediction.num_windows,
    }
    return json_line(fields)


def _rounded(probability: float) -> float:
    """Keep the seven digits that a float32 has."""
    return float(f"{probability:.7g}")


def _print_table(predictions: "Sequence[Prediction]") -> None:
    from rich.table import Table

    table = Table("label", "probability", "text", box=None, pad_edge=False, header_style="bold")
    table.columns[1].justify = "right"
    table.columns[2].overflow = "fold"
    for prediction in predictions:
        probability = "" if prediction.probability is None else f"{prediction.probability:.1%}"
        label = EMPTY_ANSWER if prediction.label is None else on_one_line(prediction.label)
        table.add_row(label, probability, on_one_line(prediction.text))
    stdout_console().print(table)


def _notify_windows(predictions: "Sequence[Prediction]", position: int, max_tokens: int) -> None:
    """Name the texts that were read in several windows; `position` texts came before."""
    long = [(number, p.num_windows) for number, p in enumerate(predictions, start=position + 1) if p.num_windows > 1]
    for number, num_windows in long[:MAX_LONG_NAMED]:
        notify(f"text {number} was read in {num_windows:,} windows of at most {max_tokens:,} tokens")
    if len(long) > MAX_LONG_NAMED:
        notify(f"{len(long) - MAX_LONG_NAMED:,} texts after it were read in several windows as well")
