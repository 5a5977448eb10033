"""Predictions on Apache Spark: data frames, streams and folders of files, with one classifier per Python worker."""

from sentiment.spark.predict import predict

__all__ = ["predict"]
