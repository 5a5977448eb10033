"""XML as the parts of a workbook have it."""
