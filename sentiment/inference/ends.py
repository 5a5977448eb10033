"""The names of a network's input and outputs."""

INPUT, OUTPUT = "input_ids", "logits"
