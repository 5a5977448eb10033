"""The files of a run: what is written, where, and what is done of it so far."""
