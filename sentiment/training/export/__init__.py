"""What a trained classifier is written as, and the proof that it answers alike."""
