"""The network in numpy: a pretrained encoder, read token by token."""
