"""The networks, in torch."""

from sentiment.nn.classifier import RecurrentClassifier
from sentiment.nn.encoder import RecurrentEncoder, RecurrentLayer, recurrent_flops
from sentiment.nn.ngrams import NgramScores
from sentiment.nn.ordinal import OrdinalHead
from sentiment.nn.pooling import Pooling
from sentiment.nn.precision import in_float32
from sentiment.nn.pretraining import PretrainingNetwork, Reading
from sentiment.nn.sampled_softmax import LogUniformSampler, full_cross_entropy, perplexity, sampled_cross_entropy
from sentiment.nn.text_encoder import TextEncoder
from sentiment.nn.word_prediction import (
    AutoencoderHead,
    LanguageModelHead,
    Vocabulary,
    WordPredictions,
    count_by_text,
    sum_by_text,
)

__all__ = [
    "AutoencoderHead",
    "LanguageModelHead",
    "LogUniformSampler",
    "NgramScores",
    "OrdinalHead",
    "Pooling",
    "PretrainingNetwork",
    "Reading",
    "RecurrentClassifier",
    "RecurrentEncoder",
    "RecurrentLayer",
    "TextEncoder",
    "Vocabulary",
    "WordPredictions",
    "count_by_text",
    "full_cross_entropy",
    "in_float32",
    "perplexity",
    "recurrent_flops",
    "sampled_cross_entropy",
    "sum_by_text",
]
