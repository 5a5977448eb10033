"""Answers from a model directory, through onnxruntime."""

from sentiment.inference.classifier import Classifier
from sentiment.inference.prediction import Prediction
from sentiment.inference.scores import Scores

__all__ = ["Classifier", "Prediction", "Scores"]
