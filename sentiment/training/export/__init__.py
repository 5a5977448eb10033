"""Export of a trained classifier, and the check that the exported file gives the same answers."""
