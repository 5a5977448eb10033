"""Measures a service against the library on this machine: one core for the service, one for the clients, over loopback.

Each part prints both rates, from one run, and their ratio. The texts are a file with one per line. Run it as

    python scripts/benchmarks/serving_speed.py closed texts.txt              # 64 connections, one text a request
    python scripts/benchmarks/serving_speed.py closed texts.txt --texts 64   # 64 texts a request, 2 connections
    python scripts/benchmarks/serving_speed.py half texts.txt                # at half of the rate: median and p99
    python scripts/benchmarks/serving_speed.py memory texts.txt              # of supervisor and worker; time to start
    python scripts/benchmarks/serving_speed.py servers texts.txt             # uvicorn and granian, needs both
"""

import argparse
import asyncio
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sentiment import Classifier
from served import running_service

SERVICE_CORE, CLIENT_CORE = 0, 1
CONNECTIONS = 64
EMPTY_APP = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await receive()
    head = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b"[]"})
"""


def request(path: str, texts: Sequence[str]) -> bytes:
    """Return a request as bytes."""
    body = json.dumps({"texts": texts}).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def answer(reader: asyncio.StreamReader) -> None:
    """Read a response that succeeds."""
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode())
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.split(b":")[1]))


async def closed(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> list[float]:
    """Send requests on some connections, each as soon as the one before is answered; return the seconds of each."""
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (began := time.perf_counter()) < end:
            number += connections
            writer.write(requests[number % len(requests)])
            await answer(reader)
            took.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(client(number) for number in range(connections)))
    return took


async def paced(port: int, requests: Sequence[bytes], rate: float, seconds: float) -> list[float]:
    """Send requests at a fixed rate, whether or not earlier ones are answered; return the seconds of each."""
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    took: list[float] = []

    async def send(number: int, due: float) -> None:
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        writer.write(requests[number % len(requests)])
        await answer(reader)
        took.append(time.perf_counter() - due)
        idle.append((reader, writer))

    tasks = []
    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.ensure_future(send(number, due)))
    await asyncio.gather(*tasks)
    return took


def library_rate(model: str, texts: Sequence[str], batch: int, seconds: float) -> float:
    """Return the texts per second of the library on one core, in calls of as many texts as wait in the service."""
    classifier = Classifier.load(model, threads=1)
    classifier.predict(texts[:batch])
    began, number = time.perf_counter(), 0
    took = 0.0
    while took < seconds:
        begin = number % (len(texts) - batch)
        number += len(classifier.predict(texts[begin : begin + batch]))
        took = time.perf_counter() - began
    return number / took


def quantiles(seconds: Sequence[float]) -> str:
    """Return median and 99th percentile in milliseconds."""
    ranked = sorted(seconds)
    shares = {"median": 0.5, "p99": 0.99}
    return ", ".join(f"{name} {1e3 * ranked[int(share * (len(ranked) - 1))]:.2f} ms" for name, share in shares.items())


def compare_closed(options: argparse.Namespace, texts: Sequence[str]) -> float:
    """Print the rates of service and library; return that of the service, in texts per second."""
    name, size = Path(options.model).name, options.texts
    path = f"/v1/models/{name}/predict"
    requests = [request(path, texts[begin : begin + size]) for begin in range(0, len(texts) - size, size)]
    os.sched_setaffinity(0, {SERVICE_CORE})
    library = library_rate(options.model, texts, max(size, CONNECTIONS), options.seconds)
    os.sched_setaffinity(0, {CLIENT_CORE})
    gc.disable()  # the pauses of the clients are none of the service's
    connections = CONNECTIONS if size == 1 else 2
    with running_service(options.model, core=SERVICE_CORE) as service:
        took = asyncio.run(closed(service.port, requests, connections, options.seconds))
    rate = float(len(took) * size / options.seconds)
    print(
        f"{size} a request, {connections} connections: service {rate:,.0f}, library {library:,.0f} texts/s, "
        f"{rate / library:.0%}; {quantiles(took)}"
    )
    return rate


def measure_half(options: argparse.Namespace, texts: Sequence[str]) -> None:
    """Print the latency at half of the rate that the service can hold."""
    rate = compare_closed(options, texts) / 2
    requests = [request(f"/v1/models/{Path(options.model).name}/predict", [text]) for text in texts]
    with running_service(options.model, core=SERVICE_CORE) as service:
        took = asyncio.run(paced(service.port, requests, rate, options.seconds))
    print(f"at {rate:,.0f} requests/s: {quantiles(took)}")


def measure_memory(options: argparse.Namespace, _texts: Sequence[str]) -> None:
    """Print how long a start takes, and what the processes hold."""
    began = time.perf_counter()
    with running_service(options.model, "--no-access-log") as service:
        print(f"start: {time.perf_counter() - began:.2f} s")
        for name, process in (("supervisor", service.process.pid), ("worker", service.workers()[0])):
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            kib = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
            print(f"{name}: {kib / 1024:.0f} MiB")


def compare_servers(options: argparse.Namespace, _texts: Sequence[str]) -> None:
    """Print what servers of an application that does nothing answer, one after the other, three times."""
    commands = {
        "uvicorn": ["uvicorn", "empty:app", "--loop", "uvloop", "--http", "httptools", "--no-access-log"],
        "granian": ["granian", "--interface", "asgi", "empty:app", "--no-access-log"],
    }
    os.sched_setaffinity(0, {CLIENT_CORE})
    with TemporaryDirectory() as folder:
        Path(folder, "empty.py").write_text(EMPTY_APP)
        for round_number in range(3):
            for number, (name, command) in enumerate(commands.items()):
                port = 8_300 + 2 * round_number + number
                pinned = ["taskset", "-c", str(SERVICE_CORE), sys.executable, "-m", *command, "--port", str(port)]
                server = subprocess.Popen(pinned, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(3.0)
                took = asyncio.run(closed(port, [request("/", ["x"])], CONNECTIONS, options.seconds / 3))
                server.terminate()
                server.wait()
                print(f"{name}: {len(took) / (options.seconds / 3):,.0f} requests/s, {quantiles(took)}")


PARTS = {"closed": compare_closed, "half": measure_half, "memory": measure_memory, "servers": compare_servers}


def main() -> None:
    """Measure the part that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("file", type=Path, help="texts, one per line")
    parser.add_argument("--model", default="korean-sentiment")
    parser.add_argument("--texts", type=int, default=1, help="of a request")
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    texts = [line for line in options.file.read_text(encoding="utf-8").splitlines() if line.strip()]
    PARTS[options.part](options, texts)


if __name__ == "__main__":
    main()
