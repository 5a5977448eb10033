"""The parts of a workbook, read under limits."""
