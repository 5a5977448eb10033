"""The state of an unfinished training on disk, from which it can be resumed."""
