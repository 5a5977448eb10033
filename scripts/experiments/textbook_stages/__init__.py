"""The stages of `scripts/experiments/textbook.py`, a file each, and what they share."""
