"""`sentiment generate`."""

from typing import TYPE_CHECKING, Any, TypedDict

import typer

from sentiment.cli.console import json_line, notify
from sentiment.cli.generate_options import (
    BeamOption,
    CandidatesOption,
    ClassifierOption,
    EncoderOption,
    FillOption,
    GapTokensOption,
    JsonOption,
    LabelOption,
    MaxTokensOption,
    NumberOption,
    PromptOption,
    SeedOption,
    TemperatureOption,
    TopKOption,
    TopPOption,
    check_options,
)
from sentiment.cli.given import given_parameters
from sentiment.wording import on_one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentiment.generation import GeneratedText, LabelJudge, SamplingSettings, TextGenerator


def generate_command(
    context: typer.Context,
    prompt: PromptOption = None,
    fill: FillOption = None,
    label: LabelOption = None,
    model: EncoderOption = None,
    classifier: ClassifierOption = None,
    n: NumberOption = 3,
    seed: SeedOption = 0,
    temperature: TemperatureOption = 0.8,
    top_k: TopKOption = None,
    top_p: TopPOption = 0.95,
    beam: BeamOption = None,
    candidates: CandidatesOption = 16,
    max_tokens: MaxTokensOption = 40,
    gap_tokens: GapTokensOption = 3,
    as_json: JsonOption = False,
) -> None:
    """Generate texts like those an encoder was pretrained on, sampled word by word, one per line.

    They show what the language model has learned; they need not be true or good. --label does not change the
    words: M times as many texts are sampled, and each is kept with a chance in proportion to the probability of the
    label, which is printed before it. If a rare label comes out weak, raise --candidates.

    Example: sentiment generate --prompt "이 영화는" --n 5

    Example: sentiment generate --fill "인생은 B와 _ 사이의 C다"
    """
    check_options(given_parameters(context), fill=fill, beam=beam, n=n)
    generator = _load(model)
    if fill is not None:
        texts = generator.fill(fill, number=n, max_gap_tokens=gap_tokens)
    elif beam is not None:
        texts = generator.search(prompt or "", number=n, width=beam, max_tokens=max_tokens)
    else:
        from sentiment.generation import SamplingSettings

        how: _Sampling = {
            "number": n,
            "seed": seed,
            "settings": SamplingSettings(temperature, top_k, top_p),
            "max_tokens": max_tokens,
        }
        if label is None:
            texts = generator.sample(prompt or "", **how)
        else:
            judge = _judge(generator, classifier, label)
            texts = generator.sample_labelled(judge, prompt or "", candidates=n * candidates, **how)
    _print(texts, n, label, as_json=as_json)


class _Sampling(TypedDict):
    """Settings for sampling texts, with or without a label."""

    number: int
    seed: int
    settings: "SamplingSettings"
    max_tokens: int


def _load(model: str | None) -> "TextGenerator":
    """Load the requested encoder, and notify which it is."""
    from sentiment.cli.loading import ending_at_interrupt
    from sentiment.processor import tokenize_on_the_calling_thread

    tokenize_on_the_calling_thread()
    with ending_at_interrupt():
        from sentiment.generation import TextGenerator
        from sentiment.model_dir import called, find_encoder

        path, reason = find_encoder(model)
        generator = TextGenerator.load(path)
    notify(f"encoder: {called(path)} ({reason})")
    return generator


def _judge(generator: "TextGenerator", classifier: str | None, label: str) -> "LabelJudge":
    if classifier is None:
        return generator.rating_judge(label)
    from sentiment.generation import judge_by_classifier
    from sentiment.model_dir import called, find_model

    path, reason = find_model(classifier)
    notify(f"classifier: {called(path)} ({reason})")
    return judge_by_classifier(str(path), label)


def _print(texts: "Sequence[GeneratedText]", wanted: int, label: str | None, *, as_json: bool) -> None:
    for text in texts:
        if as_json:
            print(json_line(_fields(text, label)))
        elif text.label_probability is None:
            print(on_one_line(text.text))
        else:
            print(f"{text.label_probability:.4f}\t{on_one_line(text.text)}")
    if len(texts) < wanted:
        notify(f"{len(texts)} of {wanted}: no more distinct texts were found")


def _fields(text: "GeneratedText", label: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "text": text.text,
        "log_probability": float(f"{text.log_probability:.7g}"),
        "tokens": text.tokens,
        "ended": text.ended,
    }
    if text.fillings is not None:
        fields["fillings"] = text.fillings
    if text.label_probability is not None:
        fields |= {"label": label, "label_probability": float(f"{text.label_probability:.7g}")}
    return fields
