"""What a training computes on: its device, its number format, and its processes."""
