"""Sort workbooks by their filters in LibreOffice; for a Python that has UNO, such as the system's own.

    python3 sort_in_libreoffice.py COLUMN WORKBOOK...

sorts the range of the first filter or table on the first sheet of each, without its header, downwards by a column of it
(counted from 0), saves the workbook in the folder `sorted` beside it, and prints the range.
"""

import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

uno: Any = import_module("uno")


def main() -> None:
    """Start LibreOffice with a profile of its own, sort, and end it."""
    column, *workbooks = sys.argv[1:]
    with tempfile.TemporaryDirectory() as profile:
        pipe = f"pipe,name={Path(profile).name}"
        command = ("soffice", f"-env:UserInstallation={Path(profile).as_uri()}", "--headless", "--norestore")
        office = subprocess.Popen([*command, f"--accept={pipe};urp;"])
        try:
            desktop = connected_desktop(pipe)
            try:
                for workbook in workbooks:
                    print(sort(desktop, Path(workbook).resolve(), int(column)))
            finally:
                desktop.terminate()
        finally:
            office.wait(60)


def connected_desktop(pipe: str) -> Any:
    """Return LibreOffice's desktop once it listens."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(120):
        try:
            context = resolver.resolve(f"uno:{pipe};urp;StarOffice.ComponentContext")
        except Exception:
            time.sleep(0.5)
        else:
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    raise SystemExit("LibreOffice does not answer")


def sort(desktop: Any, source: Path, column: int) -> str:
    """Sort the workbook's filtered range and return its reference."""
    document = desktop.loadComponentFromURL(source.as_uri(), "_blank", 0, (_property("Hidden", value=True),))
    unnamed = document.getPropertyValue("UnnamedDatabaseRanges")
    filtered = unnamed.getByTable(0) if unnamed.hasByTable(0) else document.DatabaseRanges.getByIndex(0)
    area = filtered.DataArea
    bounds = (area.StartColumn, area.StartRow, area.EndColumn, area.EndRow - filtered.TotalsRow)
    cells = document.Sheets.getByIndex(0).getCellRangeByPosition(*bounds)
    key = uno.createUnoStruct("com.sun.star.table.TableSortField")
    key.Field, key.IsAscending = column, False
    keys = uno.Any("[]com.sun.star.table.TableSortField", (key,))
    cells.sort((_property("SortFields", keys), _property("ContainsHeader", value=True)))
    target = source.parent / "sorted" / source.name
    document.storeToURL(target.as_uri(), (_property("FilterName", "Calc MS Excel 2007 XML"),))
    reference = str(cells.AbsoluteName)
    document.close(True)
    return reference


def _property(name: str, value: object) -> Any:
    made = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
    made.Name, made.Value = name, value
    return made


if __name__ == "__main__":
    main()
