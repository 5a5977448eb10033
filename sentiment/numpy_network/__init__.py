"""Recurrent networks in numpy, for all that runs or shows one without torch."""
