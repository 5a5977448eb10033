"""A workbook with columns added to a sheet; every other byte is the one that was there."""
