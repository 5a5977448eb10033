"""Recurrent text classifiers: train, evaluate, predict."""
