"""What columns are called, and which one is meant."""
