"""The real command: it starts, ends without losing a request, exchanges its models and replaces workers."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sentiment import Classifier
from sentiment.serving.process.access_log import AccessLog
from sentiment.serving.tables.desk import FETCH_S
from sentiment.serving.tables.records import DONE, RUNNING, WAITING

TEXTS = ["good film", "배우가 아깝다", "bad film", "ㅋㅋㅋ 재밌다"]
START_S = 60


class Service:
    """A running `sentiment serve`."""

    def __init__(self, *arguments: str, cwd: Path) -> None:
        command = [sys.executable, "-m", "sentiment", "serve", "--port", "0", *arguments]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(cwd)}
        self.log = cwd / "log.jsonl"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=cwd, env=environment, stdout=log, stderr=subprocess.PIPE, text=True
            )
        self.notes: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        address = self.wait_for(r"serving at http://127\.0\.0\.1:(\d+)")
        self.port = int(address[1])

    def _read(self) -> None:
        for line in self.process.stderr or ():
            self.notes.append(line.rstrip("\n"))

    def wait_for(self, pattern: str, number: int = 1) -> re.Match[str]:
        """Wait until so many notes match."""
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            found = [match for note in list(self.notes) if (match := re.search(pattern, note))]
            if len(found) >= number:
                return found[number - 1]
            time.sleep(0.02)
        raise AssertionError(self.notes)

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(child) for child in children.split()]

    def predict(self, text: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("POST", "/predict", json.dumps({"inputs": text}), {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(START_S)
        self._reader.join()
        return code

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()


Start = Callable[..., Service]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    services: list[Service] = []

    def begin(*arguments: str) -> Service:
        services.append(Service(*arguments, cwd=tmp_path))
        return services[-1]

    yield begin
    for service in services:
        service.kill()


def ask(connection: socket.socket, text: str) -> bytes:
    """Ask for one text, and return all that comes back."""
    body = json.dumps({"inputs": text}).encode()
    head = "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
    try:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return b"".join(iter(lambda: connection.recv(65_536), b""))
    except (ConnectionResetError, BrokenPipeError):
        return b""


class Load:
    """Clients that ask one text after the other, each on a connection of its own, and check every answer."""

    def __init__(self, port: int, expected: dict[str, list[Any]], clients: int = 4) -> None:
        self.answered = 0
        self.refused = 0
        self.faults: list[str] = []
        self._port, self._expected = port, expected
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        number = 0
        while not self._stop.is_set():
            text = TEXTS[number % len(TEXTS)]
            number += 1
            try:
                connection = socket.create_connection(("127.0.0.1", self._port), timeout=30)
            except OSError:
                return  # the service has ended
            with connection:
                self._judge(text, ask(connection, text))

    def _judge(self, text: str, answer: bytes) -> None:
        status = answer[9:12]
        if status == b"503":
            self.refused += 1
        elif status == b"200" and json.loads(answer.split(b"\r\n\r\n")[1]) in self._expected[text]:
            self.answered += 1
        else:
            self.faults.append(f"{text}: {answer!r}")


def ranked(classifier: Classifier, text: str) -> list[dict[str, Any]]:
    probabilities = classifier.predict([text])[0].probabilities or {}
    return [{"score": s, "label": label} for label, s in sorted(probabilities.items(), key=lambda i: i[1])[::-1]]


def expected_of(*classifiers: Classifier) -> dict[str, list[Any]]:
    return {text: [ranked(classifier, text) for classifier in classifiers] for text in TEXTS}


def test_it_ends_under_load_without_losing_a_request(
    start: Start, shared_tiny_model_dir: Path, classifier: Classifier
) -> None:
    service = start(str(shared_tiny_model_dir))
    with Load(service.port, expected_of(classifier)) as load:
        time.sleep(0.3)
        assert service.end() == 0
    assert load.answered > 10
    assert load.faults == []
    lines = [json.loads(line) for line in service.log.read_text().splitlines()]
    assert len([line for line in lines if line["status"] == 200]) == load.answered
    assert not any("Traceback" in note for note in service.notes)


def test_a_reader_of_the_log_that_stalls_delays_nobody() -> None:
    reading, writing = os.pipe()
    log = AccessLog(writing)
    began = time.monotonic()
    for number in range(5_000):
        log.write({"number": number, "filler": "x" * 100})
    assert time.monotonic() - began < 5
    content = b""
    while content.count(b"\n") < 5_000:
        content += os.read(reading, 65_536)
    log.close()
    assert [json.loads(line)["number"] for line in content.splitlines()] == list(range(5_000))
    os.close(reading)
    os.close(writing)


def test_models_are_exchanged_under_load(
    start: Start, tmp_path: Path, write_model: Callable[..., Path], classifier: Classifier, tiny_model_dir: Path
) -> None:
    later = write_model(tmp_path / "later", labels=("down", "up"))
    service = start(str(tiny_model_dir), "--no-access-log")
    with Load(service.port, expected_of(classifier, Classifier.load(later))) as load:
        (tiny_model_dir / "model.onnx").write_bytes(b"broken")
        service.process.send_signal(signal.SIGHUP)
        service.wait_for("error: .*model.onnx.* still answers")
        assert service.predict("good film")[1] == ranked(classifier, "good film")
        shutil.rmtree(tiny_model_dir)
        later.rename(tiny_model_dir)
        service.process.send_signal(signal.SIGHUP)
        service.wait_for("model tiny: ", 2)
        time.sleep(0.1)
        assert {answer["label"] for answer in service.predict("good film")[1]} == {"down", "up"}
    assert load.answered > 10
    assert (load.faults, load.refused) == ([], 0)
    assert service.end(signal.SIGINT) == 0


def test_a_worker_that_dies_is_replaced_and_the_counts_stay(start: Start, shared_tiny_model_dir: Path) -> None:
    service = start(str(shared_tiny_model_dir), "--workers", "2")
    workers = service.workers()
    assert len(workers) == 2
    assert service.predict("good film")[0] == 200
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    service.wait_for(r"worker \d+ was killed by SIGKILL; starting another", 2)
    service.wait_for("model tiny: ", 4)
    assert service.predict("good film")[0] == 200
    assert not set(service.workers()) & set(workers)
    connection = http.client.HTTPConnection("127.0.0.1", service.port)
    with contextlib.closing(connection):
        connection.request("GET", "/metrics")
        page = connection.getresponse().read().decode()
    assert 'sentiment_texts_total{model="tiny"} 2.0' in page
    assert service.end() == 0


def test_workers_end_with_their_supervisor(start: Start, shared_tiny_model_dir: Path) -> None:
    service = start(str(shared_tiny_model_dir))
    (worker,) = service.workers()
    service.process.kill()
    service.process.wait()
    end = time.monotonic() + START_S
    while Path(f"/proc/{worker}").exists():
        assert time.monotonic() < end
        time.sleep(0.05)


Run = Callable[..., Any]


def test_what_cannot_start_says_why_on_one_line(run_command: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        outcome = run_command("serve", "--port", port)
        assert outcome.exit_code == 9
        fault = "cannot be listened at (Address already in use); choose another --host or --port"
        assert outcome.stderr == f"error: 127.0.0.1:{port}: {fault}\n"
    for content in (None, b"# none\n\n", b"\xff"):
        if content is not None:
            (tmp_path / "keys").write_bytes(content)
        outcome = run_command("serve", "--port", "0", "--api-key-file", str(tmp_path / "keys"))
        assert outcome.exit_code == 9
        assert outcome.stderr.startswith(f"error: {tmp_path / 'keys'}: ")


def test_a_model_that_is_missing_is_told_before_an_address_that_is_taken(run_command: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        outcome = run_command("serve", str(tmp_path / "nothing"), "--port", str(taken.getsockname()[1]))
    assert outcome.exit_code == 5
    assert outcome.stderr.startswith(f"error: {tmp_path / 'nothing'}: no such model directory")
    assert outcome.stderr.count("\n") == 1


def test_a_model_that_is_damaged_ends_the_start(tiny_model_dir: Path) -> None:
    (tiny_model_dir / "model.onnx").write_bytes(b"")
    command = [sys.executable, "-m", "sentiment", "serve", str(tiny_model_dir), "--port", "0", "--host", "0.0.0.0"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    warning, error = ended.stderr.splitlines()
    assert warning.startswith("WARNING: 0.0.0.0 is not local and no key is set")
    assert error.startswith(f"error: {tiny_model_dir / 'model.onnx'}: ")
    assert ended.returncode == 5


def test_what_is_not_answered_within_the_grace_period_is_told(start: Start, shared_tiny_model_dir: Path) -> None:
    service = start(str(shared_tiny_model_dir), "--grace-s", "0.1")
    body = b"text\n" + b"good film\n" * 200_000
    head = (
        f"POST /v1/models/tiny/table HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: {len(body)}\r\n"
    )
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)  # so that the service cannot write it all
        connection.connect(("127.0.0.1", service.port))
        connection.sendall(f"{head}\r\n".encode() + body)
        assert connection.recv(12) == b"HTTP/1.1 200"
        assert service.end() == 9
    assert "1 requests were not answered and 1 tables not finished within the grace period" in service.notes


def ask_table(service: Service, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes, str]:
    """Ask on a connection of its own; returns status, body and location."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    with contextlib.closing(connection):
        connection.request(method, path, body, {"Content-Type": "text/csv", **headers})
        response = connection.getresponse()
        return response.status, response.read(), response.getheader("Location", "")


