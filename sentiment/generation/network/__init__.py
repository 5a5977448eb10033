"""A pretrained encoder in numpy, run token by token."""
