"""Hidden state and output of a plain RNN, computed by hand and compared with what the commands say."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sentiment import Classifier
from sentiment.model_dir import ModelDirectory, load_weights
from textbook_stages.material import POSITIVE, classifier_of, opened
from textbook_stages.stage import Case, Result, Stage, markdown

TEXT = "처음엔 지루했는데 뒤로 갈수록 재밌어요"
UNITS = 3


def _cases(seeds: Sequence[int]) -> Iterator[Case]:
    yield from ({"text": TEXT, "seed": seed} for seed in seeds)


def _measure(case: Case, out: Path) -> Result:
    model = classifier_of(out, "rnn_tanh", case["seed"])
    _, tokenizer = opened(model)
    classifier = Classifier.load(model, threads=1)
    temperature = ModelDirectory.open(model).manifest.temperature
    weights = {name: value.astype(np.float64) for name, value in load_weights(ModelDirectory.open(model), "").items()}
    encoded = tokenizer.encode(case["text"], add_special_tokens=False)
    states, outputs = by_hand(weights, encoded.ids, temperature)
    gates, prediction = classifier.gates(case["text"]), classifier.predict([case["text"]])[0]
    assert prediction.probabilities is not None
    seen = gates.cells[0]
    return {
        "tokens": encoded.tokens,
        "units": (units := seen.moving_units("hidden", UNITS)),
        "h": states[:, units].round(2).tolist(),
        "norm": np.linalg.norm(states, axis=1).round(2).tolist(),
        "positive": outputs[:, POSITIVE].round(3).tolist(),
        "hidden size": states.shape[1],
        "difference of h": float(f"{np.abs(states - seen.values['hidden']).max():.1g}"),
        "difference of the answer": float(f"{abs(outputs[-1, POSITIVE] - prediction.probabilities['positive']):.1g}"),
    }


def by_hand(weights: dict[str, np.ndarray], ids: Sequence[int], temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """Return h_t, (tokens, hidden_size), and y_t, (tokens, classes), by the equations of the page."""
    w_xh, w_hh, b_x, b_h = (
        weights[f"encoder.layers.0.{name}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    h, states, outputs = np.zeros(len(w_hh)), [], []
    for number in ids:
        h = np.tanh(w_xh @ weights["embedding.weight"][number] + b_x + w_hh @ h + b_h)
        powers = np.exp((weights["output.weight"] @ h + weights["output.bias"]) / temperature)
        states.append(h)
        outputs.append(powers / powers.sum())
    return np.array(states), np.array(outputs)


def _table(results: list[Result]) -> str:
    (first, *_) = results
    heads = ["token", *(f"h, unit {unit}" for unit in first["units"]), "norm of h", "y: P(positive)"]
    columns = zip(first["tokens"], first["h"], first["norm"], first["positive"], strict=True)
    rows = [[token, *h, norm, positive] for token, h, norm, positive in columns]
    differences = ", ".join(f"{name} {first[name]:g}" for name in ("difference of h", "difference of the answer"))
    return markdown(heads, rows) + f"\n\n{first['hidden size']} units; {differences}"


STAGE = Stage(seeds=(0,), cases=_cases, measure=_measure, table=_table)
