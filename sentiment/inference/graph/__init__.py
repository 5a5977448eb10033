"""Check an ONNX graph before it is passed to onnxruntime: its structure, and its cost in memory and time."""

from sentiment.inference.graph.check import check_graph
from sentiment.inference.graph.faults import GraphError

__all__ = ["GraphError", "check_graph"]
