"""The training of a classifier: labelled rows in, a model directory out."""
