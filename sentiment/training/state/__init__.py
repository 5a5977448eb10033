"""What a training that has not ended leaves on the disk, so that it can be resumed."""
