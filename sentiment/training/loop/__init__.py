"""The training loop: steps, epochs, and predictions between them; it does not depend on a job."""
