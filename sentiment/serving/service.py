"""What the parts of one application share."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from sentiment.serving.batcher import Batcher
from sentiment.serving.metrics import Metrics
from sentiment.serving.models import Models, ServedModel
from sentiment.serving.settings import ServingSettings
from sentiment.serving.tables import TableDesk

if TYPE_CHECKING:
    import asyncio

    from starlette.applications import Starlette
    from starlette.requests import Request

    from sentiment.inference import Prediction


class Service:
    """The models, the queue and the counts of one application.

    Attributes:
        settings: Of the service.
        models: In use.
        metrics: Its counts.
        batcher: The queue for the models.
        tables: The tables in hand.
        is_draining: Whether no new work is accepted, as the service ends.
        num_open: Accepted requests being answered.
    """

    def __init__(self, models: Sequence[ServedModel], settings: ServingSettings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.models = Models(())
        self.batcher = Batcher(settings, self.metrics)
        self.tables = TableDesk(settings, self.metrics)
        self.is_draining = False
        self.num_open = 0
        self.exchange(models)

    @property
    def is_ready(self) -> bool:
        """Whether work is accepted."""
        return self.models.is_loaded and not self.is_draining

    @contextmanager
    def accepted(self) -> Iterator[None]:
        """Count a request as accepted during the block."""
        self.num_open += 1
        try:
            yield
        finally:
            self.num_open -= 1

    @property
    def is_busy(self) -> bool:
        """Whether accepted work is not done."""
        return self.num_open > 0 or self.tables.num_open > 0

    def exchange(self, models: Sequence[ServedModel]) -> None:
        """Answer requests that arrive from now on with other models."""
        before = [self.models.get(name) for name in self.models.names]
        self.models.exchange(models)
        self.metrics.exchanged(before, models)

    def predict(self, model: ServedModel, texts: Sequence[str]) -> "asyncio.Future[list[Prediction]]":
        """Predict texts in the queue, and count them.

        Raises:
            RequestFault: The queue is full.
        """
        predictions = self.batcher.predict(model, texts)
        predictions.add_done_callback(partial(self._count, model.name, len(texts)))
        return predictions

    def _count(self, model: str, num_texts: int, predictions: "asyncio.Future[list[Prediction]]") -> None:
        if not predictions.cancelled() and predictions.exception() is None:
            self.metrics.predicted(model, num_texts)


def service_of(app: "Starlette") -> Service:
    """Return what the parts of an application from `create_app` share."""
    service: Service = app.state.service
    return service


def service_for(request: "Request") -> Service:
    """Return what the parts of the application of a request share."""
    return service_of(request.app)
