"""The loop: steps, epochs, and what a network answers between them; it knows no job."""
