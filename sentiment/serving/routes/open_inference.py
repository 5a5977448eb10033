"""`/v2`: the Open Inference Protocol, with binary tensors after the JSON where a client wants them."""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.responses import Response
from starlette.routing import Route

from sentiment.distribution import installed_version
from sentiment.serving.bodies import (
    Fields,
    checked_texts,
    number_within,
    parse_fields,
    read_whole,
    too_many_texts,
    unsupported_type,
)
from sentiment.serving.faults import invalid, unavailable
from sentiment.serving.gateway import note
from sentiment.serving.leaving import unless_left
from sentiment.serving.responses import JsonResponse
from sentiment.serving.service import service_for

if TYPE_CHECKING:
    from starlette.requests import Request

    from sentiment.inference import Prediction
    from sentiment.serving.models import ServedModel

INPUT = "text"
LABEL, PROBABILITY, PROBABILITIES = "label", "probability", "probabilities"
OUTPUTS = {LABEL: "BYTES", PROBABILITY: "FP32", PROBABILITIES: "FP32"}
"""The tensors of an answer, and their types."""
JSON_LENGTH_HEADER = "Inference-Header-Content-Length"
_BINARY_SIZE = "binary_data_size"
_LENGTH = struct.Struct("<I")
_TYPES = ("application/json", "application/octet-stream", "application/vnd.sagemaker-triton.binary+json", "")


async def server(_request: "Request") -> JsonResponse:
    """`GET /v2`: the name of the server and its extensions."""
    return JsonResponse({"name": "sentiment", "version": installed_version(), "extensions": ["binary_tensor_data"]})


async def live(_request: "Request") -> JsonResponse:
    """`GET /v2/health/live`: 200 as long as the service answers."""
    return JsonResponse({"live": True})


async def ready(request: "Request") -> JsonResponse:
    """`GET /v2/health/ready`: 200 if work is accepted."""
    if not service_for(request).is_ready:
        raise unavailable("the service is not ready")
    return JsonResponse({"ready": True})


async def model_ready(request: "Request") -> JsonResponse:
    """`GET /v2/models/NAME/ready`: 200 if the model answers."""
    model = service_for(request).models.get(request.path_params["name"])
    return JsonResponse({"name": model.name, "ready": True})


async def metadata(request: "Request") -> JsonResponse:
    """`GET /v2/models/NAME`: the tensors of a model."""
    model = service_for(request).models.get(request.path_params["name"])
    shapes = {name: [-1, len(model.classifier.labels)] if name == PROBABILITIES else [-1] for name in OUTPUTS}
    return JsonResponse(
        {
            "name": model.name,
            "platform": "onnxruntime",
            "inputs": [{"name": INPUT, "datatype": "BYTES", "shape": [-1]}],
            "outputs": [{"name": name, "datatype": OUTPUTS[name], "shape": shape} for name, shape in shapes.items()],
            "parameters": {"labels": list(model.classifier.labels), "fingerprint": model.classifier.fingerprint},
        }
    )


async def infer(request: "Request") -> Response:
    """`POST /v2/models/NAME/infer`: the prediction of each text, as tensors."""
    service = service_for(request)
    model = service.models.get(request.path_params["name"])
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() not in _TYPES:
        raise unsupported_type("application/json, or application/octet-stream with binary tensors")
    content = await read_whole(request, service.settings.max_body_bytes)
    header, binary = _split(content, request.headers.get(JSON_LENGTH_HEADER))
    fields = parse_fields(header)
    texts = _texts(fields, binary, service.settings.max_texts)
    wanted = _wanted(fields)
    request_id = fields.take("id")
    if not isinstance(request_id, str | None):
        raise invalid("id must be a string", "id")
    fields.end()
    note(request.scope, model=model.name, texts=texts)
    predictions = await unless_left(request, service.predict(model, texts))
    answer = {"model_name": model.name} | ({} if request_id is None else {"id": request_id})
    return _response(answer, wanted, _tensors(model, predictions), len(model.classifier.labels))


def _split(content: bytes, json_length: str | None) -> tuple[bytes, bytes]:
    """Split a body into its JSON and the binary tensors after it."""
    if json_length is None:
        return content, b""
    length = number_within(json_length, len(content))
    if length is None:
        raise invalid(f"{JSON_LENGTH_HEADER} must be the bytes of the JSON in the body", JSON_LENGTH_HEADER, status=400)
    return content[:length], content[length:]


