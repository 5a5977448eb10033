"""The XML in the parts of a workbook."""
