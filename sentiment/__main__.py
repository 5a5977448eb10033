"""`python -m sentiment`: the command by another name."""

from sentiment.cli import main

if __name__ == "__main__":
    main()
