"""See inside a prediction: what each word did for it."""

from sentiment.inference.inside.explanation import Explanation, WordShare

__all__ = ["Explanation", "WordShare"]