def _texts(fields: Fields, binary: bytes, max_texts: int) -> list[str]:
    """Return the texts of the only input."""
    inputs = fields.take("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise invalid(f"inputs must be a list of one tensor, {INPUT!r}", "inputs")
    tensor = Fields(inputs[0], "inputs[0].")
    if tensor.take("name") != INPUT:
        raise invalid(f"the name of the input must be {INPUT!r}", "inputs[0].name")
    if tensor.take("datatype") != "BYTES":
        raise invalid("the datatype of the input must be BYTES", "inputs[0].datatype")
    shape, data = tensor.take("shape"), tensor.take("data")
    size = _parameters(tensor).get(_BINARY_SIZE)
    tensor.end()
    if size is not None:
        if data is not None or isinstance(size, bool) or size != len(binary):
            raise invalid(f"{_BINARY_SIZE} must be the bytes after the JSON", f"inputs[0].parameters.{_BINARY_SIZE}")
        data = _decoded(binary, max_texts)
    texts = checked_texts(data, "inputs[0].data", max_texts)
    if shape not in ([len(texts)], [len(texts), 1]) or any(isinstance(number, bool) for number in shape):
        raise invalid(f"shape must be [{len(texts)}], as data holds so many texts", "inputs[0].shape")
    return texts


def _decoded(binary: bytes, max_texts: int) -> list[str]:
    """Return texts from bytes, each after its length."""
    texts: list[str] = []
    begin = 0
    while begin < len(binary):
        if len(texts) == max_texts:
            raise too_many_texts("inputs[0]", len(texts) + 1, max_texts)
        end = begin + _LENGTH.size
        if end > len(binary) or (end := end + _LENGTH.unpack_from(binary, begin)[0]) > len(binary):
            raise invalid(f"text {len(texts) + 1} of the binary tensor is cut off", "inputs[0]", status=400)
        try:
            texts.append(binary[begin + _LENGTH.size : end].decode())
        except UnicodeDecodeError:
            raise invalid(f"text {len(texts) + 1} of the binary tensor is not UTF-8", "inputs[0]", status=400) from None
        begin = end
    return texts


def _wanted(fields: Fields) -> dict[str, bool]:
    """Return the names of the outputs, and whether each is wanted as binary."""
    outputs = fields.take("outputs")
    by_default = _parameters(fields).get("binary_data_output") is True
    if outputs is None:
        return dict.fromkeys(OUTPUTS, by_default)
    if not isinstance(outputs, list) or not outputs or not all(isinstance(output, dict) for output in outputs):
        raise invalid("outputs must be a list of objects", "outputs")
    wanted = {}
    for position, output in enumerate(outputs):
        tensor = Fields(output, f"outputs[{position}].")
        name = tensor.take("name")
        if not isinstance(name, str) or name not in OUTPUTS:
            raise invalid(f"the name must be one of {', '.join(OUTPUTS)}", f"outputs[{position}].name")
        wanted[name] = _parameters(tensor).get("binary_data", by_default) is True
        tensor.end()
    return wanted


def _parameters(fields: Fields) -> Mapping[str, Any]:
    """Return the parameters of a request or a tensor; the unknown ones have no effect."""
    parameters = fields.take("parameters")
    if not isinstance(parameters, dict | None):
        raise invalid("parameters must be an object", "parameters")
    return parameters or {}


def _tensors(model: "ServedModel", predictions: "Sequence[Prediction]") -> dict[str, list[Any]]:
    """Return the values of each output; a text without an answer has an empty label and probabilities of 0."""
    labels = model.classifier.labels
    return {
        LABEL: [prediction.label or "" for prediction in predictions],
        PROBABILITY: [prediction.probability or 0.0 for prediction in predictions],
        PROBABILITIES: [
            (prediction.probabilities or {}).get(label, 0.0) for prediction in predictions for label in labels
        ],
    }


def _response(
    answer: dict[str, Any], wanted: Mapping[str, bool], tensors: Mapping[str, list[Any]], num_labels: int
) -> Response:
    outputs: list[dict[str, Any]] = []
    binary = []
    for name, is_binary in wanted.items():
        number = len(tensors[LABEL])
        shape = [number, num_labels] if name == PROBABILITIES else [number]
        output: dict[str, Any] = {"name": name, "datatype": OUTPUTS[name], "shape": shape}
        if is_binary:
            binary.append(_encoded(tensors[name]))
            output["parameters"] = {_BINARY_SIZE: len(binary[-1])}
        else:
            output["data"] = tensors[name]
        outputs.append(output)
    if not any(wanted.values()):
        return JsonResponse({**answer, "outputs": outputs})
    header = json.dumps({**answer, "outputs": outputs}).encode()
    headers = {JSON_LENGTH_HEADER: str(len(header))}
    return Response(b"".join([header, *binary]), headers=headers, media_type="application/octet-stream")


def _encoded(values: Sequence[str | float]) -> bytes:
    """Return labels, each after its length, or numbers as float32."""
    if all(isinstance(value, float) for value in values):
        return np.array(values, dtype="<f4").tobytes()
    return b"".join(_LENGTH.pack(len(label)) + label for label in (str(value).encode() for value in values))


ROUTES = [
    Route("/v2", server),
    Route("/v2/health/live", live),
    Route("/v2/health/ready", ready),
    Route("/v2/models/{name}", metadata),
    Route("/v2/models/{name}/ready", model_ready),
    Route("/v2/models/{name}/infer", infer, methods=["POST"]),
]
