"""How the files of the package hang together, beyond what import-linter checks."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "sentiment"
MAX_SIBLINGS = 8
# A room's own __init__ lists what the room offers.
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def imported_modules(path: Path, package: str) -> Iterator[str]:
    """Yield the dotted names that a file imports, wherever in it; a name that is imported may be a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{path}: a relative import"
            yield node.module
            if node.module == package:
                yield from (f"{package}.{alias.name}" for alias in node.names)


def siblings(path: Path) -> set[str]:
    """Return the files and rooms of its own folder that a file imports."""
    package = ".".join(path.parent.relative_to(PACKAGE.parent).parts)
    below = {
        name.removeprefix(f"{package}.").partition(".")[0]
        for name in imported_modules(path, package)
        if name.startswith(f"{package}.")
    }
    return {name for name in below if (path.parent / f"{name}.py").exists() or (path.parent / name).is_dir()}


def test_the_rule_counts_what_it_should() -> None:
    assert siblings(PACKAGE / "training" / "jobs.py") >= {"classification", "pretraining"}
    assert siblings(PACKAGE / "training" / "loop" / "trainer.py") == {"optimization", "optimizer", "reports"}


def test_no_file_imports_more_siblings_than_a_reader_can_hold() -> None:
    crowded = {path.relative_to(PACKAGE).as_posix(): sorted(siblings(path)) for path in FILES}
    assert len(crowded) > 100
    assert {name: found for name, found in crowded.items() if len(found) > MAX_SIBLINGS} == {}
