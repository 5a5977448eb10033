"""Ends, exchanges and overloads a service under load, and checks every answer against the library.

Clients and service run on this machine, over loopback; each part is bounded in requests and time. Run it as

    python scripts/release/service_guarantees.py equality texts.txt     # 10,000 answers, byte-equal numbers
    python scripts/release/service_guarantees.py end texts.txt --times 50
    python scripts/release/service_guarantees.py exchange texts.txt --times 50
    python scripts/release/service_guarantees.py overload texts.txt --seconds 60
    python scripts/release/service_guarantees.py halfopen texts.txt         # 1,000 connections that send half a request
"""

import argparse
import asyncio
import gc
import json
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sentiment import Classifier

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from served import RunningService, running_service

TEXTS_PER_REQUEST = 7
CLIENTS, OVERLOADING_CLIENTS, HALF_OPEN = 16, 400, 1_000
HALF = b"POST /predict HTTP/1.1\r\nHost: x\r\n"
PATIENCE_S = 30.0


@dataclass
class Answers:
    """What clients were told.

    Attributes:
        statuses: Of the responses; 0 for a connection that was closed without one.
        wrong: Answers that differ from the library's.
        seconds: From each accepted request to its answer.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: int = 0
    seconds: list[float] = field(default_factory=list)

    def to_line(self) -> str:
        """Return them as text."""
        ranked = sorted(self.seconds)
        quantiles = [f"{1_000 * ranked[int(share * (len(ranked) - 1))]:.1f}" for share in (0.5, 0.99)] if ranked else []
        return f"statuses {dict(self.statuses)}, {self.wrong} wrong, median and p99 of the accepted {quantiles} ms"


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes
) -> tuple[int, bytes, bool]:
    """Return status and body of a response, and whether the connection ends with it."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    answer = await reader.readuntil(b"\r\n\r\n")
    lines = answer.lower().split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
    return int(answer[9:12]), await reader.readexactly(length), b"connection: close" in lines


def _expected(classifier: Classifier, texts: Sequence[str]) -> list[bytes]:
    """Return the probabilities of each text, as the bytes of the response have them."""
    return [
        json.dumps(prediction.probabilities, separators=(",", ":")).encode() for prediction in classifier.predict(texts)
    ]


class Clients:
    """Clients that ask for texts and check the answers, until they are stopped."""

    def __init__(self, service: RunningService, texts: Sequence[str], expected: Sequence[bytes], name: str) -> None:
        self.answers = Answers()
        self._port, self._texts, self._expected = service.port, texts, expected
        self._path = f"/v1/models/{name}/predict"
        self._position = 0
        self._is_over = self._is_once = False

    async def run(self, number: int, texts_per_request: int, seconds: float, *, once: bool = False) -> None:
        """Run some clients for some time, or until each text was asked for once."""
        self._is_once = once
        timer = asyncio.get_running_loop().call_later(seconds, self.stop)
        await asyncio.gather(*(self._run(texts_per_request) for _ in range(number)))
        timer.cancel()

    def stop(self) -> None:
        """Let the clients end after their request."""
        self._is_over = True

    async def _run(self, number: int) -> None:
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        is_new = True
        while not self._is_over and not (self._is_once and self._position >= len(self._texts)):
            if connection is None:
                is_new = True
                try:
                    connection = await asyncio.open_connection("127.0.0.1", self._port)
                except OSError:
                    return  # it has ended
            rows = [(self._position + row) % len(self._texts) for row in range(number)]
            self._position += number
            began = time.perf_counter()
            try:
                body = json.dumps({"texts": [self._texts[row] for row in rows]}).encode()
                status, answer, is_last = await _ask(*connection, self._path, body)
            except (OSError, asyncio.IncompleteReadError):
                status, answer, is_last = 0, b"", True
            # An idle connection may end at any time: every client asks again then, on another one.
            if status or is_new:
                self._judge(status, answer, rows, time.perf_counter() - began)
            is_new = False
            if is_last:
                connection[1].close()
                connection = None
        if connection is not None:
            connection[1].close()

    def _judge(self, status: int, answer: bytes, rows: Sequence[int], seconds: float) -> None:
        self.answers.statuses[status] += 1
        if status == 200:
            self.answers.seconds.append(seconds)
            parts = answer.split(b'"probabilities":')[1:]
            pairs = zip(parts, (self._expected[row] for row in rows), strict=True)
            self.answers.wrong += sum(not part.startswith(expected + b",") for part, expected in pairs)