def test_a_table_is_given_out_while_the_service_ends(start: Start, shared_tiny_model_dir: Path, tmp_path: Path) -> None:
    service = start(str(shared_tiny_model_dir), "--workers", "2")
    rows = 40_000
    body = b"text\n" + b"good film\n" * rows
    table = "/v1/models/tiny/table"
    status, _, path = ask_table(service, "POST", table, body, Prefer="respond-async")
    assert status == 202
    service.process.send_signal(signal.SIGTERM)
    time.sleep(1.5)  # a worker without a table would have ended
    assert ask_table(service, "POST", table, body, Prefer="respond-async")[0] == 503
    state = RUNNING
    while state in (WAITING, RUNNING):
        status, record, _ = ask_table(service, "GET", path)
        assert status == 200
        state = json.loads(record)["state"]
        time.sleep(0.1)
    assert state == DONE
    status, output, _ = ask_table(service, "GET", f"{path}/output")
    fetched = time.monotonic()
    assert (status, output.count(b"\n")) == (200, rows + 1)
    assert service.process.wait(START_S) == 0
    assert time.monotonic() - fetched < FETCH_S  # it does not wait for what was fetched
    assert list(tmp_path.glob("sentiment-*")) == []


def test_a_table_that_is_not_finished_within_the_grace_period_is_told(
    start: Start, shared_tiny_model_dir: Path
) -> None:
    service = start(str(shared_tiny_model_dir), "--grace-s", "0")
    body = b"text\n" + b"good film\n" * 200_000
    assert ask_table(service, "POST", "/v1/models/tiny/table", body, Prefer="respond-async")[0] == 202
    assert service.end() == 9
    assert "0 requests were not answered and 1 tables not finished within the grace period" in service.notes


def test_a_service_without_work_ends_well_without_a_grace_period(start: Start, shared_tiny_model_dir: Path) -> None:
    service = start(str(shared_tiny_model_dir), "--grace-s", "0")
    assert service.end() == 0
    assert not any("not answered" in note for note in service.notes)
