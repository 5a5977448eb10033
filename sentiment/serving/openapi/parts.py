"""What operations are made of: schemas, bodies and responses."""

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]
NUMBER_0_TO_1: Json = {"type": "number", "minimum": 0, "maximum": 1}
TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 0}


def fields(properties: Mapping[str, Json], *, optional: Sequence[str] = (), closed: bool = True) -> Json:
    """Return the schema of an object whose fields are all there, but for the optional ones."""
    schema: Json = {"type": "object", "properties": dict(properties)}
    if required := [name for name in properties if name not in optional]:
        schema["required"] = required
    return schema | ({"additionalProperties": False} if closed else {})


def or_null(schema: Json) -> Json:
    """Return a schema that also allows null."""
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> Json:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def json_content(schema: Json, **examples: Any) -> Json:
    """Return a body of JSON, with examples by name."""
    shown = {"examples": {name: {"value": value} for name, value in examples.items()}} if examples else {}
    return {"application/json": {"schema": schema, **shown}}


def file_content(media_types: Sequence[str]) -> Json:
    """Return a body of one of several kinds of files."""
    return {media_type: {} for media_type in media_types}


_ERRORS = {
    "400": "The request cannot be read: its body is not JSON, or not UTF-8.",
    "401": "A key is needed.",
    "404": "There is nothing at this address.",
    "408": "The body arrives too slowly.",
    "409": "It cannot be done yet.",
    "413": "The body is too large.",
    "415": "The body is of another type.",
    "422": "A field is wrong; `field` names it.",
    "429": "There is no room; try again after `Retry-After` seconds.",
    "500": "The service failed.",
    "501": "The model cannot show this.",
    "503": "The service starts or ends; try again after `Retry-After` seconds.",
}


def operation(
    operation_id: str,
    summary: str,
    responses: Mapping[str, Json],
    errors: str = "",
    *,
    body: Json | None = None,
    parameters: Sequence[Json] = (),
    is_open: bool = False,
) -> Json:
    """Return an operation.

    Args:
        operation_id: Its name.
        summary: What it does, in a line.
        responses: That succeed, by status.
        errors: Statuses of those that fail, separated by spaces.
        body: The contents of the request, by media type.
        parameters: In the address.
        is_open: Whether it needs no key.
    """
    found: Json = {"operationId": operation_id, "summary": summary}
    if parameters:
        found["parameters"] = list(parameters)
    if body is not None:
        found["requestBody"] = {"required": True, "content": body}
    statuses = [*errors.split(), *([] if is_open else ["401"]), "500"]
    failures = {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}
    found["responses"] = {**responses, **failures}
    if is_open:
        found["security"] = []
    return found


def answer(description: str, content: Json) -> Json:
    """Return a response that succeeds."""
    return {"description": description, "content": content}


def error_responses() -> Json:
    """Return the responses that fail, which all have one shape."""
    return {status: answer(description, json_content(ref("Error"))) for status, description in _ERRORS.items()}
