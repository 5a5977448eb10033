"""The check of an ONNX graph before onnxruntime sees a byte of it: what it is made of, and what it can cost."""

from sentiment.inference.graph.check import check_graph
from sentiment.inference.graph.faults import GraphError

__all__ = ["GraphError", "check_graph"]
