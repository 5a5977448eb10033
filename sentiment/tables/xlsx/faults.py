"""Errors about workbooks."""


class WorkbookFaultError(Exception):
    """A workbook is damaged, hostile or not a workbook. The message gives fault and remedy; the table adds its name."""
