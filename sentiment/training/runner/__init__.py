"""One runner for every training: directory, record, checkpoints, resuming and signals."""
