"""Workbooks written by hand, so that a test decides each byte."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def _relationships(namespace: str, targets: Mapping[str, str]) -> str:
    entries = "".join(
        f'<Relationship Id="rId{number}" Type="{namespace}/{kind}" Target="{target}"/>'
        for number, (target, kind) in enumerate(targets.items(), 1)
    )
    return f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{entries}</Relationships>'


def workbook_parts(
    sheet: str | bytes, strings: str | None = None, sheets: str | None = None, *, strict: bool = False
) -> dict[str, str | bytes]:
    """Return the parts of a workbook by name.

    Args:
        sheet: the whole XML of its sheet, or only what stands in `<worksheet>`.
        strings: what stands in `<sst>`.
        sheets: what stands in `<sheets>`; r:id of the sheet is rId1.
        strict: use the namespaces of strict OOXML.
    """
    main, relationships = MAIN, RELATIONSHIPS
    if strict:
        main, relationships = (
            "http://purl.oclc.org/ooxml/spreadsheetml/main",
            "http://purl.oclc.org/ooxml/officeDocument/relationships",
        )
    if isinstance(sheet, str) and not sheet.startswith(("<?xml", "<!", "<worksheet", "<x:worksheet")):
        sheet = f'{DECLARATION}<worksheet xmlns="{main}">{sheet}</worksheet>'
    targets = {"worksheets/sheet1.xml": "worksheet", "styles.xml": "styles"}
    if strings is not None:
        targets["sharedStrings.xml"] = "sharedStrings"
    sheets = sheets or '<sheet name="리뷰" sheetId="1" r:id="rId1"/>'
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": _relationships(relationships, {"xl/workbook.xml": "officeDocument"}),
        "xl/workbook.xml": f'{DECLARATION}<workbook xmlns="{main}" xmlns:r="{relationships}">'
        f"<sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relationships(relationships, targets),
        "xl/worksheets/sheet1.xml": sheet,
        "xl/styles.xml": f'<styleSheet xmlns="{main}"/>',
        "xl/media/picture.bin": bytes(range(256)) * 40,
    }
    if strings is not None:
        parts["xl/sharedStrings.xml"] = f'{DECLARATION}<sst xmlns="{main}">{strings}</sst>'
    return parts


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return buffer.getvalue()


WriteWorkbook = Callable[..., Path]


@pytest.fixture(scope="session")
def write_workbook(tmp_path_factory: pytest.TempPathFactory) -> WriteWorkbook:
    """Write a workbook: `write_workbook(sheet, strings=..., parts={name: content or None to leave it out})`."""
    folder = tmp_path_factory.mktemp("workbooks")
    numbers = iter(range(1_000_000))

    def write(
        sheet: str | bytes,
        strings: str | None = None,
        sheets: str | None = None,
        *,
        parts: Mapping[str, str | bytes | None] | None = None,
        strict: bool = False,
    ) -> Path:
        all_parts: dict[str, str | bytes | None] = {
            **workbook_parts(sheet, strings, sheets, strict=strict),
            **(parts or {}),
        }
        path = folder / f"book{next(numbers)}.xlsx"
        path.write_bytes(zipped({name: content for name, content in all_parts.items() if content is not None}))
        return path

    return write
