"""The queue: batches across requests, a bound, and places that are freed."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from sentiment import Classifier
from sentiment.inference import Prediction
from sentiment.serving import ServingSettings
from sentiment.serving.batcher import MAX_BATCH_TEXTS, Batcher
from sentiment.serving.faults import RequestFault
from sentiment.serving.metrics import Metrics
from sentiment.serving.models import ServedModel


@dataclass
class Held:
    """A model that answers when it is let go, and remembers its batches."""

    classifier: Classifier
    name: str = "held"
    gate: threading.Event = field(default_factory=threading.Event)
    batches: list[list[str]] = field(default_factory=list)
    fault: Exception | None = None

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        self.batches.append(list(texts))
        assert self.gate.wait(20)
        if self.fault is not None:
            raise self.fault
        return self.classifier.predict(texts)


@pytest.fixture(autouse=True)
def _several_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the model have a thread on a machine of one core as well: some tests make it wait for the event loop."""
    monkeypatch.setattr("sentiment.serving.batcher.available_cores", lambda: 2)


@pytest.fixture
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine have one core."""
    monkeypatch.setattr("sentiment.serving.batcher.available_cores", lambda: 1)


@pytest.fixture
def held(classifier: Classifier) -> Held:
    return Held(classifier)


Make = Callable[..., Batcher]


def batcher(**settings: float) -> Batcher:
    return Batcher(ServingSettings(**settings), Metrics())  # type: ignore[arg-type]


async def begun(batches: Batcher, model: Held, *requests: list[str]) -> list[asyncio.Future[list[Prediction]]]:
    """Send requests, the first of which is being answered while the others wait."""
    tasks = []
    for texts in requests:
        tasks.append(batches.predict(model, texts))  # type: ignore[arg-type]
        await asyncio.sleep(0.01)
    return tasks


def test_what_waits_is_answered_together_and_like_alone(held: Held, classifier: Classifier) -> None:
    requests = [["good film"], ["bad film", "배우가 아깝다"], ["ㅋㅋㅋ"], ["good film"]]

    async def run() -> None:
        tasks = await begun(batcher(), held, *requests)
        held.gate.set()
        for texts, answer in zip(requests, await asyncio.gather(*tasks), strict=True):
            assert answer == [classifier.predict([text])[0] for text in texts]

    asyncio.run(run())
    assert held.batches == [requests[0], [text for texts in requests[1:] for text in texts]]


def test_the_queue_is_bounded(held: Held) -> None:
    async def run() -> None:
        queue = batcher(max_queue=3)
        tasks = await begun(queue, held, ["a"], ["b", "c"])
        assert not queue.is_full
        with pytest.raises(RequestFault) as caught:
            await queue.predict(held, ["d", "e"])  # type: ignore[arg-type]
        assert (caught.value.status, caught.value.headers) == (429, {"Retry-After": "1"})
        tasks += await begun(queue, held, ["d"])
        assert queue.is_full
        held.gate.set()
        await asyncio.gather(*tasks)
        assert not queue.is_full

    asyncio.run(run())


def test_a_thread_goes_on_while_the_event_loop_is_busy(held: Held) -> None:
    held.gate.set()

    async def run() -> None:
        queue, end = batcher(max_queue=1_000), time.monotonic() + 20
        answers = [queue.predict(held, [letter] * MAX_BATCH_TEXTS) for letter in "abc"]  # type: ignore[arg-type]
        while len(held.batches) < len(answers) and time.monotonic() < end:
            time.sleep(0.001)
        assert len(held.batches) == len(answers)
        assert [len(answer) for answer in await asyncio.gather(*answers)] == [MAX_BATCH_TEXTS] * 3

    asyncio.run(run())


def test_a_request_larger_than_the_queue_is_taken_if_nothing_waits(held: Held) -> None:
    held.gate.set()

    async def run() -> None:
        assert len(await batcher(max_queue=2).predict(held, ["good"] * 300)) == 300  # type: ignore[arg-type]

    asyncio.run(run())


def test_a_large_request_lets_others_in_between(held: Held, classifier: Classifier) -> None:
    large = [f"good {number}" for number in range(3 * MAX_BATCH_TEXTS)]

    async def run() -> None:
        tasks = await begun(batcher(max_queue=1_000), held, large, ["bad film"])
        held.gate.set()
        answers, small = await asyncio.gather(*tasks)
        assert [answer.text for answer in answers] == large
        assert answers == classifier.predict(large)
        assert small == classifier.predict(["bad film"])

    asyncio.run(run())
    assert max(map(len, held.batches)) == MAX_BATCH_TEXTS
    assert ["bad film" in batch for batch in held.batches].index(True) == 2


def test_a_long_text_is_not_kept_with_many_others(held: Held) -> None:
    async def run() -> None:
        tasks = await begun(batcher(), held, ["a"], ["b" * 60_000], ["c"])
        held.gate.set()
        await asyncio.gather(*tasks)

    asyncio.run(run())
    assert [len(batch) for batch in held.batches] == [1, 1, 1]


def test_a_client_that_leaves_frees_its_place(held: Held) -> None:
    async def run() -> None:
        queue = batcher(max_queue=1)
        first, second = await begun(queue, held, ["a"], ["b"])
        second.cancel()
        await asyncio.sleep(0.01)
        (third,) = await begun(queue, held, ["c"])
        held.gate.set()
        await asyncio.gather(first, third)

    asyncio.run(run())
    assert held.batches == [["a"], ["c"]]


def test_a_fault_reaches_every_request_of_its_batch_and_no_other(held: Held) -> None:
    held.fault = RuntimeError("broken")

    async def run() -> None:
        queue = batcher()
        tasks = await begun(queue, held, ["a"] * (MAX_BATCH_TEXTS + 1), ["b"])
        held.gate.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert results == [held.fault, held.fault]
        held.fault = None
        assert len(await queue.predict(held, ["c"])) == 1  # type: ignore[arg-type]

    asyncio.run(run())


def test_models_are_not_mixed(held: Held, classifier: Classifier, other: Classifier) -> None:
    async def run() -> None:
        queue = batcher()
        tasks = await begun(queue, held, ["a"])
        models = [ServedModel("one", classifier), ServedModel("two", other)]
        tasks += [queue.predict(models[n % 2], ["good film"]) for n in range(6)]
        await asyncio.sleep(0.01)
        held.gate.set()
        answers = await asyncio.gather(*tasks)
        expected = [classifier.predict(["good film"]), other.predict(["good film"])]
        assert answers[1:] == expected * 3

    asyncio.run(run())


def test_a_batch_waits_for_company_only_if_it_is_told_to(held: Held) -> None:
    held.gate.set()

    async def run(max_wait_ms: float) -> None:
        await asyncio.gather(*await begun(batcher(max_wait_ms=max_wait_ms), held, ["a"], ["b"]))

    asyncio.run(run(0.0))
    asyncio.run(run(200.0))
    assert held.batches == [["a"], ["b"], ["a", "b"]]


@pytest.mark.usefixtures("one_core")
class TestOnOneCore:
    """Short batches run on the event loop, so the model must not wait for it."""

    def test_what_arrives_together_is_answered_together(self, held: Held, classifier: Classifier) -> None:
        held.gate.set()
        texts = ["good film", "bad film", "배우가 아깝다"] * 40

        async def run() -> None:
            queue = batcher()
            answers = await asyncio.gather(*(queue.predict(held, [text]) for text in texts))  # type: ignore[arg-type]
            assert [answer for (answer,) in answers] == classifier.predict(texts)

        asyncio.run(run())
        assert [len(batch) for batch in held.batches] == [MAX_BATCH_TEXTS, len(texts) - MAX_BATCH_TEXTS]

    def test_what_is_read_while_more_arrives_is_answered_together(self, held: Held) -> None:
        held.gate.set()

        async def run() -> None:
            queue, answers = batcher(), []
            for text in "abc":
                answers.append(queue.predict(held, [text]))  # type: ignore[arg-type]
                for _ in range(2):  # turns of the event loop, as reading a request takes
                    await asyncio.sleep(0)
            await asyncio.gather(*answers)
            await queue.predict(held, ["d"])  # type: ignore[arg-type]

        asyncio.run(run())
        assert held.batches == [["a", "b", "c"], ["d"]]

    def test_reading_ends_even_if_more_arrives_without_end(self, held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
        held.gate.set()
        monkeypatch.setattr("sentiment.serving.batcher.MAX_READING_S", 0.0)

        async def run() -> None:
            queue = batcher()
            first = queue.predict(held, ["a"])  # type: ignore[arg-type]
            await asyncio.sleep(0)
            second = queue.predict(held, ["b"])  # type: ignore[arg-type]
            await asyncio.gather(first, second)

        asyncio.run(run())
        assert held.batches == [["a"], ["b"]]

    def test_a_full_batch_does_not_wait_for_company(self, held: Held) -> None:
        held.gate.set()

        async def run() -> None:
            queue = batcher(max_wait_ms=60_000.0)
            async with asyncio.timeout(20):
                await asyncio.gather(*(queue.predict(held, ["a"]) for _ in range(MAX_BATCH_TEXTS)))  # type: ignore[arg-type]

        asyncio.run(run())

    def test_responses_come_before_the_next_batch(self, held: Held) -> None:
        held.gate.set()

        async def run() -> list[int]:
            queue, num_batches = batcher(), []
            first = queue.predict(held, ["a"] * MAX_BATCH_TEXTS)  # type: ignore[arg-type]
            second = queue.predict(held, ["b"] * MAX_BATCH_TEXTS)  # type: ignore[arg-type]
            first.add_done_callback(lambda _: num_batches.append(len(held.batches)))
            await asyncio.gather(first, second)
            return num_batches

        assert asyncio.run(run()) == [1]

    def test_a_fault_reaches_the_requests_of_its_batch(self, held: Held) -> None:
        held.gate.set()
        held.fault = RuntimeError("broken")

        async def run() -> None:
            queue = batcher()
            tasks = [queue.predict(held, [text]) for text in "ab"]  # type: ignore[arg-type]
            assert await asyncio.gather(*tasks, return_exceptions=True) == [held.fault, held.fault]
            held.fault = None
            assert len(await queue.predict(held, ["c"])) == 1  # type: ignore[arg-type]

        asyncio.run(run())

    def test_a_long_batch_leaves_the_loop_free(self, held: Held) -> None:
        async def run() -> None:
            long = batcher().predict(held, ["a" * 5_000])  # type: ignore[arg-type]
            await asyncio.sleep(0.02)
            assert held.batches
            held.gate.set()
            await long

        asyncio.run(run())
