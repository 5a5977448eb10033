"""Print predictions: a sentence for people, a table on a terminal, lines and JSON for programs."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sentiment.cli.abstaining import Abstaining
from sentiment.cli.console import json_line, notify, print_table
from sentiment.cli.loading import LoadedModel, load_model
from sentiment.processor import limit_tokenizer_threads
from sentiment.wording import EMPTY, UNREAD, UNSURE, on_one_line

if TYPE_CHECKING:
    from sentiment.inference import Prediction

MAX_LONG_NAMED = 10


class Printer(Protocol):
    """Prints something about predictions."""

    def show(self, predictions: "Sequence[Prediction]", position: int, *, is_alone: bool = False) -> None:
        """Print it.

        Args:
            predictions: To print.
            position: Number of texts before.
            is_alone: Whether a single text was given on the command line.
        """


@dataclass(frozen=True)
class TextPrinter:
    """Prints predictions.

    Attributes:
        model: The model.
        as_json: Print one object per text.
        all_probabilities: Print every class, the most probable first in a sentence, otherwise in the model's order.
    """

    model: LoadedModel
    as_json: bool
    all_probabilities: bool

    def show(self, predictions: "Sequence[Prediction]", position: int, *, is_alone: bool = False) -> None:
        """Print predictions, and notify of texts in a script that is not read, and of those read in windows.

        Args:
            predictions: To print.
            position: Number of texts before.
            is_alone: Whether a single text was given on the command line.
        """
        if self.as_json:
            _write(map(self._as_json, predictions))
        elif is_alone:
            _write(map(self._as_sentence, predictions))
        elif sys.stdout.isatty():
            self._print_table(predictions, position)
        else:
            _write(map(self._as_line, predictions))
        if self.as_json or not is_alone:
            self._notify_scripts(predictions, position)
        _notify_windows(predictions, position, self.model.classifier.max_tokens)

    def _as_json(self, prediction: "Prediction") -> str:
        probabilities = prediction.probabilities
        fields: dict[str, object] = {
            "text": prediction.text,
            "label": prediction.label,
            "probability": None if prediction.probability is None else _rounded(prediction.probability),
            "probabilities": probabilities and {label: _rounded(value) for label, value in probabilities.items()},
            "windows": prediction.num_windows,
        }
        if self.model.unsure_below is not None:
            fields["reason"] = self._reason(prediction)
        return json_line(fields)

    def _reason(self, prediction: "Prediction") -> str | None:
        """Return why there is no label, as in a table; None if there is one."""
        if prediction.label is not None:
            return None
        if prediction.probability is not None:
            return UNSURE
        return EMPTY if self.model.fault_of(prediction.text) is None else UNREAD

    def _as_sentence(self, prediction: "Prediction") -> str:
        if prediction.probability is None or prediction.probabilities is None:
            return f"no answer: the text is {self.model.fault_of(prediction.text) or EMPTY}"
        if prediction.label is None:
            best = max(prediction.probabilities, key=prediction.probabilities.__getitem__)
            return f"no answer: {UNSURE} ({on_one_line(best)} {prediction.probability:.1%})"
        if not self.all_probabilities:
            return f"{on_one_line(prediction.label)} ({prediction.probability:.1%})"
        ranked = sorted(prediction.probabilities.items(), key=lambda item: item[1], reverse=True)
        return ", ".join(f"{on_one_line(label)} ({probability:.1%})" for label, probability in ranked)

    def _as_line(self, prediction: "Prediction") -> str:
        """Join label, probabilities and text with tabs; without a prediction, all but the text are empty."""
        label = on_one_line(prediction.label or "")
        numbers = [_shown(number, "{:.4f}") for number in self._numbers(prediction)]
        return "\t".join([label, *numbers, on_one_line(prediction.text)])

    def _print_table(self, predictions: "Sequence[Prediction]", position: int) -> None:
        numbers = ["probability", *self.model.classifier.labels] if self.all_probabilities else ["probability"]
        rows = [
            [
                self._label_cell(prediction, number),
                *(_shown(probability, "{:.1%}") for probability in self._numbers(prediction)),
                prediction.text,
            ]
            for number, prediction in enumerate(predictions, start=position + 1)
        ]
        print_table(["label", *numbers, "text"], rows, numeric=range(1, 1 + len(numbers)))

    def _label_cell(self, prediction: "Prediction", number: int) -> str:
        if prediction.label is not None:
            return prediction.label
        if prediction.probability is not None:
            return UNSURE
        fault = EMPTY if self.model.fault_of(prediction.text) is None else "in a script that is not read"
        return f"no answer: text {number} is {fault}"

    def _notify_scripts(self, predictions: "Sequence[Prediction]", position: int) -> None:
        """Notify of the first text without a prediction because of its script, and count the others."""
        faults = [
            (number, fault)
            for number, prediction in enumerate(predictions, start=position + 1)
            if prediction.probability is None and (fault := self.model.fault_of(prediction.text)) is not None
        ]
        if faults:
            number, fault = faults[0]
            more = f" (and {len(faults) - 1:,} more like it)" if len(faults) > 1 else ""
            notify(f"text {number:,} has no answer: it is {fault}{more}")

    def _numbers(self, prediction: "Prediction") -> list[float | None]:
        """Return the probability of the label, and optionally that of every class."""
        if not self.all_probabilities:
            return [prediction.probability]
        if prediction.probabilities is None:
            return [None] * (1 + len(self.model.classifier.labels))
        return [prediction.probability, *prediction.probabilities.values()]


def predict_texts(
    texts: list[str],
    model: str | None,
    encoding: str | None,
    batch_size: int,
    threads: int | None,
    print_with: Callable[[LoadedModel], Printer],
    abstaining: Abstaining,
) -> None:
    """Predict the texts of the command line, or else those of a pipe."""
    is_alone = len(texts) == 1
    limit_tokenizer_threads(threads)
    # One text is one batch, and one batch needs one thread.
    loaded, watch = abstaining.prepare(load_model(model, 1 if is_alone else threads, notify, texts), notify)
    printer = print_with(loaded)
    if texts:
        printer.show(loaded.predict(texts, batch_size), 0, is_alone=is_alone)
    else:
        _predict_pipe(loaded, encoding, batch_size, printer)
    if watch is not None:
        watch.warn(notify)


def _predict_pipe(model: LoadedModel, encoding: str | None, batch_size: int, printer: Printer) -> None:
    """Predict standard input, one text per line, each as soon as it arrives.

    Raises:
        DataError: A line is not valid in its encoding.
        OutputError: Standard output is the file that standard input reads: each prediction would become a new text.
    """
    from sentiment.errors import DataError, OutputError
    from sentiment.files import redirected_file
    from sentiment.tables import STANDARD_INPUT, ByteSource, TableOptions, open_text_table

    read, written = redirected_file(sys.stdin.buffer), redirected_file(sys.stdout.buffer)
    if read is not None and written is not None and os.path.samestat(read, written):
        raise OutputError("standard output: is the input itself; redirect it to another file")
    source, options = ByteSource.open(STANDARD_INPUT), TableOptions(encoding=encoding)
    table = open_text_table(source, "lines", options, live=True, notify=notify)
    position = 0
    for rows in table.windows(0, ()):
        if fault := next((row for row in rows if row.fault is not None), None):
            raise DataError(f"{table.name}:{fault.record.line}: {fault.fault}; set the right encoding with --encoding")
        printer.show(model.predict([row.text or "" for row in rows], batch_size), position)
        position += len(rows)


def _write(lines: Iterable[str]) -> None:
    """Write lines to standard output at once: one by one they take longer than the predictions."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _shown(number: float | None, pattern: str) -> str:
    return "" if number is None else pattern.format(number)


def _rounded(probability: float) -> float:
    """Round to the seven digits of a float32."""
    return float(f"{probability:.7g}")


def _notify_windows(predictions: "Sequence[Prediction]", position: int, max_tokens: int) -> None:
    """Notify of texts that were read in several windows; `position` is the number of texts before."""
    long = [(number, p.num_windows) for number, p in enumerate(predictions, start=position + 1) if p.num_windows > 1]
    for number, num_windows in long[:MAX_LONG_NAMED]:
        notify(f"text {number} was read in {num_windows:,} windows of at most {max_tokens:,} tokens")
    if len(long) > MAX_LONG_NAMED:
        notify(f"{len(long) - MAX_LONG_NAMED:,} texts after it were read in several windows as well")
