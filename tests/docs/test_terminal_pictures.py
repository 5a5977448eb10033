"""The README's pictures show what the commands print; `scripts/release/terminal_pictures.py` draws them again."""

import re
import xml.etree.ElementTree as ET
from itertools import groupby
from pathlib import Path

import pytest
from rich.text import Text

from terminal_pictures import PREDICTION, SECOND_EPOCH, TRAINING, draw_prediction, screen, terminal_output

DOCS = Path(__file__).parents[2] / "docs"
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
POINTS = 0.5  # int8 products differ a little between processors


def lines_of(picture: Path) -> list[str]:
    """Return the lines that a picture shows below its title, with single spaces."""
    svg = ET.parse(picture)
    texts = svg.iterfind(".//{http://www.w3.org/2000/svg}text[@clip-path]")
    rows = groupby(texts, key=lambda element: element.attrib["y"])
    lines = [" ".join(" ".join(element.text or "" for element in row).split()) for _, row in rows]
    return [line for line in lines if line]


def numbers(lines: list[str]) -> list[float]:
    return [float(number) for number in NUMBER.findall("\n".join(lines))]


def shapes(lines: list[str]) -> set[str]:
    """Return the lines without what differs from run to run: numbers, and how far the bar is."""
    return {re.sub(r"[━╸╺ ]+", " ", NUMBER.sub("0", line)).strip() for line in lines}


def test_the_predictions_are_those_of_the_model_that_ships(tmp_path: Path) -> None:
    shown, printed = lines_of(DOCS / "prediction.svg"), lines_of(draw_prediction(tmp_path))
    assert shown[0] == "$ sentiment predict " + " ".join(f'"{text}"' for text in PREDICTION[1:])
    assert shapes(shown) == shapes(printed)
    assert len(shown) == len(PREDICTION) + 2
    assert numbers(shown) == pytest.approx(numbers(printed), abs=POINTS)


def test_a_training_prints_what_the_picture_shows() -> None:
    """The rows in the picture take a minute, so a training on those that ship is compared, but for its figures."""
    shown = lines_of(DOCS / "training.svg")
    assert shown[0] == f"$ sentiment {' '.join(TRAINING)}"
    assert SECOND_EPOCH.search(shown[-1])
    output = terminal_output(
        (*TRAINING, "--data", "sample", "--set", "training.threads=1"), until=re.compile(r"epoch 2: .*\n")
    )
    printed = [Text.from_ansi(frame).plain for frame in re.split(r"[\r\n]+", output)]
    told_of_other_rows = {line for line in shapes(shown) if line.startswith("nsmc ")}
    assert shapes(shown[1:]) - told_of_other_rows <= shapes(printed)


def test_the_screen_keeps_the_last_state_of_a_bar() -> None:
    output = "one\r\n\x1b[?25lbar 1%\r\x1b[2Kbar 2%\r\x1b[2Ktwo\r\nbar 3%\r\x1b[2K\x1b[31mbar 4%\x1b[0m"
    lines = screen(output)
    assert [line.plain for line in lines] == ["one", "two", "bar 4%"]
    assert [str(span.style) for span in lines[2].spans] == ["color(1)"]
