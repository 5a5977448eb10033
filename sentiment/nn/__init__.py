"""The networks, in torch."""

from sentiment.nn.classifier import RecurrentClassifier
from sentiment.nn.encoder import RecurrentEncoder, RecurrentLayer, recurrent_flops
from sentiment.nn.pooling import Pooling

__all__ = ["Pooling", "RecurrentClassifier", "RecurrentEncoder", "RecurrentLayer", "recurrent_flops"]
