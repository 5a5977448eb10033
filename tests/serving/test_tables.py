"""Tables over HTTP have the bytes of the command, and the command's faults."""

import gzip
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sentiment import Classifier
from sentiment.bulk import BulkRequest, predict_table
from sentiment.serving import create_app
from sentiment.serving.service import service_of
from tests.conftest import write_tiny_model
from tests.tables.conftest import workbook_parts, zipped

TABLE = "/v1/models/tiny/table"
CSV = 'id,text,"month"\r\n1,"good, film",2026-01-02\r\n\r\n2,"bad\nfilm",2026-02-01\r\n3,,2026-02-28\r\n'
CELL = '<c t="inlineStr"><is><t>{}</t></is></c>'
Make = Callable[..., TestClient]


def parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table({"text": ["good film", "bad film"], "n": [1, 2]}), stream)
    return stream.getvalue()


def workbook() -> bytes:
    rows = [
        ("text", "product"),
        *((f"{word} film", f"p{number % 2}") for number, word in enumerate(["good", "bad"] * 4)),
    ]
    cells = "".join(f"<row>{''.join(CELL.format(cell) for cell in row)}</row>" for row in rows)
    return zipped(workbook_parts(f"<sheetData>{cells}</sheetData>"))


FILES = {
    "a.csv": CSV.encode(),
    "b.csv": CSV.encode("cp949"),
    "c.csv": ("text\n" + "good film\n" * 5_000).encode(),
    "d.tsv": b"text\tn\ngood film\t1\n",
    "e.jsonl": b'{"text": "good film"}\n\n{"n": 1, "text": null}\n',
    "f.log": "good film\n배우가 아깝다\n".encode("utf-16"),
    "g.csv.gz": gzip.compress(CSV.encode(), mtime=0),
    "h.xlsx": workbook(),
    "i.parquet": parquet(),
}


