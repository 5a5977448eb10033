"""The pretraining of an encoder: texts in, an encoder directory out."""
