"""`python -m sentiment`: the command by another name."""

from sentiment.cli import entry

if __name__ == "__main__":
    entry()
