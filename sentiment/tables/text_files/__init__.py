"""Tables in text files: CSV, TSV, JSON Lines and plain lines, read from the first byte to the last."""
