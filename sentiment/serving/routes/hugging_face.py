"""The interfaces of Text Embeddings Inference, and of Hugging Face's inference API at `/`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from sentiment.distribution import installed_version
from sentiment.serving.batcher import MAX_BATCH_TEXTS
from sentiment.serving.bodies import Fields, checked_texts, read_json, too_many_texts
from sentiment.serving.faults import invalid
from sentiment.serving.gateway import note
from sentiment.serving.leaving import unless_left
from sentiment.serving.responses import JsonResponse
from sentiment.serving.service import service_for

if TYPE_CHECKING:
    from starlette.requests import Request

    from sentiment.inference import Prediction

INPUTS = "inputs"


@dataclass(frozen=True)
class _Inputs:
    """The texts of a request.

    Attributes:
        texts: To predict.
        is_single: Whether the answer is that of the only text, and not a list with one for each.
    """

    texts: list[str]
    is_single: bool


async def predict(request: "Request") -> JsonResponse:
    """`POST /predict`: as Text Embeddings Inference, where a list of two strings is one pair."""
    fields = await _read(request)
    inputs = _sequences(fields.take(INPUTS), service_for(request).settings.max_texts)
    _ignore(fields)
    fields.end()
    answers = await _answers(request, inputs.texts, top_k=None)
    return JsonResponse(answers[0] if inputs.is_single else answers)


async def predict_at_root(request: "Request") -> JsonResponse:
    """`POST /`: as Hugging Face's inference API, where a list of strings is a batch, and an answer always a list."""
    fields = await _read(request)
    inputs = fields.take(INPUTS)
    texts = checked_texts(
        [inputs] if isinstance(inputs, str) else inputs, INPUTS, service_for(request).settings.max_texts
    )
    top_k = _top_k(fields.take("parameters"))
    _ignore(fields)
    fields.take("options")
    fields.end()
    return JsonResponse(await _answers(request, texts, top_k))


async def info(request: "Request") -> JsonResponse:
    """`GET /info`: the default model and the limits, under the names of Text Embeddings Inference."""
    service = service_for(request)
    model = service.models.get()
    labels = model.classifier.labels
    return JsonResponse(
        {
            "model_id": model.name,
            "model_sha": model.classifier.fingerprint,
            "model_dtype": "float32",
            "model_type": {
                "classifier": {
                    "id2label": {str(number): label for number, label in enumerate(labels)},
                    "label2id": {label: number for number, label in enumerate(labels)},
                }
            },
            "max_concurrent_requests": service.settings.max_queue,
            "max_input_length": model.classifier.max_tokens,
            "max_batch_tokens": MAX_BATCH_TEXTS * model.classifier.max_tokens,
            "max_batch_requests": MAX_BATCH_TEXTS,
            "max_client_batch_size": service.settings.max_texts,
            "auto_truncate": False,
            "tokenization_workers": service.settings.threads,
            "version": installed_version(),
        }
    )


async def _read(request: "Request") -> Fields:
    service = service_for(request)
    return await read_json(request, service.settings.max_body_bytes)


async def _answers(request: "Request", texts: Sequence[str], top_k: int | None) -> list[list[dict[str, Any]]]:
    """Return the classes of each text, the most probable first; none of an empty one."""
    service = service_for(request)
    model = service.models.get()
    note(request.scope, model=model.name, texts=texts)
    predictions = await unless_left(request, service.predict(model, texts))
    return [_ranked(prediction)[:top_k] for prediction in predictions]


def _ranked(prediction: "Prediction") -> list[dict[str, Any]]:
    probabilities = prediction.probabilities or {}
    ranked = sorted(probabilities.items(), key=lambda item: item[1], reverse=True)
    return [{"score": probability, "label": label} for label, probability in ranked]


def _sequences(inputs: Any, max_texts: int) -> _Inputs:
    """Return the texts of `inputs`: a text, a pair of texts, or a list of lists of one or two."""
    if isinstance(inputs, str):
        return _Inputs([inputs], is_single=True)
    if not isinstance(inputs, list) or not inputs:
        raise invalid(f"{INPUTS} must be a string, a pair of strings, or a list of lists of one or two strings", INPUTS)
    if isinstance(inputs[0], str):
        return _Inputs([_joined(inputs, INPUTS)], is_single=True)
    if len(inputs) > max_texts:
        raise too_many_texts(INPUTS, len(inputs), max_texts)
    return _Inputs([_joined(texts, f"{INPUTS}[{i}]") for i, texts in enumerate(inputs)], is_single=False)


def _joined(texts: Any, field: str) -> str:
    """Return a pair as one text: the models have no mark between two."""
    if not isinstance(texts, list) or not 1 <= len(texts) <= 2 or not all(isinstance(text, str) for text in texts):
        raise invalid(f"{field} must hold one or two strings; each text of a batch is a list of its own", field)
    return " ".join(texts)


def _ignore(fields: Fields) -> None:
    """Check fields without an effect: texts are never cut, and scores are always probabilities."""
    fields.boolean("truncate")
    direction = fields.take("truncation_direction")
    if direction not in (None, "Left", "Right", "left", "right"):
        raise invalid("truncation_direction must be Left or Right", "truncation_direction")
    if fields.boolean("raw_scores"):
        raise invalid("raw_scores is not supported: scores are probabilities", "raw_scores")


def _top_k(parameters: Any) -> int | None:
    if parameters is None:
        return None
    if not isinstance(parameters, dict):
        raise invalid("parameters must be an object", "parameters")
    fields = Fields(parameters, "parameters.")
    if fields.take("function_to_apply") not in (None, "softmax"):
        raise invalid("function_to_apply must be softmax: scores are probabilities", "parameters.function_to_apply")
    top_k = fields.take("top_k")
    fields.end()
    if top_k is None:
        return None
    if isinstance(top_k, float) and top_k.is_integer():
        top_k = int(top_k)  # 1.0 is an integer in JSON Schema
    if isinstance(top_k, bool) or not isinstance(top_k, int) or top_k < 1:
        raise invalid("top_k must be a whole number, 1 or more", "parameters.top_k")
    return top_k


ROUTES = [
    Route("/predict", predict, methods=["POST"]),
    Route("/", predict_at_root, methods=["POST"]),
    Route("/info", info),
]
