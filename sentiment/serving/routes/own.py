"""`/v1`: everything that the library knows of a text."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from sentiment.errors import ModelDirectoryError
from sentiment.serving.bodies import checked_texts, read_json
from sentiment.serving.faults import RequestFault, invalid
from sentiment.serving.gateway import note
from sentiment.serving.leaving import unless_left
from sentiment.serving.responses import JsonResponse
from sentiment.serving.service import service_for

if TYPE_CHECKING:
    from starlette.requests import Request

    from sentiment.inference import Classifier, Prediction
    from sentiment.inference.by_script import ClassifierByScript
    from sentiment.inference.inside import Explanation, Trace
    from sentiment.serving.models import ServedModel

MAX_CHARACTERS = 2_000
"""Of a text to look into, which takes some hundred predictions."""
TEXTS_PER_LOOK = 64
"""Room in the queue that it takes."""


async def list_models(request: "Request") -> JsonResponse:
    """`GET /v1/models`: the models, the default first."""
    models = service_for(request).models
    return JsonResponse({"models": [_described(models.get(name)) for name in models.names]})


async def show_model(request: "Request") -> JsonResponse:
    """`GET /v1/models/NAME`: what is known of a model."""
    return JsonResponse(_described(service_for(request).models.get(request.path_params["name"])))


async def predict(request: "Request") -> JsonResponse:
    """`POST /v1/models/NAME/predict`: the prediction of each text."""
    service = service_for(request)
    model = service.models.get(request.path_params["name"])
    fields = await read_json(request, service.settings.max_body_bytes)
    texts = checked_texts(fields.take("texts"), "texts", service.settings.max_texts)
    fields.end()
    note(request.scope, model=model.name, texts=texts)
    predictions = await unless_left(request, service.predict(model, texts))
    answers = [_fields(model, text, answer) for text, answer in zip(texts, predictions, strict=True)]
    return JsonResponse({**_identity(model), "predictions": answers})


async def explain(request: "Request") -> JsonResponse:
    """`POST /v1/models/NAME/explain`: what each word did for the prediction."""
    return await _look_inside(request, lambda classifier, text: classifier.explain(text))


async def trace(request: "Request") -> JsonResponse:
    """`POST /v1/models/NAME/trace`: the prediction after every word."""
    return await _look_inside(request, lambda classifier, text: classifier.trace(text))


async def _look_inside(
    request: "Request", look: "Callable[[Classifier | ClassifierByScript, str], Explanation | Trace]"
) -> JsonResponse:
    """Answer with what a model shows of one text, in the queue of the texts."""
    service = service_for(request)
    model = service.models.get(request.path_params["name"])
    fields = await read_json(request, service.settings.max_body_bytes)
    text = fields.take("text")
    fields.end()
    if not isinstance(text, str):
        raise invalid("text must be a string", "text")
    if len(text) > MAX_CHARACTERS:
        raise invalid(f"text has {len(text):,} characters, more than {MAX_CHARACTERS:,}", "text")
    note(request.scope, model=model.name, texts=[text])
    work = service.batcher.call(model, lambda: look(model.classifier, model.read(text)), [text] * TEXTS_PER_LOOK)
    try:
        found = (await unless_left(request, work)).to_dict()
    except ModelDirectoryError as error:
        message = f"{model.name} cannot show this: its network is not built as expected"
        raise RequestFault(501, "not_supported", message) from error
    no_answer = model.fault_of(text) if found["label"] is None else None
    return JsonResponse(_identity(model) | found | {"text": text, "no_answer": no_answer})


def _identity(model: "ServedModel") -> dict[str, Any]:
    return {"model": model.name, "fingerprint": model.classifier.fingerprint}


def _described(model: "ServedModel") -> dict[str, Any]:
    classifier = model.classifier
    return {
        **_identity(model),
        "labels": list(classifier.labels),
        "max_tokens": classifier.max_tokens,
        "scripts": None if model.scripts is None else sorted(model.scripts),
    }


def _fields(model: "ServedModel", text: str, prediction: "Prediction") -> dict[str, Any]:
    return {
        "label": prediction.label,
        "probability": prediction.probability,
        "probabilities": prediction.probabilities,
        "num_tokens": prediction.num_tokens,
        "num_windows": prediction.num_windows,
        "no_answer": model.fault_of(text) if prediction.label is None else None,
    }


ROUTES = [
    Route("/v1/models/{name}/predict", predict, methods=["POST"]),
    Route("/v1/models", list_models),
    Route("/v1/models/{name}", show_model),
    Route("/v1/models/{name}/explain", explain, methods=["POST"]),
    Route("/v1/models/{name}/trace", trace, methods=["POST"]),
]
