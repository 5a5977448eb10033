"""Texts in, token ids out: normalisation, tokenizers, batches.

Names are imported from the modules that hold them: a prediction needs nothing of what trains a tokenizer.
"""
