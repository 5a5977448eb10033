"""Odd and hostile workbooks and Parquet files through the command: the right answer or one clear line."""

import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment.inference import Classifier
from sentiment.tables.xlsx import XlsxTable
from tests.tables.conftest import workbook_parts, zipped

if TYPE_CHECKING:
    from .conftest import Command

OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
CELLS = {
    "good": '<c t="inlineStr"><is><t>good</t></is></c>',
    "bad": '<c t="str"><f>LOWER("BAD")</f><v>bad</v></c>',
    "": '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>',
    "5": "<c><f>2+3</f><v>5</v></c>",
    "=cmd|' /C calc'!A0": "<c t=\"inlineStr\"><is><t>=cmd|' /C calc'!A0</t></is></c>",
}


def sheet(*cells: str) -> str:
    rows = "".join(f"<row>{cell}</row>" for cell in ('<c t="inlineStr"><is><t>text</t></is></c>', *cells))
    return f"<sheetData>{rows}</sheetData>"


def workbook(*cells: str) -> bytes:
    return zipped(workbook_parts(sheet(*cells)))


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def encrypted() -> bytes:
    content = bytearray(workbook(CELLS["good"]))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 1)
    return bytes(content)


TEXTS = pa.table({"text": ["good", "bad"] * 500})
REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "password-protected": ("rows.xlsx", lambda: OFFICE + bytes(4_096), "is password-protected, or an old"),
    ".xls by another name": ("rows.xlsx", lambda: OFFICE + b"\x3e\0\3\0" * 2_000, "or an old .xls file"),
    "zip with a password": ("rows.xlsx", encrypted, "is password-protected"),
    "cut short": ("rows.xlsx", lambda: workbook(CELLS["good"])[:-100], "is a damaged zip file"),
    "cut to its beginning": ("rows.xlsx", lambda: workbook(CELLS["good"])[:10], "is a damaged zip file"),
    "CSV by another name": ("rows.xlsx", lambda: b"text\ngood\n", "is not an XLSX file"),
    "zip of no workbook": ("rows.xlsx", lambda: zipped({"rows.csv": "text"}), "is a zip file, but not a workbook"),
    "no bytes": ("rows.xlsx", lambda: b"", "is empty"),
    "no sheet": ("rows.xlsx", lambda: zipped({**workbook_parts(""), "xl/worksheets/sheet1.xml": ""}), "sheet1.xml"),
    "no rows": ("rows.xlsx", lambda: zipped(workbook_parts("<sheetData/>")), "rows.xlsx: "),
    "text column twice": (
        "rows.xlsx",
        lambda: zipped(workbook_parts(sheet().replace("</row>", '<c t="inlineStr"><is><t>text</t></is></c></row>'))),
        "more than one column is named 'text'",
    ),
    "Parquet cut short": ("rows.parquet", lambda: parquet(TEXTS)[:-9], "cannot be read as Parquet"),
    "Parquet without its beginning": ("rows.parquet", lambda: parquet(TEXTS)[100:], "rows.parquet: "),
    "no bytes of Parquet": ("rows.parquet", lambda: b"", "cannot be read as Parquet"),
    "CSV as Parquet": ("rows.parquet", lambda: b"text\ngood\n" * 100, "cannot be read as Parquet"),
    "numbers for texts": ("rows.parquet", lambda: parquet(pa.table({"text": [1, 2]})), "contains int64, not text"),
    "answers already there": (
        "rows.parquet",
        lambda: parquet(pa.table({"text": ["a"], "predicted_label": ["b"]})),
        "choose other names with --column-prefix",
    ),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marking_model: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SENTIMENT_MODEL", str(marking_model))
    return tmp_path


@pytest.mark.parametrize("kind", REFUSED)
def test_one_line(folder: Path, run_command: Callable[..., Any], kind: str) -> None:
    name, content, fault = REFUSED[kind]
    (folder / name).write_bytes(content())
    outcome = run_command("predict", "--file", name, "--output", "answered", "--rejects", "rejects")
    *before, last = outcome.stderr.splitlines()
    assert outcome.exit_code == 4, outcome.stderr
    assert last.startswith("error: ")
    assert fault in last
    assert not any(line.startswith("error:") or "Traceback" in line for line in before)
    assert {path.name for path in folder.iterdir()} == {name}


def test_formulas_and_errors(folder: Path, run_command: Callable[..., Any], marking_model: Path) -> None:
    (folder / "rows.xlsx").write_bytes(workbook(*CELLS.values()))
    outcome = run_command("predict", "--file", "rows.xlsx", "--output", "answered.xlsx")
    assert "5 rows in = 5 out + 0 rejected; 1 without a text" in outcome.stderr
    answered = XlsxTable(folder / "answered.xlsx")
    answers = Classifier.load(marking_model, threads=1).predict(list(CELLS))
    assert list(answered.texts(1)) == [answer.label for answer in answers]
    with zipfile.ZipFile(folder / "answered.xlsx") as package:
        xml = package.read("xl/worksheets/sheet1.xml").decode()
    assert all(cell in xml for cell in CELLS.values())
    assert {path.name for path in folder.iterdir()} == {"rows.xlsx", "answered.xlsx"}


def test_a_bomb_of_a_workbook(folder: Path, command: "Command", marking_model: Path) -> None:
    parts = workbook_parts(sheet())
    with zipfile.ZipFile(folder / "rows.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for name, content in parts.items():
            if name != "xl/worksheets/sheet1.xml":
                package.writestr(name, content)
        with package.open("xl/worksheets/sheet1.xml", "w") as file:
            begin, end = str(parts["xl/worksheets/sheet1.xml"]).encode().split(b"</sheetData>")
            file.write(begin)
            for _ in range(300):
                file.write(b"<row/>" * 175_000)
            file.write(b"</sheetData>" + end)
    arguments = ["predict", "--file", "rows.xlsx", "--output", "answered", "--model", str(marking_model)]
    ended, peak = command.measure(arguments, folder)
    assert ended.returncode == 4
    assert ended.stderr.splitlines()[-1].startswith("error: rows.xlsx: ")
    assert peak < 400 << 20
    assert {path.name for path in folder.iterdir()} == {"rows.xlsx"}


def test_no_pyarrow(folder: Path, run_command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    (folder / "rows.parquet").write_bytes(parquet(TEXTS))
    outcome = run_command("predict", "--file", "rows.parquet", "--output", "answered")
    assert outcome.exit_code == 8
    assert outcome.stderr.splitlines()[-1] == (
        "error: pyarrow is not installed; this needs: pip install 'recurrent-sentiment[tables]'"
    )


@pytest.mark.parametrize("name", ["rows.xlsx", "rows.parquet"])
def test_no_stream(folder: Path, run_command: Callable[..., Any], name: str) -> None:
    (folder / name).write_bytes(workbook(CELLS["good"]) if name.endswith("xlsx") else parquet(TEXTS))
    outcome = run_command("predict", "--file", name)
    assert outcome.exit_code == 4
    assert "choose the file to write with --output" in outcome.stderr
    outcome = run_command("predict", "--file", "-", "--format", name.partition(".")[2], "--output", "answered")
    assert outcome.exit_code == 4
    assert "write it to a file first" in outcome.stderr
