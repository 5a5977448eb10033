"""Put a finished model or encoder into the package, in the form to ship: small, with its card and its figures.

    python scripts/release/ship_model.py runs/korean-reviews
    python scripts/release/ship_model.py runs/korean-opinion --report evaluation.json

It ships under the name of its directory, or under --name. Without --report a classifier is measured first, as with
`sentiment eval --json`. An existing directory is replaced atomically, and the table in docs/models.md is updated.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from sentiment.errors import SentimentError
from sentiment.model_dir import ENCODER, FILM_CLASSIFIER, SHIPPED_CLASSIFIERS, SHIPPED_ENCODERS, ModelDirectory
from shipped_cards import shipped_table
from shipping import ship

NAMES = (FILM_CLASSIFIER, *SHIPPED_CLASSIFIERS.values(), *SHIPPED_ENCODERS.values())
ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "sentiment" / "shipped"
PAGE = ROOT / "docs" / "models.md"
BEGIN, END = "<!-- written by scripts/release/ship_model.py: begin -->\n", "\n<!-- end -->"


def read_report(model: Path, path: Path | None) -> dict[str, Any]:
    """Read the report of an evaluation, or evaluate the model now."""
    if path is None:
        command = [sys.executable, "-m", "sentiment", "eval", "--model", str(model), "--json"]
        content = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    else:
        content = path.read_text(encoding="utf-8")
    report: dict[str, Any] = json.loads(content)
    return report


def page_with_table(page: str, folder: Path) -> str:
    """Return a page with an updated table, between the two marks, of the folder's models."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{shipped_table(folder)}{END}{after}"


def main() -> None:
    """Ship one directory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="a finished model or encoder directory")
    parser.add_argument("--name", choices=NAMES, help="name to ship it under; by default that of the directory")
    parser.add_argument("--report", type=Path, help="output of sentiment eval --json for the classifier")
    parser.add_argument("--into", type=Path, default=SHIPPED, help="the folder to put it in")
    arguments = parser.parse_args()
    try:
        is_encoder = ModelDirectory.open(arguments.source, allow_encoder=True).manifest.kind == ENCODER
        target = arguments.into / (arguments.name or arguments.source.name)
        if target.name not in NAMES:
            parser.error(f"{target.name}: no name of a model that ships; pass one with --name: {', '.join(NAMES)}")
        ship(arguments.source, target, None if is_encoder else read_report(arguments.source, arguments.report))
    except SentimentError as error:
        sys.exit(f"error: {error}")
    if arguments.into.resolve() == SHIPPED.resolve():
        PAGE.write_text(page_with_table(PAGE.read_text(encoding="utf-8"), SHIPPED), encoding="utf-8")
    print(target)


if __name__ == "__main__":
    main()
