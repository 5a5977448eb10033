"""One queue of texts for the model: bounded, and emptied in batches across requests."""

import asyncio
import threading
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

MAX_READING_S = 0.01
"""How long, on a machine with one core, the event loop goes on reading requests before it predicts the first."""
QUIET_TURNS = 3
"""Turns of the event loop without another request after which none is on its way: reading one takes two."""

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


class _Batch(NamedTuple):
    """A batch that has run.

    Attributes:
        parts: What was in it.
        started: In the seconds of `perf_counter`, as `ended`.
        results: Of all texts, or of the call; none after an error.
        error: What the model raised.
    """

    parts: list[_Part]
    started: float
    ended: float
    results: list[Any]
    error: BaseException | None


class Batcher:
    """Answers requests in batches, on threads of its own.

    A thread that ends a batch takes the next one itself: under load the event loop is busy with other requests for so
    long that the model would mostly wait for it. All else runs on the event loop. On one core short batches run there
    too: a thread could do nothing at the same time, and the two would push each other out of the core's cache. The
    classifier puts texts of similar length together; an answer does not depend on the others of its batch. Threads
    start with the first request, and end with the interpreter.
    """

    def __init__(self, settings: "ServingSettings", metrics: "Metrics") -> None:
        self._settings = settings
        self._metrics = metrics
        self._lock = threading.Lock()
        """Held while the queue, the places of its requests or one of both numbers change."""
        self._queue: deque[_Waiting] = deque()
        self._num_waiting = 0
        self._num_running = 0
        self._timer: asyncio.TimerHandle | None = None
        self._next: asyncio.Handle | None = None
        self._has_one_core = available_cores() == 1
        self._pool = ThreadPoolExecutor(settings.threads, thread_name_prefix="model")

    @property
    def is_full(self) -> bool:
        """Whether no text has room."""
        return self._has_no_room_for(1)

    def full(self) -> RequestFault:
        """Return the fault of a request for which there is no room, and count it."""
        self._metrics.refused("queue_full")
        return overloaded(f"{self._num_waiting:,} texts are waiting, and the queue has no room for more")

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
        with self._lock:
            is_full = self._has_no_room_for(num_texts)
            if not is_full:
                self._queue.append(request)
                self._num_waiting += num_texts
        if is_full:
            raise self.full()
        self._metrics.waiting(self._num_waiting)
        request.answer.add_done_callback(partial(self._forget_cancelled, request))
        self._dispatch_soon()
        return request.answer

    def _has_no_room_for(self, num_texts: int) -> bool:
        """Return whether texts would be too many; alone, any number has room."""
        return self._num_waiting > 0 and self._num_waiting + num_texts > self._settings.max_queue

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
        """Start a batch once all requests that have arrived are read, and the responses that are ready are sent.

        The core is never idle meanwhile: requests that arrive while others are read are in the same batch.
        """
        if self._next is None:
            loop = asyncio.get_running_loop()
            self._next = loop.call_soon(self._follow_reading, loop.time(), -1, 0)

    def _follow_reading(self, began: float, num_waiting: int, quiet_turns: int) -> None:
        loop = asyncio.get_running_loop()
        quiet_turns = quiet_turns + 1 if self._num_waiting == num_waiting else 0
        is_over = self._num_waiting >= MAX_BATCH_TEXTS or loop.time() - began > MAX_READING_S
        if quiet_turns == QUIET_TURNS or is_over:
            self._dispatch()
        else:
            self._next = loop.call_soon(self._follow_reading, began, self._num_waiting, quiet_turns)

    def _dispatch(self) -> None:
        """Start batches while there are texts and a free thread."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        loop = asyncio.get_running_loop()
        while parts := self._begin():
            if self._has_one_core and _is_short(parts):
                batch = _run(parts)
                self._go_on()
                self._finish(batch)
                return
            self._pool.submit(self._work, loop, parts)

    def _work(self, loop: asyncio.AbstractEventLoop, parts: list[_Part]) -> None:
        """Run batches on a thread, until no text waits."""
        while parts:
            batch = _run(parts)
            parts = self._go_on()
            loop.call_soon_threadsafe(self._finish, batch)

    def _begin(self) -> list[_Part]:
        """Take a batch for a thread that is free; none if there is no such thread, or no text."""
        with self._lock:
            if not self._queue or self._num_running >= self._settings.threads:
                return []
            self._num_running += 1
            return self._next_batch()

    def _go_on(self) -> list[_Part]:
        """Take a batch for a thread that has ended one; on one core, the event loop decides where the next one runs."""
        with self._lock:
            if self._queue and not self._has_one_core:
                return self._next_batch()
            self._num_running -= 1
            return []

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
        self._num_waiting -= texts
        return parts

    def _finish(self, batch: "_Batch") -> None:
        """Hand out the results of a batch."""
        results = batch.results
        self._metrics.waiting(self._num_waiting)
        self._metrics.batch(sum(len(part.texts) for part in batch.parts), batch.ended - batch.started)
        for part in batch.parts:
            self._metrics.waited(batch.started - part.request.arrived)
            number = len(part.texts) if part.request.call is None else 1
            part.finish(results[:number], batch.error)
            del results[:number]
            if batch.error is not None:
                self._forget(part.request)
        if self._has_one_core and self._queue:
            self._dispatch_next()

    def _forget_cancelled(self, request: _Waiting, answer: "asyncio.Future[Any]") -> None:
        if answer.cancelled():  # the client has left
            self._forget(request)

    def _forget(self, request: _Waiting) -> None:
        """Take a request out of the queue, if some of it is still there."""
        with self._lock:
            if request in self._queue:
                self._queue.remove(request)
                self._num_waiting -= request.num_left
        self._metrics.waiting(self._num_waiting)


def _is_short(parts: list[_Part]) -> bool:
    is_call = parts[0].request.call is not None
    return not is_call and sum(len(text) for part in parts for text in part.texts) <= MAX_BLOCKING_CHARACTERS


def _run(parts: list[_Part]) -> _Batch:
    """Predict the texts of a batch, or call its function."""
    request, started = parts[0].request, time.perf_counter()
    results: list[Any] = []
    error: BaseException | None = None
    try:
        if request.call is not None:
            results = [request.call()]
        else:
            results = list(request.model.predict([text for part in parts for text in part.texts]))
    except BaseException as fault:  # each of its requests gets it
        error = fault
    return _Batch(parts, started, time.perf_counter(), results, error)


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
