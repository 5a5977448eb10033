"""The whole document, for the models and limits of a service."""

from typing import TYPE_CHECKING

from sentiment.distribution import installed_version
from sentiment.serving.openapi.parts import TEXT, Json, answer, error_responses, fields, json_content, operation, ref
from sentiment.serving.openapi.schemas import schemas
from sentiment.serving.openapi.tables import table_paths, table_schemas
from sentiment.serving.page import MEDIA_TYPES

if TYPE_CHECKING:
    from sentiment.serving.service import Service

_WORK = "400 408 413 415 422 429 503"
"""Statuses of work that is refused."""
_EXAMPLE_TEXTS = ["이 영화 정말 최고예요", "배우가 아깝다"]
_LICENCE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}


def document(service: "Service") -> Json:
    """Return the interface of a service."""
    models = [service.models.get(name) for name in service.models.names]
    labels = {label for model in models for label in model.classifier.labels}
    name: Json = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    if models:
        name["schema"]["enum"] = service.models.names
    content: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "sentiment",
            "version": installed_version(),
            "summary": "Classifies texts and tables.",
            "license": _LICENCE,
        },
        "servers": [{"url": "."}],
        "paths": {
            **_own(name),
            **_inside(name),
            **table_paths(name),
            **_hugging_face(),
            **_open_inference(name),
            **_operation(),
        },
        "components": {
            "schemas": schemas(service.settings.max_texts, labels) | table_schemas(),
            "responses": error_responses(),
        },
    }
    if service.settings.with_page:
        _add_page(content["paths"])
    if service.settings.api_keys:
        content["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        content["security"] = [{"key": []}]
    return content


def _own(name: Json) -> Json:
    return {
        "/v1/models": {
            "get": operation(
                "listModels",
                "List the models; the first is the default.",
                {"200": answer("The models.", json_content(ref("Models")))},
                "503",
            )
        },
        "/v1/models/{name}": {
            "parameters": [name],
            "get": operation(
                "showModel",
                "Describe a model.",
                {"200": answer("The model.", json_content(ref("Model")))},
                "404 503",
            ),
        },
        "/v1/models/{name}/predict": {
            "parameters": [name],
            "post": operation(
                "predict",
                "Classify texts.",
                {"200": answer("A prediction for each text, in order.", json_content(ref("Predictions")))},
                f"404 {_WORK}",
                body=json_content(ref("PredictRequest"), texts={"texts": _EXAMPLE_TEXTS}),
            ),
        },
    }


def _inside(name: Json) -> Json:
    """Return the operations that look into the prediction of one text."""
    body = json_content(ref("LookRequest"), text={"text": _EXAMPLE_TEXTS[0]})
    errors = f"404 501 {_WORK}"
    shown = {
        "explain": ("What each word did for the prediction.", "Explanation"),
        "trace": ("The prediction after every word.", "Trace"),
    }
    return {
        f"/v1/models/{{name}}/{what}": {
            "parameters": [name],
            "post": operation(what, summary, {"200": answer(summary, json_content(ref(schema)))}, errors, body=body),
        }
        for what, (summary, schema) in shown.items()
    }


def _hugging_face() -> Json:
    return {
        "/predict": {
            "post": operation(
                "teiPredict",
                "Classify texts as Text Embeddings Inference does: a list of two strings is one pair.",
                {"200": answer("The classes of each text, the most probable first.", json_content(ref("TeiAnswer")))},
                _WORK,
                body=json_content(
                    ref("TeiRequest"),
                    one={"inputs": _EXAMPLE_TEXTS[0]},
                    several={"inputs": [[text] for text in _EXAMPLE_TEXTS]},
                ),
            )
        },
        "/": {
            "post": operation(
                "huggingFacePredict",
                "Classify texts as Hugging Face's inference API does: a list of strings is a batch.",
                {"200": answer("The classes of each text, always a list.", json_content(ref("HuggingFaceAnswer")))},
                _WORK,
                body=json_content(
                    ref("HuggingFaceRequest"),
                    one={"inputs": _EXAMPLE_TEXTS[0], "parameters": {"top_k": 1}},
                    several={"inputs": _EXAMPLE_TEXTS},
                ),
            )
        },
        "/info": {
            "get": operation(
                "teiInfo",
                "Describe the default model and the limits.",
                {"200": answer("As Text Embeddings Inference.", json_content(ref("Info")))},
                "503",
            )
        },
    }


def _open_inference(name: Json) -> Json:
    tensor = {"name": "text", "datatype": "BYTES", "shape": [2], "data": _EXAMPLE_TEXTS}
    is_ready = fields({"name": TEXT, "ready": {"const": True}}, optional=["name"])
    return {
        "/v2": {
            "get": operation("serverMetadata", "Describe the server.", {"200": _any_object("Its name and extensions.")})
        },
        "/v2/health/live": {
            "get": operation("serverLive", "Whether it answers.", {"200": _any_object("It does.")}, is_open=True)
        },
        "/v2/health/ready": {
            "get": operation(
                "serverReady",
                "Whether it accepts work.",
                {"200": answer("It does.", json_content(is_ready))},
                "503",
                is_open=True,
            )
        },
        "/v2/models/{name}": {
            "parameters": [name],
            "get": operation(
                "modelMetadata",
                "Describe the tensors of a model.",
                {"200": answer("Its tensors.", json_content(ref("ModelMetadata")))},
                "404 503",
            ),
        },
        "/v2/models/{name}/ready": {
            "parameters": [name],
            "get": operation(
                "modelReady",
                "Whether a model answers.",
                {"200": answer("It does.", json_content(is_ready))},
                "404 503",
            ),
        },
        "/v2/models/{name}/infer": {
            "parameters": [name],
            "post": operation(
                "modelInfer",
                "Classify texts as the Open Inference Protocol does.",
                {"200": answer("The tensors asked for.", json_content(ref("InferAnswer")))},
                f"404 {_WORK}",
                body=json_content(ref("InferRequest"), texts={"inputs": [tensor], "outputs": [{"name": "label"}]}),
            ),
        },
    }


def _add_page(paths: Json) -> None:
    """Add the page and its parts."""
    part: Json = {"name": "name", "in": "path", "required": True, "schema": {"enum": [*MEDIA_TYPES]}}
    kinds = {media_type: {"schema": TEXT} for media_type in MEDIA_TYPES.values()}
    index = {"text/html": {"schema": TEXT}}
    paths["/"]["get"] = operation("page", "The page for people.", {"200": answer("The page.", index)}, is_open=True)
    paths["/page/{name}"] = {
        "parameters": [part],
        "get": operation("pagePart", "A part of the page.", {"200": answer("The part.", kinds)}, "404", is_open=True),
    }


def _operation() -> Json:
    text = {"schema": TEXT}
    return {
        "/health": {
            "get": operation(
                "health", "Whether it accepts work.", {"200": _any_object("It does.")}, "503", is_open=True
            )
        },
        "/metrics": {
            "get": operation(
                "metrics", "Counts for Prometheus.", {"200": answer("In its text format.", {"text/plain": text})}
            )
        },
        "/openapi.json": {
            "get": operation("openapi", "This document.", {"200": _any_object("This document.")}, is_open=True)
        },
    }


def _any_object(description: str) -> Json:
    return answer(description, json_content({"type": "object"}))
