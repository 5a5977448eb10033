"""What a model directory records about its training: metrics.json and the model card."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.config import Config
from sentiment.data import ABSENT, LabelledTexts, Splits, sha256_before_division
from sentiment.metrics import classification_metrics
from sentiment.probabilities import softmax
from sentiment.training.classification.distillation import Teacher
from sentiment.training.classification.preparation import Preparation
from sentiment.training.export.calibration import Calibration
from sentiment.training.export.onnx import Export
from sentiment.training.runner.environment import shown_place
from sentiment.training.runner.job import Run


def training_metrics(
    run: Run,
    config: Config,
    splits: Splits,
    preparation: Preparation,
    export: Export,
    logits: NDArray[np.float32] | None,
    calibration: Calibration,
    teacher: Teacher | None,
) -> dict[str, Any]:
    """Return the metrics of a finished training, as JSON values.

    Args:
        run: its network holds the weights that were kept.
        config: the experiment as it was run.
        splits: its rows.
        preparation: its tokens.
        export: the figures of model.onnx.
        logits: its logits of the validation rows, (n, classes); None without such rows.
        calibration: the temperature and its figures.
        teacher: the teacher whose answers were learned, if any.
    """
    record, progress = run.record, run.trainer.progress
    labelled = preparation.training_labels[preparation.training_labels != ABSENT]
    majority = int(np.bincount(labelled).argmax())
    metrics: dict[str, Any] = {
        "data": {
            "source": splits.source,
            "asked_source": record.asked_source,
            "is_fallback": record.asked_source != splits.source,
            "train": _describe(splits.train),
            "validation": _describe(splits.validation),
            "has_test_rows": splits.test is not None,
            "undivided_sha256": sha256_before_division(splits),
        },
        "started_from": record.started_from,
        "teacher": teacher.to_dict(config.training.teacher_weight) if teacher is not None else None,
        "labels": list(preparation.labels),
        "vocab_size": preparation.tokenizer.get_vocab_size(),
        "best_epoch": progress.best_epoch,
        "validation": None,
        "cross_validation": record.cross_validation,
        "cross_validated_rows": record.cross_validated_rows,
        "calibration": calibration.to_dict(),
        "majority_class": {"label": preparation.labels[majority], "validation_accuracy": None},
        "onnx_largest_difference": export.largest_difference,
        "export": export.to_dict(),
        **run.figures(config, len(preparation.training_labels)),
    }
    if preparation.validation is not None and logits is not None:
        probabilities = softmax(logits, calibration.temperature)
        truth = preparation.validation.labels
        metrics["validation"] = classification_metrics(truth, probabilities, preparation.labels).to_dict()
        metrics["majority_class"]["validation_accuracy"] = float((truth == majority).mean())
    return metrics


def model_card(name: str, config: Config, metrics: dict[str, Any], export: Export, calibration: Calibration) -> str:
    """Return the model card, in Markdown."""
    data, model, validation = metrics["data"], config.model, metrics["validation"]
    ngrams = f", with n-grams {model.ngram_kinds}" if model.has_ngrams else ""
    direction = "both directions" if model.bidirectional else "one direction"
    lines = [
        f"# {name}",
        "",
        f"{config.description}".rstrip() or "A recurrent text classifier.",
        "",
        f"- Classes: {', '.join(metrics['labels'])}",
        f"- Network: {model.cell}, {model.num_layers} layer(s) of {model.hidden_size} in {direction}, "
        f"pooling {' + '.join(model.pooling)}{ngrams}; {metrics['parameters']:,} parameters",
        f"- Tokenizer: {config.tokenizer.kind}, {metrics['vocab_size']:,} tokens",
        f"- Trained on {data['train']['counts']['used']:,} rows of {data['train']['name']}, "
        f"seed {metrics['seed']}, {shown_place(metrics)}, {metrics['training_seconds']:,.0f} s",
    ]
    if metrics["started_from"] is not None:
        lines.append(f"- Started from the weights of {metrics['started_from']['path']}")
    if (teacher := metrics["teacher"]) is not None:
        lines.append(taught_line(teacher))
    if data["is_fallback"]:
        lines.append(
            f"- **Not trained on {data['asked_source']}**, which could not be reached, but on the small sample that "
            "ships with the package: good enough to try things out, not for real use"
        )
    if validation is not None:
        low, high = validation["accuracy_interval"]
        chose = ", which also chose the epoch" if metrics["epochs"] else ""
        lines.append(
            f"- Validation, {validation['n']:,} rows{chose}: accuracy "
            f"{validation['accuracy']:.2%} (95 % interval {low:.2%} to {high:.2%}), "
            f"macro F1 {validation['macro_f1']:.4f}; always predicting {metrics['majority_class']['label']}: "
            f"{metrics['majority_class']['validation_accuracy']:.2%}"
        )
    elif (found := metrics["cross_validation"]) is not None:
        low, high = found["accuracy_interval"]
        drawn = " drawn at random" if metrics["cross_validated_rows"] else ""
        lines.append(
            f"- Cross-validation on {found['n']:,} training rows{drawn}, each predicted by a fit on the others: "
            f"accuracy {found['accuracy']:.2%} (95 % interval {low:.2%} to {high:.2%}), macro F1 "
            f"{found['macro_f1']:.4f}"
        )
    lines += [
        f"- {calibration.summary()}",
        f"- {export.summary()}",
        "",
        ("`sentiment eval` compares it with a linear model on test rows. " if data["has_test_rows"] else "")
        + "It is meant for texts like those it was trained on; measure it before using it on others.",
        "",
        f"    {' '.join(metrics['command'])}",
        "",
    ]
    return "\n".join(lines)


def taught_line(teacher: Mapping[str, Any]) -> str:
    """Return one line of Markdown on what a model learned from a teacher, from the teacher's entry in metrics.json."""
    agreement = teacher["agreement"]
    agreeing = "" if agreement is None else f", agreeing with {agreement:.2%} of their labels"
    return (
        f"- Also learned from a teacher, {teacher['path']}: it answers {teacher['matched']:,} of the rows{agreeing} "
        f"(its weight in the target is {teacher['weight']:g}), and {teacher['added']:,} texts without a label; "
        f"{teacher['left_out']:,} texts equal to a validation or test text were left out"
    )


def _describe(rows: LabelledTexts) -> dict[str, Any]:
    counts = rows.counts
    return {
        "name": rows.name,
        "sha256": rows.sha256,
        "counts": {
            "read": counts.read,
            "used": counts.used,
            "empty": counts.empty,
            "unlabelled": counts.unlabelled,
            "malformed": counts.malformed,
        },
    }
