"""Column names, and finding the right column."""
