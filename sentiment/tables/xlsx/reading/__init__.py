"""Reading the parts of a workbook, with limits."""
