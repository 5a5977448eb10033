"""The operations on tables."""

from typing import get_args

from sentiment.formats import FileFormat
from sentiment.serving.openapi.parts import (
    COUNT,
    NUMBER_0_TO_1,
    TEXT,
    Json,
    answer,
    fields,
    file_content,
    json_content,
    operation,
    or_null,
    ref,
)
from sentiment.serving.tables.receiving import ANY_FILE, FILE_FIELD, FORM, KEEP, MEDIA_TYPES, STOP

_ID: Json = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"}}
_LINKS = {
    operation_id: {"operationId": operation_id, "parameters": {"id": "$response.body#/id"}}
    for operation_id in ("showTable", "getOutput", "getRejects", "deleteTable")
}
_OPTIONS: dict[str, tuple[Json, str]] = {
    "filename": (TEXT, "Name of the file, which shows its format; in a form, the name of the upload."),
    "format": ({"enum": list(get_args(FileFormat))}, "Format of the file."),
    "text_column": (TEXT, "The column with the texts; auto-detected without it."),
    "sheet": (TEXT, "The sheet of a workbook."),
    "header_row": ({"type": "integer", "minimum": 1, "maximum": 999_999_999}, "The line that names the columns."),
    "encoding": (TEXT, "Encoding of a text file."),
    "column_prefix": (TEXT, "Prefix of the added columns."),
    "all_probabilities": ({"enum": ["false", "true"]}, "Whether every class gets a column."),
    "rejects": ({"enum": [STOP, KEEP]}, "Whether broken rows end the work, or are set aside."),
}


def table_schemas() -> Json:
    """Return the schemas by name."""
    count_by_name = {"type": "object", "additionalProperties": COUNT}
    number = or_null({"type": "number"})
    return {
        "TableSummary": _summary(),
        "Table": fields(
            {
                "id": TEXT,
                "state": {"enum": ["waiting", "running", "done", "failed"]},
                "name": TEXT,
                "model": TEXT,
                "fingerprint": TEXT,
                "notes": {"type": "array", "items": TEXT},
                "counts": count_by_name,
                "fraction": number,
                "rows_per_second": number,
                "seconds_left": number,
                "error": or_null(TEXT),
                "has_rejects": {"type": "boolean"},
                "summary": or_null(ref("TableSummary")),
                "output": or_null(TEXT),
                "rejects": or_null(TEXT),
            }
        ),
    }


def _summary() -> Json:
    """Return the schema of what `sentiment predict --summary --json` prints, with the least certain rows."""
    shares = _list(
        fields(
            {
                "label": TEXT,
                "counted": COUNT,
                "raw": or_null(NUMBER_0_TO_1),
                "corrected": or_null(NUMBER_0_TO_1),
                "interval": or_null(_list(NUMBER_0_TO_1)),
            }
        )
    )
    groups = _list(fields({"value": TEXT, "rows": COUNT, "shares": shares, "is_few": {"type": "boolean"}}))
    least = fields({"row": COUNT, "text": TEXT, "label": or_null(TEXT), "probability": NUMBER_0_TO_1})
    return fields(
        {
            "source": TEXT,
            "model": TEXT,
            "model_sha256": TEXT,
            "labels": _list(TEXT),
            **dict.fromkeys(("rows", "labelled", "unsure", "empty", "rejected"), COUNT),
            "shares": shares,
            "known_errors": or_null(TEXT),
            "not_corrected": or_null(TEXT),
            "month_column": or_null(TEXT),
            "mean_probability": or_null(NUMBER_0_TO_1),
            "certainty": _list(COUNT),
            "groups": {"type": "object", "additionalProperties": groups},
            "words": {"type": "object", "additionalProperties": _list(TEXT)},
            "least_certain": _list(least),
        }
    )


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def table_paths(name: Json) -> Json:
    """Return the operations by path."""
    options = [
        {"name": option, "in": "query", "schema": schema, "description": description}
        for option, (schema, description) in _OPTIONS.items()
    ]
    files = file_content([*MEDIA_TYPES, ANY_FILE])
    form = {"schema": fields({FILE_FIELD: {"type": "string", "contentMediaType": ANY_FILE}}, closed=False)}
    record = json_content(ref("Table"))
    show = operation("showTable", "How far a table is.", {"200": answer("So far.", record)}, "404")
    delete = operation(
        "deleteTable", "Stop the work on a table, and delete it.", {"204": {"description": "Done."}}, "404"
    )
    return {
        "/v1/models/{name}/table": {
            "parameters": [name],
            "post": operation(
                "predictTable",
                "Classify a table: the same table with predictions. `Prefer: respond-async` or "
                "`Accept: text/event-stream` tell of the progress.",
                {
                    "200": answer("The table, or its progress.", files | {"text/event-stream": {}}),
                    "202": answer("Where to ask for it: `Location`.", record) | {"links": _LINKS},
                },
                "400 404 408 413 415 422 429 503",
                body=files | {FORM: form},
                parameters=options,
            ),
        },
        "/v1/tables/{id}": {"parameters": [_ID], "get": show, "delete": delete},
        "/v1/tables/{id}/output": {
            "parameters": [_ID],
            "get": operation(
                "getOutput", "The table with predictions.", {"200": answer("The table.", files)}, "404 409 422"
            ),
        },
        "/v1/tables/{id}/rejects": {
            "parameters": [_ID],
            "get": operation(
                "getRejects",
                "The rows that were set aside, as JSON Lines.",
                {"200": answer("The rows.", {"application/jsonl": {}})},
                "404 409 422",
            ),
        },
    }
