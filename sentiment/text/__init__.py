"""From texts to token ids: normalisation, tokenizers, batches.

Import names from their own modules: a prediction must not load what only training a tokenizer needs.
"""
