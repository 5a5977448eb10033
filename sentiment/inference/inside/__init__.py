"""See inside a prediction: the answer after every word, what each word did for it, and what the gates did."""

from sentiment.inference.inside.explanation import Explanation, WordShare
from sentiment.inference.inside.gates import CellValues, Gates, Token
from sentiment.inference.inside.trace import Trace, TraceStep

__all__ = ["CellValues", "Explanation", "Gates", "Token", "Trace", "TraceStep", "WordShare"]
