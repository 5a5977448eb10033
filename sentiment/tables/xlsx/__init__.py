"""XLSX: a zip of XML parts, edited where predictions are added and copied everywhere else.

Libraries that load and save a workbook lose what they do not support (cached values of formulas, charts, styles,
macros) and hold every cell as an object. Here the sheet streams through expat, which gives the byte at which each row
ends; the bytes are copied unchanged and the new cells are inserted. The standard library suffices, so XLSX is part of
the base install.

Sources: ECMA-376 (Office Open XML), parts 1 and 2; the ZIP file format specification (APPNOTE).
"""

from sentiment.tables.xlsx.table import XlsxTable

__all__ = ["XlsxTable"]
