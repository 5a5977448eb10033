"""`/v1/models/NAME/table` and `/v1/tables`: tables in, the same tables with predictions out."""

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from sentiment.serving.faults import BrokenOffError, RequestFault, invalid, not_found
from sentiment.serving.gateway import note
from sentiment.serving.leaving import unless_left
from sentiment.serving.responses import JsonResponse
from sentiment.serving.service import service_for
from sentiment.serving.tables import TableFolder, receive
from sentiment.serving.tables.records import DONE, FAILED

if TYPE_CHECKING:
    from starlette.requests import Request

    from sentiment.serving.tables.work import TableWork

CHUNK_BYTES = 2**18
LATER, EVENTS = "respond-async", "text/event-stream"
_INTERNAL = ("process", "media_type")
"""Fields of a record that are of no use outside."""


async def answer_table(request: "Request") -> Response:
    """`POST /v1/models/NAME/table`: the same table with predictions; or its progress, or where to ask for it."""
    service = service_for(request)
    model = service.models.get(request.path_params["name"])
    desk = service.tables
    is_later = LATER in request.headers.get("Prefer", "")
    has_events = EVENTS in request.headers.get("Accept", "")
    table = desk.admit()
    try:
        if is_later or has_events:
            table.hold()
        wanted = await receive(request, table, service.settings.max_table_bytes)
        work = desk.start(table, wanted, model, is_kept=is_later or has_events)
    except BaseException:
        desk.dismiss(table)
        raise
    note(request.scope, model=model.name, table=table.id)
    if is_later:
        headers = {"Location": str(request.url_for("show_table", id=table.id).path), "Preference-Applied": LATER}
        return JsonResponse(_shown(request, work.record), 202, headers)
    if has_events:
        return StreamingResponse(_events(request, work), media_type=EVENTS)
    return await _output(request, work)


async def show_table(request: "Request") -> Response:
    """`GET /v1/tables/ID`: how far a table is, and at the end its summary."""
    table, record = _found(request)
    if record["state"] == FAILED:  # there is nothing to come
        table.release()
    return JsonResponse(_shown(request, record))


async def get_output(request: "Request") -> Response:
    """`GET /v1/tables/ID/output`: the table with predictions."""
    table, record = _found(request)
    _require_done(record)
    is_all = request.method == "GET" and "Range" not in request.headers and not record["counts"]["rejected"]
    return FileResponse(
        table.output(record["name"]),
        media_type=record["media_type"],
        headers=_headers(record["name"]),
        background=BackgroundTask(table.release) if is_all else None,
    )


async def get_rejects(request: "Request") -> Response:
    """`GET /v1/tables/ID/rejects`: its broken rows, as JSON Lines."""
    table, record = _found(request)
    _require_done(record)
    if not record["has_rejects"]:
        raise not_found("no rows were set aside; pass the option rejects=keep")
    return FileResponse(table.rejects, media_type="application/jsonl", filename=table.rejects.name)


async def delete_table(request: "Request") -> Response:
    """`DELETE /v1/tables/ID`: stop the work on a table, and delete it."""
    table, _ = _found(request)
    table.delete()
    return Response(status_code=204)


def _found(request: "Request") -> tuple[TableFolder, dict[str, Any]]:
    """Return the table of a request, and what is known of it."""
    table = service_for(request).tables.find(request.path_params["id"])
    record = None if table is None else table.read()
    if table is None or record is None:
        raise not_found("there is no table of this id; tables are deleted after a while")
    return table, record


def _require_done(record: dict[str, Any]) -> None:
    if record["state"] == FAILED:
        raise invalid(record["error"], status=422)
    if record["state"] != DONE:
        raise RequestFault(409, "not_finished", "the table is not finished", headers={"Retry-After": "1"})


def _shown(request: "Request", record: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of a table, with the address of its answer."""
    shown = {name: value for name, value in record.items() if name not in _INTERNAL}
    for name, is_there in (("output", record["state"] == DONE), ("rejects", record["has_rejects"])):
        shown[name] = str(request.url_for(f"get_{name}", id=record["id"]).path) if is_there else None
    return shown


async def _output(request: "Request", work: "TableWork") -> Response:
    """Return the output, from its first rows on where the format allows."""
    try:
        await unless_left(request, work.begun())
        if not work.is_streamed:
            await unless_left(request, _ended(work))
        _refuse_failed(work)
    except BaseException:
        work.table.delete()
        raise
    headers = _headers(work.wanted.name) | ({"Sentiment-Table": work.table.id} if work.wanted.keeps_rejects else {})
    return StreamingResponse(_growing(work), media_type=work.wanted.media_type, headers=headers)


async def _growing(work: "TableWork") -> AsyncIterator[bytes]:
    """Yield the output as it is written, and break off if the work fails."""
    is_whole = False
    try:
        with work.table.output(work.wanted.name).open("rb") as output:
            while True:
                has_ended = work.outcome is not None
                if chunk := output.read(CHUNK_BYTES):
                    yield chunk
                elif not has_ended:
                    await work.changed()
                elif work.outcome is not None and work.outcome.error is not None:
                    raise BrokenOffError(work.outcome.error)
                else:
                    is_whole = True
                    return
    finally:
        if not is_whole or not work.wanted.keeps_rejects:
            work.table.delete()
        elif work.counts.rejected:
            work.table.hold()


async def _events(request: "Request", work: "TableWork") -> AsyncIterator[bytes]:
    """Yield the progress of a table as events, and at the end its record."""
    while work.outcome is None:
        yield _event("progress", _shown(request, work.record))
        await work.changed()
    yield _event("done" if work.outcome.error is None else "error", _shown(request, work.record))


def _event(name: str, fields: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(fields)}\n\n".encode()


async def _ended(work: "TableWork") -> None:
    while work.outcome is None:
        await work.changed()


def _refuse_failed(work: "TableWork") -> None:
    outcome = work.outcome
    if outcome is not None and outcome.error is not None:
        kind = {415: "unsupported_type", 500: "backend"}.get(outcome.status, "validation")
        raise RequestFault(outcome.status, kind, outcome.error)


def _headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}


ROUTES = [
    Route("/v1/models/{name}/table", answer_table, methods=["POST"]),
    Route("/v1/tables/{id}", show_table),
    Route("/v1/tables/{id}", delete_table, methods=["DELETE"]),
    Route("/v1/tables/{id}/output", get_output),
    Route("/v1/tables/{id}/rejects", get_rejects),
]
