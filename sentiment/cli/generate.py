"""`sentiment generate`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sentiment.cli.console import json_line, notify, on_one_line
from sentiment.cli.models import complete_model, complete_model_or_encoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentiment.generation import GeneratedText, LabelJudge, TextGenerator


def generate_command(
    prompt: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Go on from here; a space at its end asks for a new word."),
    ] = None,
    fill: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Fill the gaps, each marked by _, from both of their sides.")
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            metavar="L",
            help="Choose among sampled texts those that probably have this label: a grade, negative or positive (the "
            "lowest or highest third of the grades) by the encoder's ratings, or a class of --classifier.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|NAME",
            help="An encoder directory, or the name of a finished run.",
            show_default="the last finished encoder",
            autocompletion=complete_model_or_encoder,
        ),
    ] = None,
    classifier: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|NAME",
            help="The model that judges --label.",
            show_default="the encoder's ratings",
            autocompletion=complete_model,
        ),
    ] = None,
    n: Annotated[int, typer.Option("--n", min=1, metavar="N", help="Texts.")] = 3,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of the draws: the same gives the same texts.")] = 0,
    temperature: Annotated[
        float | None,
        typer.Option(
            min=0.01, metavar="T", help="Below 1 prefers likely words, 1 draws as believed.", show_default="0.8"
        ),
    ] = None,
    top_k: Annotated[
        int | None, typer.Option(min=1, metavar="K", help="Draw among the K likeliest words.", show_default="all")
    ] = None,
    top_p: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=1.0, metavar="P", help="Draw among the likeliest words of this share.", show_default="0.95"
        ),
    ] = None,
    beam: Annotated[
        int | None,
        typer.Option(min=1, metavar="WIDTH", help="Search the likeliest texts instead of sampling; WIDTH >= --n."),
    ] = None,
    candidates: Annotated[
        int, typer.Option(min=1, metavar="M", help="Texts sampled for each one that --label keeps.")
    ] = 16,
    max_tokens: Annotated[int, typer.Option(min=1, metavar="N", help="Tokens written at most.")] = 40,
    gap_tokens: Annotated[int, typer.Option(min=1, max=8, metavar="K", help="Tokens of a gap, at most.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a text.")] = False,
) -> None:
    """Let an encoder write: texts like those it was pretrained on, sampled word by word, one a line.

    It shows what the language model knows; what it writes need be neither true nor good. --label doesn't steer the
    words: it samples M times as many texts and keeps each with a chance in proportion to its label's probability, which
    is printed before it. So a rare label may come out weak; raise --candidates then.

    Example: sentiment generate --prompt "이 영화는" --n 5

    Example: sentiment generate --fill "인생은 B와 _ 사이의 C다"
    """
    sampling: dict[str, object] = {"--temperature": temperature, "--top-k": top_k, "--top-p": top_p}
    if fill is not None:
        _refuse_with("--fill", {"--prompt": prompt, "--label": label, "--beam": beam, **sampling})
        if "_" not in fill:
            raise typer.BadParameter("has no gap; mark one with _", param_hint="--fill")
    if beam is not None:
        _refuse_with("--beam", {"--label": label, **sampling})
        if n > beam:
            raise typer.BadParameter(
                f"finds no more texts than its width; name {n}, or a lower --n", param_hint="--beam"
            )
    if classifier is not None and label is None:
        raise typer.BadParameter("judges a --label; name one", param_hint="--classifier")
    from sentiment.cli.loading import tokenize_on_the_calling_thread

    tokenize_on_the_calling_thread()
    generator = _load(model)
    if fill is not None:
        texts = generator.fill(fill, number=n, max_gap_tokens=gap_tokens)
    elif beam is not None:
        texts = generator.search(prompt or "", number=n, width=beam, max_tokens=max_tokens)
    else:
        from sentiment.generation import SamplingSettings

        chosen = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
        settings = SamplingSettings(**{name: value for name, value in chosen.items() if value is not None})  # type: ignore[arg-type]
        if label is None:
            texts = generator.sample(prompt or "", number=n, seed=seed, settings=settings, max_tokens=max_tokens)
        else:
            texts = generator.sample_labelled(
                _judge(generator, classifier, label),
                prompt or "",
                number=n,
                candidates=n * candidates,
                seed=seed,
                settings=settings,
                max_tokens=max_tokens,
            )
    _print(texts, n, label, as_json=as_json)


def _refuse_with(option: str, others: dict[str, object]) -> None:
    """Stop where options are given that say nothing beside another."""
    if given := [name for name, value in others.items() if value is not None]:
        raise typer.BadParameter(f"goes without {', '.join(given)}", param_hint=option)


def _load(model: str | None) -> "TextGenerator":
    """Load the encoder that is meant, and say which it is."""
    from sentiment.cli.loading import ending_at_interrupt

    with ending_at_interrupt():
        from sentiment.generation import TextGenerator
        from sentiment.model_dir import find_encoder

        path, reason = find_encoder(model)
        generator = TextGenerator.load(path)
    notify(f"encoder: {path} ({reason})")
    return generator


def _judge(generator: "TextGenerator", classifier: str | None, label: str) -> "LabelJudge":
    if classifier is None:
        return generator.rating_judge(label)
    from sentiment.generation import judge_by_classifier

    return judge_by_classifier(classifier, label)


def _print(texts: "Sequence[GeneratedText]", wanted: int, label: str | None, *, as_json: bool) -> None:
    for text in texts:
        if as_json:
            print(json_line(_fields(text, label)))
        elif text.label_probability is None:
            print(on_one_line(text.text))
        else:
            print(f"{text.label_probability:.4f}\t{on_one_line(text.text)}")
    if len(texts) < wanted:
        notify(f"{len(texts)} of {wanted}: no more different texts were found")


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
