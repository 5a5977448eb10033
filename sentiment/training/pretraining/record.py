"""The record of a pretraining in an encoder directory: metrics.json and the card."""

from pathlib import Path
from typing import Any

from sentiment.config import Config
from sentiment.data import PretrainingTexts
from sentiment.training.loop.reports import OWN_FIGURES, shown_figures
from sentiment.training.pretraining.preparation import PretrainingPreparation
from sentiment.training.runner.environment import shown_place
from sentiment.training.runner.job import Run


def pretraining_metrics(
    run: Run, config: Config, texts: PretrainingTexts, preparation: PretrainingPreparation, samples: list[str]
) -> dict[str, Any]:
    """Gather the figures of a finished pretraining, as JSON values.

    Args:
        run: its network has the weights that were kept.
        config: the experiment as it was run.
        texts: what was read.
        preparation: its tokens.
        samples: texts that it wrote.
    """
    return {
        "sources": {
            name: {
                "sha256": texts.sha256[name],
                "texts": texts.num_read[name],
                "left_out_as_test_texts": texts.num_reserved[name],
            }
            for name in texts.sha256
        },
        "training_texts": len(preparation.grades),
        "held_out_texts": len(preparation.held_out.grades),
        "ratings": list(texts.grade_values),
        "labels": list(texts.class_names),
        "vocab_size": preparation.tokenizer.get_vocab_size(),
        "samples": samples,
        **run.figures(config, len(preparation.grades)),
    }


def encoder_card(out: Path, config: Config, metrics: dict[str, Any]) -> str:
    """Tell people what an encoder is, in Markdown."""
    model = config.model
    direction = "both directions" if model.bidirectional else "one direction"
    learned = ", ".join(f"{name} {weight:g}" for name, weight in config.pretraining.objectives.items())
    figures = {name: value for name, value in metrics["epochs"][-1].items() if name not in OWN_FIGURES}
    read = [
        f"{source['texts']:,} of {name}, of which {source['left_out_as_test_texts']:,} equal a test text and were left "
        "out"
        for name, source in metrics["sources"].items()
    ]
    lines = [
        f"# {out.name}",
        "",
        f"{config.description}".rstrip() or "A pretrained recurrent encoder.",
        "",
        "It has no classes yet: `sentiment train --from` makes a classifier of it.",
        "",
        f"- Network: {model.cell}, {model.num_layers} layer(s) of {model.hidden_size} in {direction}; "
        f"{metrics['parameters']:,} parameters, heads included",
        f"- Tokens: {config.tokenizer.kind}, {metrics['vocab_size']:,} of them",
        f"- Objectives and their weights: {learned}",
        f"- Texts: {'; '.join(read)}",
        f"- {len(metrics['epochs'])} epoch(s) of {metrics['training_texts']:,} texts, seed {metrics['seed']}, "
        f"{shown_place(metrics)}, {metrics['training_seconds']:,.0f} s",
        f"- On {metrics['held_out_texts']:,} held-out texts (perplexity a token, full softmax): "
        f"{shown_figures(figures)}",
        "",
        f"    {' '.join(metrics['command'])}",
        "",
    ]
    return "\n".join(lines)
