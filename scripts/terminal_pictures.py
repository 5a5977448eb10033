"""Draw the README's pictures: what a terminal shows of a real training and of real predictions.

    pip install pyte && python scripts/terminal_pictures.py --model runs/bilstm

Commands run on a pseudo-terminal; the screen is drawn as SVG, the training's while its bar is at work.
"""

import argparse
import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Callable
from io import StringIO
from itertools import groupby
from pathlib import Path

import pyte
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
COLUMNS, ROWS = 120, 24
TEXTS = (
    "이 영화 정말 최고예요",
    "배우가 아깝다 시나리오가 엉망",
    "기대 안 했는데 나쁘지 않네요",
    "ㅋㅋㅋㅋ 돈 주고 볼 건 아님",
    "",
)


def screen_of(arguments: list[str], until: Callable[[str], bool]) -> list[Text]:
    """Run the command on a pseudo-terminal until it ends or shows what is waited for; return the lines shown."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    child, terminal = pty.fork()
    if child == 0:
        os.environ |= {"COLUMNS": str(COLUMNS), "LINES": str(ROWS), "TERM": "xterm-256color"}
        os.execvp(sys.executable, [sys.executable, "-m", "sentiment", *arguments])
    while True:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                stream.feed(os.read(terminal, 65_536))
            except OSError:  # the command has ended
                break
        if until("\n".join(screen.display)):
            time.sleep(0.3)
            os.kill(child, signal.SIGTERM)
            break
    os.waitpid(child, 0)
    lines = [_line(screen, number) for number in range(ROWS)]
    while lines and not lines[-1].plain.strip():
        lines.pop()
    return lines


def _line(screen: pyte.Screen, number: int) -> Text:
    cells = [screen.buffer[number][column] for column in range(COLUMNS)]
    # Neighbours of one style make one run: the picture stays small, and its text can be copied.
    runs = groupby(cells, key=lambda cell: f"{'bold ' if cell.bold else ''}{_rich_colour(cell.fg)}")
    line = Text.assemble(*(("".join(cell.data for cell in run), style) for style, run in runs))
    line.rstrip()
    return line


def _rich_colour(name: str) -> str:
    """Translate pyte's name of a colour: a word, or six hexadecimal digits."""
    if len(name) == 6 and all(digit in "0123456789abcdef" for digit in name):
        return f"#{name}"
    return {"brown": "yellow", "default": "default"}.get(name, name.replace("bright", "bright_"))


def draw(path: Path, title: str, command: str, lines: list[Text]) -> None:
    """Write what a terminal shows after a prompt as SVG."""
    console = Console(record=True, width=COLUMNS, file=StringIO())
    console.print(Text(f"$ {command}", style="bold"))
    for line in lines:
        console.print(line, soft_wrap=True)
    path.write_text(console.export_svg(title=title, unique_id=path.stem), encoding="utf-8")
    print(path)


def main() -> None:
    """Draw both pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="the model directory to predict with")
    parser.add_argument("--config", default="quick", help="the experiment to watch; it is stopped in its last epoch")
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    arguments = parser.parse_args()
    predicted = screen_of(["predict", *TEXTS, "--model", arguments.model], lambda _: False)
    quoted = " ".join(f'"{text}"' for text in TEXTS)
    draw(arguments.out / "prediction.svg", "sentiment predict", f"sentiment predict {quoted}", predicted)
    trained = screen_of(
        ["train", arguments.config, "--out", "runs/picture", "--force"],
        lambda shown: re.search(r"epoch 1:.*epoch 2/\d.* 7\d%.*reviews/s", shown, re.DOTALL) is not None,
    )
    draw(arguments.out / "training.svg", "sentiment train", f"sentiment train {arguments.config}", trained)


if __name__ == "__main__":
    main()
