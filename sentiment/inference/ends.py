"""What a network takes and gives, by name."""

INPUT, OUTPUT = "input_ids", "logits"
