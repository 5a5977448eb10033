"""`python -m sentiment`: the same as the command `sentiment`."""

from sentiment.cli import entry

if __name__ == "__main__":
    entry()
