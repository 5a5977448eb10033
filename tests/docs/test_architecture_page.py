"""The page about the architecture names files, rooms and names that exist, and every room of the package."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PLACES = set(re.findall(r"`(?:bash )?((?:sentiment|tests|scripts)/[^`\s]*)`", PAGE))
COMMANDS = re.findall(r"`bash scripts/test ([^`]+)`", PAGE)
NAMES_OF = {
    "sentiment/cells.py": ("CELLS",),
    "sentiment/nn/cells.py": ("TORCH_CELLS",),
    "sentiment/numpy_network/cells.py": ("NUMPY_CELLS",),
    "sentiment/config/schema.py": ("Pooling",),
    "sentiment/nn/pooling.py": ("class Pooling",),
    "sentiment/formats.py": ("FileFormat",),
    "sentiment/tables/table.py": ("class StoredTable",),
    "sentiment/model_dir/manifest.py": ("TASKS",),
    "sentiment/training/classification/job.py": ("class ClassificationJob",),
}
"""What the recipes say is in a file."""


def test_every_place_that_is_named_exists() -> None:
    assert len(PLACES) > 25
    assert [place for place in sorted(PLACES) if not (ROOT / place).exists()] == []
    tests = [place for command in COMMANDS for place in command.split()]
    assert len(tests) > 8
    assert [place for place in tests if not (ROOT / place).exists()] == []


def test_what_the_recipes_name_is_there() -> None:
    for place, names in NAMES_OF.items():
        content = (ROOT / place).read_text(encoding="utf-8")
        for name in names:
            assert re.search(rf"\b{name}\b", content), f"{place} has no {name}; mend the recipe in docs/architecture.md"
            assert f"`{name.removeprefix('class ').partition('.')[0]}" in PAGE


def test_every_room_is_described() -> None:
    rooms = {path.name for path in (ROOT / "sentiment").iterdir() if (path / "__init__.py").exists()}
    described = set(re.findall(r"`sentiment/(\w+)/`", PAGE.partition("## Ways")[0]))
    assert rooms == described


def test_no_page_is_an_orphan() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")]
    assert len(pages) > 8
    assert [page for page in pages if f"({page})" not in readme] == []


def test_no_page_holds_the_mark_of_a_figure_to_come() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    assert len(pages) > 20
    marks = r"@[A-Z]+@|\b(?:TODO|FIXME|TBD|XXX)\b"
    assert [page.name for page in pages if re.search(marks, page.read_text(encoding="utf-8"))] == []