async def equality(_service: RunningService, clients: Clients, _options: argparse.Namespace) -> bool:
    """Ask for every text once or more, in requests of several sizes at the same time."""
    await clients.run(CLIENTS, TEXTS_PER_REQUEST, 600.0, once=True)
    return clients.answers.wrong == 0 and set(clients.answers.statuses) == {200}


async def overload(service: RunningService, clients: Clients, options: argparse.Namespace) -> bool:
    """Send far more than the service can answer."""
    (worker,) = service.workers()
    before = _resident_bytes(worker)
    await clients.run(OVERLOADING_CLIENTS, 1, options.seconds)
    print(f"memory: {before / 2**20:.0f} MiB before, {_resident_bytes(worker) / 2**20:.0f} MiB after")
    return clients.answers.wrong == 0 and set(clients.answers.statuses) <= {200, 429}


async def halfopen(service: RunningService, clients: Clients, _options: argparse.Namespace) -> bool:
    """Answer clients as usual, while many others have sent half a head, and end those others in time."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4 * HALF_OPEN, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    running = asyncio.ensure_future(clients.run(CLIENTS, 1, 600.0))
    others = [await asyncio.open_connection("127.0.0.1", service.port) for _ in range(HALF_OPEN)]
    for _, writer in others:
        writer.write(HALF)
    async with asyncio.timeout(PATIENCE_S):
        ends = Counter([(await reader.read())[9:12] for reader, _ in others])
    clients.stop()
    await running
    print(f"half-open connections ended with {dict(ends)}")
    return ends == {b"408": HALF_OPEN} and clients.answers.wrong == 0 and set(clients.answers.statuses) == {200}


async def exchange(service: RunningService, clients: Clients, options: argparse.Namespace) -> bool:
    """Exchange the model many times."""
    running = asyncio.ensure_future(clients.run(CLIENTS, TEXTS_PER_REQUEST, 600.0))
    for number in range(options.times):
        service.process.send_signal(signal.SIGHUP)
        while service.notes().count("model ") < number + 2:  # one at the start
            await asyncio.sleep(0.02)
    clients.stop()
    await running
    return clients.answers.wrong == 0 and set(clients.answers.statuses) == {200}


async def end(service: RunningService, clients: Clients, _options: argparse.Namespace) -> bool:
    """End the service while it answers."""
    running = asyncio.ensure_future(clients.run(CLIENTS, TEXTS_PER_REQUEST, 60.0))
    await asyncio.sleep(0.5)
    service.process.send_signal(signal.SIGTERM)
    await running
    code = await asyncio.to_thread(service.process.wait)
    return code == 0 and clients.answers.wrong == 0 and set(clients.answers.statuses) <= {200, 503}


def _resident_bytes(process: int) -> int:
    line = next(line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) << 10


PARTS = {"equality": equality, "overload": overload, "halfopen": halfopen, "exchange": exchange, "end": end}


def main() -> None:
    """Run the part that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("texts", type=Path, help="one text per line")
    parser.add_argument("--model", default="korean-opinion")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    lines = options.texts.read_text(encoding="utf-8").splitlines()
    texts = [line for line in lines if line.strip()][:10_000]
    expected = _expected(Classifier.load(options.model, threads=1), texts)
    gc.disable()  # the pauses of the clients are none of the service's
    for _ in range(options.times if options.part == "end" else 1):
        with running_service(options.model, "--no-access-log") as service:
            name = Path(options.model).name
            clients = Clients(service, texts, expected, name)
            is_kept = asyncio.run(PARTS[options.part](service, clients, options))
            print(clients.answers.to_line(), flush=True)
            if not is_kept or "Traceback" in service.notes():
                sys.exit(f"not kept\n{service.notes()}")
    print("kept")


if __name__ == "__main__":
    main()
