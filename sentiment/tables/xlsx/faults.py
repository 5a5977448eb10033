"""What can be wrong with a workbook."""


class WorkbookFaultError(Exception):
    """A workbook is damaged, hostile or no workbook. The message says what, and what to do; the table adds where."""
