"""Linear models on the vectors of a frozen encoder."""
