"""What the scripts share that write targets: what a model should answer to texts without its labels."""

import argparse
import sys
from collections.abc import Callable

from sentiment.ensemble import TeacherFile
from sentiment.errors import SentimentError

SURE = 0.97
"""The probability of the class that a sentence was made for."""


def notify(line: str) -> None:
    """Tell people how it goes."""
    print(line, file=sys.stderr, flush=True)


def write_targets(answer: Callable[..., None], chosen: argparse.Namespace, *names: str) -> None:
    """Write the targets into new files; what is wrong ends the script with one line.

    Args:
        answer: writes them; gets what was chosen, and the files.
        chosen: the options.
        names: of those that choose the files.
    """
    try:
        answer(chosen, *(TeacherFile.check(getattr(chosen, name), replace=False) for name in names))
    except SentimentError as error:
        sys.exit(f"error: {error}")
