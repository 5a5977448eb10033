"""The schemas of requests and answers."""

from sentiment.serving.openapi.parts import COUNT, NUMBER_0_TO_1, TEXT, Json, fields, or_null, ref

NO_ANSWER = or_null({"type": "string", "description": "Why there is no label."})


def schemas(max_texts: int, labels: set[str]) -> Json:
    """Return the schemas by name.

    Args:
        max_texts: Of one request.
        labels: Of all models.
    """
    label = {"type": "string", "enum": sorted(labels)}
    return _own(max_texts, label) | _inside() | _hugging_face(max_texts, label) | _open_inference(max_texts) | _shared()


def _shared() -> Json:
    return {
        "Error": fields({"error": TEXT, "error_type": TEXT, "field": or_null(TEXT), "request_id": TEXT}),
        "Texts": {"type": "string", "description": "Text of any length; it is read whole."},
    }


def _own(max_texts: int, label: Json) -> Json:
    probabilities = {"type": "object", "additionalProperties": NUMBER_0_TO_1}
    return {
        "Model": fields(
            {
                "model": TEXT,
                "fingerprint": {"type": "string", "description": "Equal fingerprints mean equal predictions."},
                "labels": {"type": "array", "items": TEXT},
                "max_tokens": {"type": "integer", "description": "Tokens read at once; longer texts, in windows."},
                "scripts": or_null({"type": "array", "items": TEXT, "description": "Scripts that are read."}),
            }
        ),
        "Models": fields({"models": {"type": "array", "items": ref("Model"), "minItems": 1}}),
        "PredictRequest": fields({"texts": {"type": "array", "items": TEXT, "minItems": 1, "maxItems": max_texts}}),
        "Prediction": fields(
            {
                "label": or_null(label),
                "probability": or_null(NUMBER_0_TO_1),
                "probabilities": or_null(probabilities),
                "num_tokens": COUNT,
                "num_windows": COUNT,
                "no_answer": NO_ANSWER,
            }
        ),
        "Predictions": fields(
            {"model": TEXT, "fingerprint": TEXT, "predictions": {"type": "array", "items": ref("Prediction")}}
        ),
    }


def _inside() -> Json:
    number = {"type": "number"}
    answer = {"model": TEXT, "fingerprint": TEXT, "text": TEXT, "label": or_null(TEXT), "probability": or_null(number)}
    answer["no_answer"] = NO_ANSWER
    place = {"text": TEXT, "start": COUNT, "end": COUNT}
    word = fields({**place, "share": number, "without": number, "ngrams": or_null(number)}, closed=False)
    step = fields({**place, "probabilities": {"type": "object", "additionalProperties": NUMBER_0_TO_1}}, closed=False)
    return {
        "LookRequest": fields({"text": {"type": "string", "maxLength": 2_000}}),
        "Explanation": fields({**answer, "start": number, "words": {"type": "array", "items": word}}, closed=False),
        "Trace": fields({**answer, "steps": {"type": "array", "items": step}}, closed=False),
    }


def _hugging_face(max_texts: int, label: Json) -> Json:
    pair = {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 2}
    inputs: Json = {
        "anyOf": [
            {"type": "string", "description": "One text."},
            {**pair, "description": "One text or a pair, which is read as one text."},
            {"type": "array", "items": pair, "minItems": 1, "maxItems": max_texts, "description": "Several."},
        ]
    }
    direction = {"enum": ["Left", "Right", "left", "right", None]}
    without_effect = {"truncate": or_null({"type": "boolean"}), "truncation_direction": direction}
    unsupported = {"raw_scores": {"enum": [False, None]}}
    optional = [*without_effect, *unsupported]
    ranked = {"type": "array", "items": fields({"score": NUMBER_0_TO_1, "label": label})}
    parameters = fields(
        {"function_to_apply": {"enum": ["softmax", None]}, "top_k": or_null({"type": "integer", "minimum": 1})},
        optional=["function_to_apply", "top_k"],
    )
    texts = {"type": "array", "items": TEXT, "minItems": 1, "maxItems": max_texts}
    return {
        "TeiRequest": fields({"inputs": inputs, **without_effect, **unsupported}, optional=optional),
        "TeiAnswer": {"anyOf": [ranked, {"type": "array", "items": ranked}]},
        "HuggingFaceRequest": fields(
            {"inputs": {"anyOf": [TEXT, texts]}, "parameters": or_null(parameters), "options": {}}
            | without_effect
            | unsupported,
            optional=["parameters", "options", *optional],
        ),
        "HuggingFaceAnswer": {"type": "array", "items": ranked},
        "Info": {"type": "object"},
    }


def _open_inference(max_texts: int) -> Json:
    count = {"type": "integer", "minimum": 1, "maximum": max_texts}
    shape = {
        "anyOf": [
            {"type": "array", "prefixItems": [count], "minItems": 1, "maxItems": 1},
            {"type": "array", "prefixItems": [count, {"const": 1}], "minItems": 2, "maxItems": 2},
        ]
    }
    parameters = {"type": "object"}
    tensor = fields(
        {
            "name": {"const": "text"},
            "datatype": {"const": "BYTES"},
            "shape": shape,
            "data": {"type": "array", "items": TEXT, "minItems": 1, "maxItems": max_texts},
            "parameters": or_null(parameters),
        },
        optional=["parameters"],
    )
    output = fields(
        {"name": {"enum": ["label", "probability", "probabilities"]}, "parameters": or_null(parameters)},
        optional=["parameters"],
    )
    return {
        "InferRequest": fields(
            {
                "id": or_null(TEXT),
                "inputs": {"type": "array", "items": tensor, "minItems": 1, "maxItems": 1},
                "outputs": or_null({"type": "array", "items": output, "minItems": 1}),
                "parameters": or_null(parameters),
            },
            optional=["id", "outputs", "parameters"],
        ),
        "InferAnswer": fields(
            {"model_name": TEXT, "id": TEXT, "outputs": {"type": "array", "items": {"type": "object"}}}, optional=["id"]
        ),
        "ModelMetadata": {"type": "object", "required": ["name", "platform", "inputs", "outputs"]},
    }
