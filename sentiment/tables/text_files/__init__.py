"""Tables in files of text: CSV, TSV, JSON Lines and plain lines, read from the first byte to the last."""
