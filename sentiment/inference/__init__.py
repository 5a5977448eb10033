"""Predictions from a model directory, with onnxruntime."""

from sentiment.inference.classifier import DEFAULT_BATCH_SIZE, Classifier
from sentiment.inference.prediction import Prediction, Scores

__all__ = ["DEFAULT_BATCH_SIZE", "Classifier", "Prediction", "Scores"]
