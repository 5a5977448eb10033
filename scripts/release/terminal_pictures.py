"""Draw the README's pictures: terminal output of real predictions and of a real training.

    python scripts/release/terminal_pictures.py prediction
    SENTIMENT_DATA=... python scripts/release/terminal_pictures.py training

The command of a picture runs exactly as shown, on a pseudo-terminal in an empty folder, so that the shipped model is
used; the training is stopped in its second epoch, while its bar is active.
"""

import argparse
import os
import pty
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[2]
COLUMNS = 120
SCREENFUL = 8_192  # bytes that the last lines take, with their colours
PREDICTION = (
    "predict",
    "이 영화 정말 최고예요",
    "배우가 아깝다",
    "기대 안 했는데 나쁘지 않네요",
    "ㅋㅋ 돈 주고 볼 건 아님",
)
TRAINING = ("train", "quick")
SECOND_EPOCH = re.compile(r"epoch 2/\d.* 7\d%.*reviews/s.*\d:\d\d:\d\d")
NEVER = re.compile(r"(?!)")


def terminal_output(arguments: Sequence[str], until: re.Pattern[str] = NEVER) -> str:
    """Run `sentiment` on a pseudo-terminal until it exits, or `until` matches its output; return the output."""
    environment = {name: value for name, value in os.environ.items() if name not in {"SENTIMENT_MODEL", "NO_COLOR"}}
    environment |= {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "sentiment", *arguments]
    ours, theirs = pty.openpty()
    written = b""
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process,
    ):
        os.close(theirs)
        while not until.search(written[-SCREENFUL:].decode(errors="replace")):
            try:
                piece = os.read(ours, 65_536)
            except OSError:  # on Linux, the command has exited
                break
            if not piece:
                break
            written += piece
        process.kill()
    os.close(ours)
    return written.decode(errors="replace")


def screen(output: str) -> list[Text]:
    """Return the final lines of a terminal: of a redrawn bar, the last state."""
    return [Text.from_ansi(line.rstrip("\r").rpartition("\r")[2]) for line in output.rstrip().split("\n")]


def draw(path: Path, arguments: Sequence[str], lines: list[Text]) -> None:
    """Write the terminal output after a prompt and the command as SVG."""
    console = Console(record=True, width=COLUMNS, file=StringIO())
    words = [word if word == shlex.quote(word) else f'"{word}"' for word in arguments]
    console.print(Text(f"$ sentiment {' '.join(words)}", style="bold"))
    for line in lines:
        console.print(line, soft_wrap=True)
    svg = console.export_svg(title=f"sentiment {arguments[0]}", unique_id=path.stem)
    path.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")


def draw_prediction(folder: Path) -> Path:
    """Draw `prediction.svg` into the folder."""
    path = folder / "prediction.svg"
    draw(path, PREDICTION, screen(terminal_output(PREDICTION)))
    return path


def draw_training(folder: Path) -> Path:
    """Draw `training.svg` into the folder."""
    path = folder / "training.svg"
    draw(path, TRAINING, screen(terminal_output(TRAINING, until=SECOND_EPOCH)))
    return path


def main() -> None:
    """Draw the requested pictures."""
    pictures = {"prediction": draw_prediction, "training": draw_training}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="+", choices=pictures)
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    arguments = parser.parse_args()
    for name in arguments.pictures:
        print(pictures[name](arguments.out))


if __name__ == "__main__":
    main()
