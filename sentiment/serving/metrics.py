"""What a service counts, in the format of Prometheus."""

import os
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from sentiment.serving.models import ServedModel

CONTENT_TYPE = CONTENT_TYPE_LATEST
SHARED_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder through which the processes of a service add their counts; prometheus_client reads it on import."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
_TEXTS = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The counts of one application, and of all processes of a service together."""

    def __init__(self) -> None:
        self._registry = own = CollectorRegistry()
        self._requests = Counter(
            "sentiment_requests_total", "Requests answered.", ["route", "method", "status"], registry=own
        )
        self._request_seconds = Histogram(
            "sentiment_request_seconds",
            "Seconds from the head of a request to the end of its response.",
            ["route"],
            buckets=_SECONDS,
            registry=own,
        )
        self._refused = Counter(
            "sentiment_refused_requests_total", "Requests refused before any work.", ["reason"], registry=own
        )
        self._texts = Counter("sentiment_texts_total", "Texts predicted, except in tables.", ["model"], registry=own)
        self._rows = Counter("sentiment_table_rows_total", "Rows of tables predicted.", ["model"], registry=own)
        self._tables = Gauge(
            "sentiment_tables",
            "Tables being uploaded, waiting or predicted.",
            registry=own,
            multiprocess_mode="livesum",
        )
        self._waiting = Gauge(
            "sentiment_waiting_texts", "Texts in the queue.", registry=own, multiprocess_mode="livesum"
        )
        self._wait_seconds = Histogram(
            "sentiment_wait_seconds", "Seconds that a request waits in the queue.", buckets=_SECONDS, registry=own
        )
        self._batch_texts = Histogram("sentiment_batch_texts", "Texts of a batch.", buckets=_TEXTS, registry=own)
        self._batch_seconds = Histogram(
            "sentiment_batch_seconds", "Seconds that the model takes for a batch.", buckets=_SECONDS, registry=own
        )
        self._models = Gauge(
            "sentiment_model_info",
            "1 for a model in use, 0 for one that was exchanged.",
            ["model", "fingerprint"],
            registry=own,
            multiprocess_mode="livemax",
        )
        self._exchanges = Counter(
            "sentiment_model_exchanges_total", "Models loaded anew while serving.", ["result"], registry=own
        )

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request at its end."""
        number, took = self._answered(route, method, status)
        number.inc()
        took.observe(seconds)

    @cache  # noqa: B019  (a few, for as long as the application lives)
    def _answered(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        return self._requests.labels(route, method, str(status)), self._request_seconds.labels(route)

    def refused(self, reason: str) -> None:
        """Count a request that was refused before any work."""
        self._refused.labels(reason).inc()

    def predicted(self, model: str, num_texts: int) -> None:
        """Count texts that were predicted."""
        self._texts.labels(model).inc(num_texts)

    def predicted_rows(self, model: str, num_rows: int) -> None:
        """Count rows of a table that were predicted."""
        self._rows.labels(model).inc(num_rows)

    def tables(self, number: int) -> None:
        """Set the number of tables in hand."""
        self._tables.set(number)

    def waiting(self, num_texts: int) -> None:
        """Set the number of texts in the queue."""
        self._waiting.set(num_texts)

    def waited(self, seconds: float) -> None:
        """Record how long a request waited for the model."""
        self._wait_seconds.observe(seconds)

    def batch(self, num_texts: int, seconds: float) -> None:
        """Record a batch."""
        self._batch_texts.observe(num_texts)
        self._batch_seconds.observe(seconds)

    def exchanged(self, before: "Sequence[ServedModel]", after: "Sequence[ServedModel]") -> None:
        """Record which models are in use."""
        for model, value in [*((model, 0) for model in before), *((model, 1) for model in after)]:
            self._models.labels(model.name, model.classifier.fingerprint).set(value)

    def exchange_ended(self, result: str) -> None:
        """Count an exchange of the models, `done` or `failed`."""
        self._exchanges.labels(result).inc()

    def page(self) -> bytes:
        """Return all counts, those of the other processes of the service included."""
        if SHARED_FOLDER_VARIABLE not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
