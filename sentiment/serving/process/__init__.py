"""The processes of a service: one that supervises, and workers that answer."""

from sentiment.serving.process.run import ServiceOptions, run_service

__all__ = ["ServiceOptions", "run_service"]
