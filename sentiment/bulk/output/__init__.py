"""The files of a run: what is written, where, and how much is done so far."""
