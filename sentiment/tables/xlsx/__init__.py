"""XLSX: a zip of XML parts, edited where the answers go and copied everywhere else.

Libraries that load a workbook and save it again lose what they do not know (cached values of formulas, charts, styles,
macros) and hold every cell as an object. Here the sheet streams through expat, which tells at which byte each row ends;
the bytes pass unchanged and the new cells go in between. The standard library has all it takes, so XLSX is in the base
install.

Sources: ECMA-376 (Office Open XML), parts 1 and 2; the ZIP file format specification (APPNOTE).
"""

from sentiment.tables.xlsx.table import XlsxTable

__all__ = ["XlsxTable"]
