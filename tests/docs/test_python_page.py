"""The examples of docs/python.md are run, and give what the page says."""

import doctest
import re
from collections.abc import Callable
from pathlib import Path

import pytest

WriteModel = Callable[..., Path]
PAGE = Path(__file__).parents[2] / "docs" / "python.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def _model_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_page_model: WriteModel) -> None:
    monkeypatch.chdir(tmp_path)
    write_page_model(Path("runs/bilstm"))


def run_page(text: str) -> tuple[doctest.TestResults, str]:
    """Run the examples of a Markdown page; return how many failed, and the report."""
    code = [(match.start(1), match[1]) for match in BLOCK.finditer(text)]
    # What is no code becomes blank lines, so that a failure names the line of the page.
    lines, position = "", 0
    for begin, block in code:
        lines += "\n" * text.count("\n", position, begin) + block
        position = begin + len(block)
    report: list[str] = []
    test = doctest.DocTestParser().get_doctest(lines, {}, PAGE.name, str(PAGE), 0)
    return doctest.DocTestRunner(verbose=False).run(test, out=report.append), "".join(report)


def test_every_example_gives_what_the_page_says() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all(block.startswith(">>> ") for block in BLOCK.findall(text)), "a block without a prompt would not be run"
    results, report = run_page(text)
    assert results.attempted > 25
    assert results.failed == 0, report


def test_outputs_that_change_are_found() -> None:
    text = PAGE.read_text(encoding="utf-8")
    changes = {"'positive'\n": "'negative'\n", "\n512\n": "\n511\n", "NoneType": "Nothing"}
    for shown, altered in changes.items():
        assert shown in text
        text = text.replace(shown, altered, 1)
    results, report = run_page(text)
    assert results.failed == len(changes)
    assert 'File "' in report