def command(tmp_path: Path, classifier: Classifier, name: str, content: bytes, **options: Any) -> bytes:
    """Return what the command writes."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(content)
    request = BulkRequest(str(tmp_path / "in" / name), output=tmp_path / name, **options)
    predict_table(request, classifier, stdout=io.BytesIO(), notify=lambda _: None, report=lambda _: None)
    return (tmp_path / name).read_bytes()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", ["body", "form"])
def test_the_bytes_are_those_of_the_command(
    app: Starlette, client: TestClient, classifier: Classifier, tmp_path: Path, name: str, how: str
) -> None:
    content = FILES[name]
    if how == "form":
        response = client.post(TABLE, files={"file": (name, content)})
    else:
        headers = {"Content-Type": "application/octet-stream"}
        response = client.post(TABLE, params={"filename": name}, content=content, headers=headers)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert response.content == command(tmp_path, classifier, name, content)
    assert list(service_of(app).tables.folder.iterdir()) == []


def test_options_are_those_of_the_command(client: TestClient, classifier: Classifier, tmp_path: Path) -> None:
    options: dict[str, Any] = {"text_column": "month", "column_prefix": "p_", "encoding": "utf-8", "header_row": 1}
    response = client.post(
        TABLE,
        params={**options, "all_probabilities": "true"},
        content=CSV.encode(),
        headers={"Content-Type": "text/csv; charset=utf-8"},
    )
    assert response.headers["Content-Type"].startswith("text/csv")
    expected = command(tmp_path, classifier, "table.csv", CSV.encode(), **options, all_probabilities=True)
    assert response.content == expected


@pytest.mark.parametrize(
    ("params", "content", "status", "field"),
    [
        ({"filename": "a.csv"}, b"id,text\n1\n", 422, None),
        ({"filename": "a.csv", "text_column": "x"}, CSV.encode(), 422, None),
        ({"filename": "a.xlsx"}, b"PK", 422, None),
        ({"filename": "a.parquet"}, b"", 422, None),
        ({"filename": "a.csv", "header_row": "0"}, CSV.encode(), 422, "header_row"),
        ({"filename": "a.csv", "rejects": "maybe"}, CSV.encode(), 422, "rejects"),
        ({"filename": "a.csv", "output": "/etc/passwd"}, CSV.encode(), 422, "output"),
        ({"filename": "a.csv", "format": "sql"}, CSV.encode(), 422, "format"),
        ({"filename": "a.doc"}, CSV.encode(), 415, "format"),
        ({}, CSV.encode(), 415, "format"),
    ],
)
def test_faults(
    app: Starlette, client: TestClient, params: dict[str, str], content: bytes, status: int, field: str | None
) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    response = client.post(TABLE, params=params, content=content, headers=headers)
    assert (response.status_code, response.json()["field"]) == (status, field)
    assert "/" not in response.json()["error"].replace(" / ", "")
    service = service_of(app)
    assert service.tables.num_open == 0
    assert list(service.tables.folder.iterdir()) == []


def test_a_name_cannot_lead_out_of_its_folder(client: TestClient) -> None:
    for name in ("../../a.csv", "..\\a.csv", "/etc/a.csv", "a\0\n.csv", "가 나.csv", "x" * 300 + ".csv"):
        response = client.post(TABLE, files={"file": (name, CSV.encode())})
        assert response.status_code == 200, name
        assert "/" not in response.headers["Content-Disposition"].split("''")[1]


@pytest.mark.parametrize("stem", ["가" * 90, "x" * 300], ids=["Hangul", "Latin"])
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])  # streamed, and written whole
def test_a_long_name_is_cut_to_what_a_file_system_takes(client: TestClient, stem: str, suffix: str) -> None:
    content = gzip.compress(CSV.encode()) if suffix.endswith("gz") else CSV.encode()
    response = client.post(TABLE, files={"file": (stem + suffix, content)})
    assert response.status_code == 200, response.text
    name = unquote(response.headers["Content-Disposition"].split("''")[1], errors="strict")
    assert name.endswith(suffix)
    assert 190 < len(name.encode()) <= 200
    assert stem.endswith(name.removesuffix(suffix))


@pytest.mark.parametrize(
    "body", [b"", b"--x\r\n", b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\na\r\n--x--\r\n"]
)
def test_a_broken_form_is_refused(client: TestClient, body: bytes) -> None:
    response = client.post(TABLE, content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert response.status_code in (400, 422)
    assert client.post(TABLE, content=body, headers={"Content-Type": "multipart/form-data"}).status_code == 400
    assert client.post(TABLE, content=body, headers={"Content-Type": "image/png"}).status_code == 415


def test_a_table_over_the_limit_is_refused(make_client: Make) -> None:
    client = make_client(max_table_bytes=1_000)
    assert client.post(TABLE, files={"file": ("a.csv", b"text\n" + b"a" * 2_000)}).status_code == 413
    headers = {"Content-Type": "text/csv"}
    assert client.post(TABLE, content=iter([b"text\n", b"a" * 2_000]), headers=headers).status_code == 413
    assert client.post(TABLE, content=b"text\ngood\n", headers=headers).status_code == 200


def finished(client: TestClient, path: str) -> Any:
    for _ in range(400):
        if (record := client.get(path).json())["state"] in ("done", "failed"):
            return record
        time.sleep(0.02)
    raise AssertionError(record)


def test_a_table_can_be_fetched_later(client: TestClient, classifier: Classifier, tmp_path: Path) -> None:
    response = client.post(TABLE, files={"file": ("h.xlsx", FILES["h.xlsx"])}, headers={"Prefer": "respond-async"})
    assert response.status_code == 202
    record = finished(client, response.headers["Location"])
    assert (record["state"], record["fraction"], record["counts"]["written"]) == ("done", 1.0, 8)
    assert record["notes"] == ["h.xlsx: texts from column 'text'"]
    assert client.get(record["output"]).content == command(tmp_path, classifier, "h.xlsx", FILES["h.xlsx"])
    assert client.get(f"{response.headers['Location']}/rejects").status_code == 404
    assert client.delete(response.headers["Location"]).status_code == 204
    assert client.get(response.headers["Location"]).status_code == 404


@pytest.mark.parametrize("name", ["h.xlsx", "a.csv", "e.jsonl", "f.log", "i.parquet"])
def test_the_summary_counts_what_the_table_says(client: TestClient, classifier: Classifier, name: str) -> None:
    response = client.post(TABLE, files={"file": (name, FILES[name])}, headers={"Prefer": "respond-async"})
    summary = finished(client, response.headers["Location"])["summary"]
    texts = {
        "h.xlsx": ["good film", "bad film"] * 4,
        "a.csv": ["good, film", "bad\nfilm"],
        "e.jsonl": ["good film"],
        "f.log": ["good film", "배우가 아깝다"],
        "i.parquet": ["good film", "bad film"],
    }[name]
    answers = classifier.predict(texts)
    labels = [answer.label for answer in answers]
    assert {share["label"]: share["counted"] for share in summary["shares"]} == {
        label: labels.count(label) for label in classifier.labels
    }
    least = summary["least_certain"]
    assert [row["probability"] for row in least] == sorted(round(answer.probability or 0, 6) for answer in answers)
    assert sorted(row["text"] for row in least) == sorted(texts)
    assert (summary["source"], summary["model"], summary["labelled"]) == (name, "tiny", len(texts))
    groups = {column: {one["value"]: one["rows"] for one in found} for column, found in summary["groups"].items()}
    if name == "h.xlsx":
        assert groups == {"product": {"p0": 4, "p1": 4}}
    if name == "a.csv":
        assert groups == {"month": {"2026-01": 1, "2026-02": 2}}


KNOWN = {"data": {}, "validation": {"confusion_matrix": [[180, 20], [30, 170]]}}


@pytest.mark.parametrize("metrics", [None, KNOWN])
def test_the_summary_is_that_of_the_command(
    tmp_path: Path, run_command: Callable[..., Any], metrics: dict[str, Any] | None
) -> None:
    model = Classifier.load(write_tiny_model(tmp_path / "known", metrics=metrics))
    rows = [f"{'good' if i % 3 else 'bad'} film {i},{'ABC'[i % 3]},2026-{1 + i % 2:02}-0{1 + i % 9}" for i in range(60)]
    (tmp_path / "a.csv").write_text("\n".join(["text,product,date", *rows, ",B,"]) + "\n", encoding="utf-8")
    with TestClient(create_app(model)) as client:
        files = {"file": ("a.csv", (tmp_path / "a.csv").read_bytes())}
        response = client.post("/v1/models/known/table", files=files, headers={"Prefer": "respond-async"})
        summary = finished(client, response.headers["Location"])["summary"]
    command = ("predict", "--model", str(model.path), "--file", str(tmp_path / "a.csv"), "--summary", "--by", "product")
    told = json.loads(run_command(*command).stdout)
    assert {name: summary[name] for name in told} == told | {"source": "a.csv", "model": "known"}
    assert (summary["not_corrected"] is None) == (metrics is not None)
    assert (summary["shares"][0]["corrected"] is None) == (metrics is None)
    assert len(summary["least_certain"]) == 20
    probabilities = sorted(one.probability or 0.0 for one in model.predict([row.split(",")[0] for row in rows]))
    assert [row["probability"] for row in summary["least_certain"]] == pytest.approx(probabilities[:20], abs=1e-6)


def test_a_model_replaced_on_disk_corrects_nothing_with_the_errors_of_another(tmp_path: Path) -> None:
    model = Classifier.load(write_tiny_model(tmp_path / "known", metrics=KNOWN))
    write_tiny_model(tmp_path / "known", metrics=KNOWN | {"seed": 1}, replace=True)
    with TestClient(create_app(model)) as client:
        files = {"file": ("a.csv", CSV.encode())}
        response = client.post("/v1/models/known/table", files=files, headers={"Prefer": "respond-async"})
        record = finished(client, response.headers["Location"])
    assert record["state"] == "done"
    assert record["summary"]["not_corrected"] == "the directory of the model holds another one by now"


def test_broken_rows_are_set_aside_if_asked_for(client: TestClient, classifier: Classifier, tmp_path: Path) -> None:
    content = b"id,text\n1,good\n2\n3,bad\n"
    files = {"file": ("a.csv", content)}
    response = client.post(TABLE, files=files, data={"rejects": "keep"}, headers={"Prefer": "respond-async"})
    record = finished(client, response.headers["Location"])
    rejects = tmp_path / "rejects.jsonl"
    expected = command(tmp_path, classifier, "a.csv", content, rejects=rejects)
    assert record["counts"]["rejected"] == 1
    assert client.get(record["output"]).content == expected
    assert client.get(record["rejects"]).content == rejects.read_bytes()
    direct = client.post(TABLE, files=files, data={"rejects": "keep"})
    assert direct.content == expected
    assert client.get(f"/v1/tables/{direct.headers['Sentiment-Table']}/rejects").content == rejects.read_bytes()


def test_a_summary_tells_texts_back_that_utf_8_cannot_hold(client: TestClient) -> None:
    files = {"file": ("a.jsonl", b'{"text": "good \\ud800 film"}\n')}
    path = client.post(TABLE, files=files, headers={"Prefer": "respond-async"}).headers["Location"]
    assert finished(client, path)["summary"]["least_certain"][0]["text"] == "good \ud800 film"


def test_rows_in_scripts_that_are_not_read_get_no_answer(classifier: Classifier) -> None:
    content = b"text\n" + b"good film\n" * 20 + "배우가 아깝다\n".encode()
    with TestClient(create_app({"tiny": classifier}, scripts={"tiny": ["Latin"]})) as client:
        rows = client.post(TABLE, files={"file": ("a.csv", content)}).text.splitlines()
    assert rows[-1] == "배우가 아깝다,,"
    assert not any(row.endswith(",") for row in rows[:-1])


def test_progress_is_told_as_events(client: TestClient) -> None:
    headers = {"Accept": "text/event-stream"}
    response = client.post(TABLE, files={"file": ("c.csv", FILES["c.csv"])}, headers=headers)
    assert response.headers["Content-Type"].startswith("text/event-stream")
    events = [dict(line.split(": ", 1) for line in event.splitlines()) for event in response.text.split("\n\n")[:-1]]
    assert [events[0]["event"], events[-1]["event"]] == ["progress", "done"]
    record = json.loads(events[-1]["data"])
    assert record["counts"]["rows"] == 5_000
    assert client.get(record["output"]).content.count(b"\n") == 5_001
    broken = client.post(TABLE, files={"file": ("a.csv", b"id,text\n1\n")}, headers=headers)
    assert broken.text.split("\n\n")[-2].startswith("event: error")


def test_a_row_that_breaks_late_breaks_the_response_off(client: TestClient) -> None:
    content = b"id,text\n" + b"1,good film\n" * 9_000 + b"1\n"
    with pytest.raises(Exception, match="row 9,001"):
        client.post(TABLE, files={"file": ("a.csv", content)})


def test_no_more_tables_are_taken_than_there_is_room_for(app: Starlette, client: TestClient) -> None:
    desk = service_of(app).tables
    tables = [desk.admit() for _ in range(8)]
    response = client.post(TABLE, files={"file": ("a.csv", FILES["a.csv"])})
    assert (response.status_code, response.headers["Retry-After"]) == (429, "1")
    for table in tables:
        desk.dismiss(table)
    assert client.post(TABLE, files={"file": ("a.csv", FILES["a.csv"])}).status_code == 200


def test_finished_tables_are_deleted_after_a_while(make_client: Make) -> None:
    client = make_client(keep_tables_s=0.0)
    files, later = {"file": ("a.csv", FILES["a.csv"])}, {"Prefer": "respond-async"}
    first = client.post(TABLE, files=files, headers=later).headers["Location"]
    finished(client, first)
    client.post(TABLE, files=files, headers=later)
    assert client.get(first).status_code == 404
