"""The places and folders of tables: each is freed, however the table ends, and none before."""

import errno
import gc
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sentiment import Classifier
from sentiment.serving import ServingSettings, create_app
from sentiment.serving.service import service_of
from sentiment.serving.tables import desk as desk_module
from sentiment.serving.tables.desk import FETCH_S, TableDesk
from sentiment.serving.tables.records import DONE, RUNNING, TableFolder
from tests.serving.live import listening

TABLE = "/v1/models/tiny/table"
FILES = {"file": ("a.csv", b"text\ngood film\n")}
LATER = {"Prefer": "respond-async"}
PATIENCE_S = 30.0


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


class Gate:
    """Holds back the work on tables until it is opened."""

    def __init__(self) -> None:
        self._reached, self._opened = threading.Event(), threading.Event()

    def pass_through(self) -> None:
        self._reached.set()
        assert self._opened.wait(PATIENCE_S)

    def wait(self) -> None:
        """Wait until a table is worked on."""
        assert self._reached.wait(PATIENCE_S)

    def open(self) -> None:
        self._opened.set()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate, score = Gate(), Classifier.score

    def held(self: Classifier, *arguments: Any) -> Any:
        gate.pass_through()
        return score(self, *arguments)

    monkeypatch.setattr(Classifier, "score", held)
    yield gate
    gate.open()


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("what", "name"),
    [(Path, "mkdir"), (TableFolder, "write"), (TableFolder, "hold"), (desk_module, "TableWork"), (TableDesk, "start")],
)
def test_a_full_disk_takes_no_place(
    classifier: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: Any, name: str
) -> None:
    app = create_app({"tiny": classifier}, ServingSettings(tables_folder=tmp_path))
    with TestClient(app, raise_server_exceptions=False) as client:
        with monkeypatch.context() as patch:
            patch.setattr(what, name, full)
            statuses = [client.post(TABLE, files=FILES, headers=LATER).status_code for _ in range(9)]
        assert set(statuses) == {500}
        assert service_of(app).tables.num_open == 0
        assert client.post(TABLE, files=FILES).status_code == 200
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_cannot_be_written_does_not_say_for_ever_that_the_work_goes_on(
    app: Starlette, client: TestClient, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = client.post(TABLE, files=FILES, headers=LATER).headers["Location"]
    gate.wait()
    assert client.get(path).json()["state"] == RUNNING
    monkeypatch.setattr(TableFolder, "write", full)
    gate.open()
    wait_until(lambda: service_of(app).tables.num_open == 0)
    assert client.get(path).status_code == 404
    assert list(service_of(app).tables.folder.iterdir()) == []


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_a_table_that_is_deleted_leaves_nothing(
    app: Starlette, client: TestClient, gate: Gate, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    desk = service_of(app).tables
    paths = [
        client.post(TABLE, files={"file": (name, FILES["file"][1])}, headers=LATER).headers["Location"]
        for _ in range(2)
    ]
    gate.wait()  # and the other one waits
    for path in paths:
        assert client.delete(path).status_code == 204
        assert client.get(path).status_code == 404
        assert client.delete(path).status_code == 404
    assert list(desk.folder.iterdir()) == []
    gate.open()
    wait_until(lambda: desk.num_open == 0)
    assert list(desk.folder.iterdir()) == []
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    assert client.post(TABLE, files=FILES).status_code == 200


def test_what_was_left_by_a_deletion_amid_writing_goes_when_the_work_ends(
    app: Starlette, client: TestClient, gate: Gate
) -> None:
    desk = service_of(app).tables
    path = client.post(TABLE, files=FILES, headers=LATER).headers["Location"]
    gate.wait()
    client.delete(path)
    (desk.folder / f"{Path(path).name}.deleted").mkdir()
    gate.open()
    wait_until(lambda: desk.num_open == 0)
    assert list(desk.folder.iterdir()) == []


def test_the_events_of_a_table_that_is_deleted_end(app: Starlette, client: TestClient, gate: Gate) -> None:
    desk = service_of(app).tables

    def delete() -> None:
        gate.wait()
        (table,) = TableFolder.all(desk.folder)
        table.delete()
        gate.open()

    deleting = threading.Thread(target=delete)
    deleting.start()
    answer = client.post(TABLE, files=FILES, headers={"Accept": "text/event-stream"})
    deleting.join()
    last = answer.text.split("\n\n")[-2]
    assert last.startswith("event: error\n")
    assert '"error": "the table was deleted"' in last


def test_a_client_that_leaves_while_its_table_waits_leaves_nothing(
    app: Starlette, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    desk = service_of(app).tables
    body = FILES["file"][1]
    head = f"POST {TABLE} HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: {len(body)}\r\n\r\n"
    with listening(app) as port:
        with socket.create_connection(("127.0.0.1", port)) as first:
            first.sendall(head.encode() + body)
            gate.wait()
            with socket.create_connection(("127.0.0.1", port)) as second:
                second.sendall(head.encode() + body)
                wait_until(lambda: desk.num_open == 2 and len(list(desk.folder.iterdir())) == 2)
            wait_until(lambda: len(list(desk.folder.iterdir())) == 1)
            gate.open()
            assert first.recv(12) == b"HTTP/1.1 200"
            wait_until(lambda: desk.num_open == 0)
        wait_until(lambda: list(desk.folder.iterdir()) == [])
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_table_that_waits_does_not_expire(app: Starlette, client: TestClient, gate: Gate) -> None:
    desk = service_of(app).tables
    paths = [client.post(TABLE, files=FILES, headers=LATER).headers["Location"] for _ in range(2)]
    for table in TableFolder.all(desk.folder):
        os.utime(table.path / "table.json", (0, 0))
    desk.dismiss(desk.admit())
    assert [client.get(path).status_code for path in paths] == [200, 200]
    gate.open()
    for path in paths:
        wait_until(lambda path=path: client.get(path).json()["state"] == DONE)  # type: ignore[misc]
        assert client.get(f"{path}/output").status_code == 200
    for table in TableFolder.all(desk.folder):
        os.utime(table.path / "table.json", (0, 0))
    desk.dismiss(desk.admit())
    assert [client.get(path).status_code for path in paths] == [404, 404]


def test_what_a_process_left_that_died_while_receiving_expires(app: Starlette) -> None:
    desk = service_of(app).tables
    table = desk.admit()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    table.write({"state": "receiving", "process": ended.pid})
    os.utime(table.path / "table.json", (0, 0))
    desk.dismiss(desk.admit())
    assert table.is_deleted


def folder_of_an_application(classifier: Classifier) -> Path:
    """Return the temporary folder of an application that had a table."""
    app = create_app({"tiny": classifier})
    with TestClient(app) as client:
        path = client.post(TABLE, files=FILES, headers=LATER).headers["Location"]
        wait_until(lambda: client.get(path).json()["state"] == DONE)
        wait_until(lambda: service_of(app).tables.num_open == 0)
    folder = service_of(app).tables.folder
    assert folder.is_dir()
    return folder


def test_the_temporary_folder_ends_with_the_application(classifier: Classifier) -> None:
    folder = folder_of_an_application(classifier)
    gc.collect()
    assert not folder.exists()


def test_the_temporary_folder_ends_with_the_process_and_not_with_one_that_it_forked(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from sentiment.serving import create_app\n"
        "from sentiment.serving.service import service_of\n"
        "app = create_app({})\n"
        "service_of(app).tables.admit()\n"
        "if not (child := os.fork()):\n"
        "    sys.exit()\n"
        "os.waitpid(child, 0)\n"
        "assert service_of(app).tables.folder.is_dir()\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []


def test_tables_can_be_fetched_while_the_service_ends(app: Starlette, client: TestClient) -> None:
    service = service_of(app)
    path = client.post(TABLE, files=FILES, headers=LATER).headers["Location"]
    wait_until(lambda: client.get(path).json()["state"] == DONE)
    assert service.tables.is_awaited
    service.is_draining = True
    for refused in (client.post(TABLE, files=FILES, headers=LATER), client.get("/v1/models"), client.get("/v1/tables")):
        assert refused.status_code == 503
    assert client.get(path).headers["Connection"] == "close"
    for kept in (client.head(f"{path}/output"), client.get(f"{path}/output", headers={"Range": "bytes=0-3"})):
        assert kept.is_success
        assert service.tables.is_awaited
    assert client.get(f"{path}/output").content.startswith(b"text,")
    assert not service.tables.is_awaited
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("content", "how"),
    [(b"text\ngood\n", "summary"), (b"id,text\n1,good\n2\n", "rejects"), (b"id,text\n1\n", "failed")],
)
def test_a_table_is_awaited_for_a_while_after_the_work(
    app: Starlette, client: TestClient, gate: Gate, content: bytes, how: str
) -> None:
    desk = service_of(app).tables
    data = {"rejects": "keep" if how == "rejects" else "stop"}
    path = client.post(TABLE, files={"file": ("a.csv", content)}, data=data, headers=LATER).headers["Location"]
    (table,) = TableFolder.all(desk.folder)
    os.utime(table.path / "held", (0, 0))
    assert desk.is_awaited  # as it is worked on
    gate.open()
    wait_until(lambda: desk.num_open == 0)
    assert desk.is_awaited
    record = client.get(path).json()
    assert desk.is_awaited == (how != "failed")
    if how == "rejects":
        assert client.get(record["output"]).status_code == 200
        assert desk.is_awaited  # the rejects are not fetched
    if how != "failed":
        os.utime(table.path / "held", (time.time(), time.time() - FETCH_S - 1))
    assert not desk.is_awaited


def test_a_table_that_is_answered_at_once_is_awaited_for_its_rejects_only(app: Starlette, client: TestClient) -> None:
    desk = service_of(app).tables
    for content, is_awaited in ((b"id,text\n1,good\n", False), (b"id,text\n1,good\n2\n", True)):
        files = {"file": ("a.csv", content)}
        answer = client.post(TABLE, files=files, data={"rejects": "keep"})
        assert desk.is_awaited == is_awaited
        assert client.delete(f"/v1/tables/{answer.headers['Sentiment-Table']}").status_code == 204
        assert not desk.is_awaited
