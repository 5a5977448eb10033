"""Write a workbook with columns added to a sheet; all other bytes are unchanged."""
