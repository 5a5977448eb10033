"""Scripts say how they are run, and every page that names one names one that is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_dir() and path.name != "__pycache__")
FILES = [file for folder in FOLDERS for file in sorted(folder.rglob("*.py"))]
RUN_BY_HAND = [file for file in FILES if '__name__ == "__main__"' in file.read_text(encoding="utf-8")]
PAGES = [
    *(ROOT / name for name in ("README.md", "README.ko.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *(folder / "README.md" for folder in FOLDERS),
    *FILES,
]


def test_there_are_three_folders() -> None:
    assert [folder.name for folder in FOLDERS] == ["benchmarks", "experiments", "release"]
    assert all(any(folder in file.parents for file in RUN_BY_HAND) for folder in FOLDERS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_script_opens_with_what_it_is_for_and_how_it_is_run(file: Path) -> None:
    told = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    assert told.splitlines()[0].endswith((".", ":"))
    if file in RUN_BY_HAND:
        assert f"python {file.relative_to(ROOT)}" in told


def test_the_page_of_a_folder_names_its_scripts() -> None:
    pages = {folder: (folder / "README.md").read_text(encoding="utf-8") for folder in FOLDERS}
    parts = {"fasttext_worker.py"}
    missing = [file.name for file in RUN_BY_HAND if f"| `{file.name}` |" not in pages[file.parent]]
    assert set(missing) == parts


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_scripts_that_a_page_names_are_there(page: Path) -> None:
    named = re.findall(r"scripts/[\w/]+(?:\.(?:py|yaml|csv))?", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_package_names_no_script_as_a_wheel_holds_none() -> None:
    modules = sorted((ROOT / "sentiment").rglob("*.py"))
    assert len(modules) > 100
    assert [file for file in modules if "scripts/" in file.read_text(encoding="utf-8")] == []
