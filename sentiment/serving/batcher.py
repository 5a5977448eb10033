"""One queue of texts for the model: bounded, and emptied in batches across requests."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sentiment.processor import available_cores
from sentiment.serving.faults import RequestFault, overloaded

if TYPE_CHECKING:
    from sentiment.inference import Prediction
    from sentiment.serving.metrics import Metrics
    from sentiment.serving.models import ServedModel
    from sentiment.serving.settings import ServingSettings

MAX_BATCH_TEXTS = 64
"""Texts of a batch, at most; a request of more is answered in several, with those of others between them."""
MAX_BATCH_CHARACTERS = 50_000
"""Characters after which a batch is full, so that a long text delays few others."""

MAX_BLOCKING_CHARACTERS = 4_000
"""Characters of a batch that the event loop itself predicts, on a machine with one core: some 100 ms."""

_Result = TypeVar("_Result")


class _Waiting:
    """A request in the queue, with the predictions it has so far; or one call of a function, which runs alone."""

    def __init__(self, model: "ServedModel", texts: Sequence[str], call: Callable[[], Any] | None = None) -> None:
        self.model = model
        self.texts = texts
        self.call = call
        self.arrived = time.perf_counter()
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.predictions: list[Prediction | None] = [None] * len(texts)
        self.begun = 0
        self.unanswered = len(texts)

    @property
    def num_left(self) -> int:
        """Texts that no batch has taken."""
        return len(self.texts) - self.begun


class _Part(NamedTuple):
    """The texts of a request in one batch: from number `begin` on."""

    request: _Waiting
    begin: int
    texts: Sequence[str]

    def finish(self, results: Sequence[Any], error: BaseException | None) -> None:
        """Hand out the results of its texts, or the error of its batch."""
        request = self.request
        if request.answer.done():  # its client has left, or another part failed
            return
        if error is not None:
            request.answer.set_exception(error)
        elif request.call is not None:
            request.answer.set_result(results[0])
        else:
            request.predictions[self.begin : self.begin + len(results)] = results
            request.unanswered -= len(results)
            if not request.unanswered:
                request.answer.set_result(request.predictions)


class Batcher:
    """Answers requests in batches, on threads of its own.

    Everything but the model runs on the event loop, so there are no locks. On one core short batches run there too: a
    thread could do nothing at the same time, and the two would push each other out of the core's cache. The classifier
    puts texts of equal length together; an answer does not depend on the others of its batch. Threads start with the
    first request, and end with the interpreter.
    """

    def __init__(self, settings: "ServingSettings", metrics: "Metrics") -> None:
        self._settings = settings
        self._metrics = metrics
        self._queue: deque[_Waiting] = deque()
        self._num_waiting = 0
        self._num_running = 0
        self._timer: asyncio.TimerHandle | None = None
        self._next: asyncio.Handle | None = None
        self._has_one_core = available_cores() == 1
        self._pool = ThreadPoolExecutor(settings.threads, thread_name_prefix="model")

    def refuse_if_full(self) -> None:
        """Refuse a request before its body is parsed, if no text has room.

        Raises:
            RequestFault: The queue is full.
        """
        if self._num_waiting >= self._settings.max_queue:
            raise self._full()

    def predict(self, model: "ServedModel", texts: Sequence[str]) -> "asyncio.Future[list[Prediction]]":
        """Predict texts, together with those of other requests; cancelling the result frees their place.

        Raises:
            RequestFault: The queue has no room for them.
        """
        return self._enqueued(_Waiting(model, texts), len(texts))

    def call(
        self, model: "ServedModel", function: Callable[[], _Result], texts: Sequence[str]
    ) -> "asyncio.Future[_Result]":
        """Run a function that uses the model, when its turn comes; cancelling the result frees its place.

        Args:
            model: That it uses.
            function: Runs on a thread of the model.
            texts: Those that it reads, which take room in the queue.

        Raises:
            RequestFault: The queue has no room.
        """
        return self._enqueued(_Waiting(model, texts, function), len(texts))

    def _enqueued(self, request: _Waiting, num_texts: int) -> "asyncio.Future[Any]":
        if self._num_waiting and self._num_waiting + num_texts > self._settings.max_queue:
            raise self._full()
        self._queue.append(request)
        self._add_waiting(num_texts)
        request.answer.add_done_callback(partial(self._forget_cancelled, request))
        self._dispatch_soon()
        return request.answer

    def _full(self) -> RequestFault:
        self._metrics.refused("queue_full")
        return overloaded(
            f"{self._num_waiting:,} texts are waiting; the queue has room for {self._settings.max_queue:,}"
        )

    def _dispatch_soon(self) -> None:
        if self._settings.max_wait_ms > 0 and self._num_waiting < MAX_BATCH_TEXTS:
            if self._timer is None:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(self._settings.max_wait_ms / 1_000, self._dispatch)
        elif self._has_one_core:
            self._dispatch_next()
        else:
            self._dispatch()

    def _dispatch_next(self) -> None:
        """Start a batch after all requests that have arrived by now, and after the responses that are ready."""
        if self._next is None:
            self._next = asyncio.get_running_loop().call_soon(self._dispatch)

    def _dispatch(self) -> None:
        """Start batches while there are texts and a free thread."""
        self._next = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        loop = asyncio.get_running_loop()
        while self._queue and self._num_running < self._settings.threads:
            parts = self._next_batch()
            self._num_running += 1
            if self._has_one_core and _is_short(parts):
                self._finish(parts, time.perf_counter(), _run_here(loop, parts))
                return
            running = loop.run_in_executor(self._pool, partial(_run, parts))
            running.add_done_callback(partial(self._finish, parts, time.perf_counter()))

    def _next_batch(self) -> list[_Part]:
        """Take texts from the front of the queue, for one model; the rest of a large request goes to the end."""
        first = self._queue[0]
        parts: list[_Part] = []
        passed: list[_Waiting] = []
        texts = characters = 0
        while self._queue and texts < MAX_BATCH_TEXTS and characters < MAX_BATCH_CHARACTERS:
            request = self._queue.popleft()
            if request.model is not first.model or (parts and (first.call or request.call)):
                passed.append(request)
                continue
            part = _next_part(request, MAX_BATCH_TEXTS - texts, MAX_BATCH_CHARACTERS - characters)
            parts.append(part)
            texts += len(part.texts)
            characters += sum(map(len, part.texts))
            if first.call is not None:
                break
        self._queue.extendleft(reversed(passed))
        self._queue.extend(part.request for part in parts if part.request.num_left)
        self._add_waiting(-texts)
        return parts

    def _finish(self, parts: list[_Part], started: float, running: "asyncio.Future[Any]") -> None:
        """Hand out the results of a batch, while the next one runs; on one core, before it does."""
        self._num_running -= 1
        if not self._has_one_core:
            self._dispatch()
        self._metrics.batch(sum(len(part.texts) for part in parts), time.perf_counter() - started)
        error = running.exception()
        results = [] if error else running.result()
        for part in parts:
            self._metrics.waited(started - part.request.arrived)
            number = len(part.texts) if part.request.call is None else 1
            part.finish(results[:number], error)
            del results[:number]
            if error is not None:
                self._forget(part.request)
        if self._has_one_core and self._queue:
            self._dispatch_next()

    def _forget_cancelled(self, request: _Waiting, answer: "asyncio.Future[Any]") -> None:
        if answer.cancelled():  # the client has left
            self._forget(request)

    def _forget(self, request: _Waiting) -> None:
        """Take a request out of the queue, if some of it is still there."""
        if request in self._queue:
            self._queue.remove(request)
            self._add_waiting(-request.num_left)

    def _add_waiting(self, number: int) -> None:
        self._num_waiting += number
        self._metrics.waiting(self._num_waiting)


def _is_short(parts: list[_Part]) -> bool:
    is_call = parts[0].request.call is not None
    return not is_call and sum(len(text) for part in parts for text in part.texts) <= MAX_BLOCKING_CHARACTERS


def _run_here(loop: asyncio.AbstractEventLoop, parts: list[_Part]) -> "asyncio.Future[list[Any]]":
    """Predict the texts of a batch on this thread."""
    results: asyncio.Future[list[Any]] = loop.create_future()
    try:
        results.set_result(_run(parts))
    except Exception as error:  # as a thread hands it on
        results.set_exception(error)
    return results


def _run(parts: list[_Part]) -> list[Any]:
    """Predict the texts of a batch, or call its function."""
    request = parts[0].request
    if request.call is not None:
        return [request.call()]
    return list(request.model.predict([text for part in parts for text in part.texts]))


def _next_part(request: _Waiting, max_texts: int, max_characters: int) -> _Part:
    """Take the next texts of a request: one at least, and all of a call."""
    begin = request.begun
    if request.call is not None:
        request.begun = len(request.texts)
        return _Part(request, begin, request.texts)
    characters = 0
    while request.num_left and request.begun - begin < max_texts and characters < max_characters:
        characters += len(request.texts[request.begun])
        request.begun += 1
    return _Part(request, begin, request.texts[begin : request.begun])
