"""`predict --trace`, `--explain` and `--gates`: coloured words and tables for people, rows and JSON for programs."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sentiment.cli.console import json_line, notify, print_table, stdout_console
from sentiment.cli.loading import LoadedModel
from sentiment.errors import DataError
from sentiment.wording import EMPTY, on_one_line
from sentiment.writing import write_text

if TYPE_CHECKING:
    from sentiment.inference import Prediction
    from sentiment.inference.inside import CellValues, Explanation, Gates, Trace

View = Literal["trace", "explain", "gates"]


@dataclass(frozen=True)
class InsidePrinter:
    """Prints what is inside predictions.

    Attributes:
        model: The model.
        view: `trace`, `explain` or `gates`.
        as_json: Print one object per text.
        all_units: Print every unit of `gates`.
        pictures: Files to write, by `svg` and `html`.
    """

    model: LoadedModel
    view: View
    as_json: bool
    all_units: bool
    pictures: dict[str, Path]

    def show(self, predictions: "Sequence[Prediction]", position: int, *, is_alone: bool = False) -> None:
        """Print what is inside of each prediction; an empty text, or one in a script that is not read, has nothing.

        Args:
            predictions: To look into.
            position: Number of texts before.
            is_alone: Whether a single text was given on the command line.
        """
        for number, prediction in enumerate(predictions, start=position + 1):
            result = self._look_into("" if prediction.probability is None else prediction.text, prediction.text)
            self._write_pictures(result)
            fault = None if prediction.probability is not None else self.model.fault_of(prediction.text) or EMPTY
            if self.as_json:
                print(json_line(self._as_dict(result)))
            elif not sys.stdout.isatty():
                _write_rows(number, result)
            elif fault is None:
                _draw(result)
            else:
                print(f"no answer: the text is {fault}")
            if fault is not None and (self.as_json or not sys.stdout.isatty()):
                notify(f"text {number:,} has no answer: it is {fault}")
            if sys.stdout.isatty() and not is_alone and not self.as_json:
                print()
            sys.stdout.flush()

    def _look_into(self, read: str, given: str) -> "Trace | Explanation | Gates":
        """Look into the prediction for what is read of a text: nothing where it has no answer."""
        classifier = self.model.classifier
        try:
            if self.view == "trace":
                return replace(classifier.trace(read), text=given)
            if self.view == "explain":
                return replace(classifier.explain(read), text=given)
            return replace(classifier.gates(read), text=given)
        except ValueError as error:
            raise DataError(f"{error}; shorten it") from error

    def _as_dict(self, result: "Trace | Explanation | Gates") -> dict[str, Any]:
        from sentiment.inference.inside import Gates

        return result.to_dict(all_units=self.all_units) if isinstance(result, Gates) else result.to_dict()

    def _write_pictures(self, result: "Trace | Explanation | Gates") -> None:
        for kind, path in self.pictures.items():
            content = result.to_svg() if kind == "svg" else result.to_html()
            write_text(path, content)
            notify(f"wrote {path}")


def _write_rows(number: int, result: "Trace | Explanation | Gates") -> None:
    """Write rows of tab-separated cells for programs.

    They are the number of the text, the label if there is one for it, a word or token, and its numbers.
    """
    from sentiment.inference.inside import Explanation, Trace

    if isinstance(result, Trace):
        label = result.label or ""
        rows = [[label, step.text, *(f"{value:.4f}" for value in step.probabilities.values())] for step in result.steps]
        rows.append([label, "", *(f"{value:.4f}" for value in (result.probabilities or {}).values())])
    elif isinstance(result, Explanation):
        rows = [[result.label or "", word.text, f"{word.share:+.4f}", f"{word.without:.4f}"] for word in result.words]
    else:
        rows = [[str(cell.layer), cell.direction, *row] for cell in result.cells for row in _means(result, cell)]
    print_table([], [[str(number), *row] for row in rows])


def _draw(result: "Trace | Explanation | Gates") -> None:
    """Draw a result on a terminal."""
    from sentiment.inference.inside import Gates

    if isinstance(result, Gates):
        for cell in result.cells:
            header = ["token", *cell.values]
            print(f"layer {cell.layer}, {cell.direction}: means over {cell.hidden_size:,} units")
            print_table(header, list(_means(result, cell)), numeric=range(1, len(header)))
        return
    from sentiment.cli.marked_words import print_marks

    print_marks(stdout_console(), on_one_line(result.answer()), result.marks(), on_one_line(result.reading()))


def _means(gates: "Gates", cell: "CellValues") -> Iterator[list[str]]:
    """Yield every token with the means of a cell's values."""
    columns = cell.means().values()
    for token, *means in zip(gates.tokens, *columns, strict=True):
        yield [token.text, *(f"{round(float(mean), 3) + 0.0:.3f}" for mean in means)]
