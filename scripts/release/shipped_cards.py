"""The model cards of directories that come with the package; every figure is read from their records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment.config import Config
from sentiment.data import source_info, source_names
from sentiment.model_dir import (
    DEFAULT_CLASSIFIER,
    ENCODER,
    ENGLISH_CLASSIFIER,
    ENGLISH_ENCODER,
    FILM_CLASSIFIER,
    SHIPPED_ENCODER,
    FileRecord,
    ModelSummary,
)
from sentiment.training.classification.record import taught_line
from sentiment.training.pretraining.record import encoder_card

LINEAR = "character n-gram linear"

REGISTERS = [
    "- It learned from short film reviews of one Korean portal: informal, full of slang and typing "
    "errors. On other subjects, registers and times, measure it on rows of your own first.",
    "- Korean only. It has seen little of other languages.",
]
ENGLISH_REGISTERS = [
    "- It learned from long film reviews, edited by their writers, and of other subjects and short texts only from "
    "texts made for it. On those, and on chats, measure it on rows of your own first.",
    "- English only, though the name of its script, Latin, is all that decides whether it is used.",
]
IRONY = "- Irony, and praise of one thing that blames another, can be misread; so can a text of a word or two."
RUDENESS = "- Texts of the web can be rude and biased, and so can its answers; decide nothing about people with it."


@dataclass(frozen=True)
class About:
    """What a card says of a classifier that no record has.

    Attributes:
        purpose: a sentence.
        korean_purpose: the same.
        data: lines on what it learned from.
        limits: lines.
        start: the encoder to start from in its place.
        example: a text to predict.
    """

    purpose: str
    korean_purpose: str
    data: Sequence[str]
    limits: Sequence[str]
    start: str = SHIPPED_ENCODER
    example: str = "이 영화 정말 최고예요"


ABOUT = {
    FILM_CLASSIFIER: About(
        "Classifies Korean film reviews as negative or positive.",
        "한국어 영화 리뷰의 감성(negative, positive)을 분류하는 모델입니다.",
        [
            "- In NSMC, *positive* is a review with 9 or 10 stars of 10 and *negative* one with 1 to 4; those between "
            "were left out. A label is what its writer's stars said, and some contradict the text.",
            "- Reviews of the same crawl without labels, CC0-1.0, with the answers of two wider classifiers, slower "
            "than it. It started from an encoder of its own, pretrained twice as long as `korean-reviews`: the stages "
            "`pretrain-wide` to `films` of scripts/release/rebuild_shipped.py. The command is the last one's.",
        ],
        [
            *REGISTERS,
            "- There is no *neutral*: a text without an opinion gets one of the labels all the same.",
            IRONY,
            RUDENESS,
        ],
    ),
    DEFAULT_CLASSIFIER: About(
        "Classifies short Korean texts on any subject as negative, neutral or positive: the model that is used for "
        "texts in Hangul where no other is given.",
        "주제에 관계없이 짧은 한국어 글의 감성(negative, neutral, positive)을 분류하며, 모델을 지정하지 않으면 한글로 "
        "쓴 글에 사용됩니다.",
        [
            "- The labelled rows: KODOLI, comments, posts and reviews with labels by people (Park et al. 2023), "
            "CC-BY-SA-4.0, https://github.com/cardy20/KODOLI",
            "- Film reviews with their labels or stars: NSMC and the other reviews of its crawl, CC0-1.0, "
            "https://github.com/e9t/nsmc",
            "- Texts without labels: comments on news, CC-BY-SA-4.0, https://github.com/kocohub/korean-hate-speech, "
            "and ChatbotData, MIT, https://github.com/songys/Chatbot_data",
            "- Texts made for it, on shops, food, hotels, apps, games, services, news and other subjects, and facts: "
            "composed of parts, scripts/release/korean_sentences.yaml, and written whole, "
            "scripts/release/korean_opinions.csv",
            "- What it was to answer to texts without one of the three labels: scripts/release/opinion_targets.py",
            "- It started from a classifier that had read all of these targets, and that one from a classifier of "
            "negative and positive (scripts/release/side_targets.py), from `korean-reviews`: the stages `side-targets` "
            "to `comments-again` of scripts/release/rebuild_shipped.py. The command is the last one's.",
        ],
        [
            "- People do not agree on what is neutral: a fact that pleases or angers most can be called either.",
            "- Korean only. It has seen little of other languages.",
            IRONY,
            RUDENESS,
        ],
    ),
    ENGLISH_CLASSIFIER: About(
        "Classifies English reviews as negative or positive: the model that is used for texts in Latin script where no "
        "other is given.",
        "영어 리뷰의 감성(negative, positive)을 분류하며, 모델을 지정하지 않으면 로마자로 쓴 글에 사용됩니다.",
        [
            "- *Positive* is a review with 7 to 10 stars of 10 and *negative* one with 1 to 4 (Maas et al. 2011). A "
            "label is what its writer's stars said, and some contradict the text.",
            "- Reviews of the same data set without labels, with the answers of a first classifier, taught by labels: "
            "scripts/release/english_targets.py",
            "- Texts made for it, on shops, food, hotels, apps, games, films and other subjects: composed of parts, "
            "scripts/release/english_sentences.yaml, and written whole, scripts/release/english_opinions.csv",
        ],
        [
            *ENGLISH_REGISTERS,
            "- There is no *neutral*: a text without an opinion gets one of the labels all the same.",
            IRONY,
            RUDENESS,
        ],
        start=ENGLISH_ENCODER,
        example="A quiet film that stays with you",
    ),
}


def shipped_card(
    name: str, kind: str, config: Config, metrics: Mapping[str, Any], files: Mapping[str, FileRecord]
) -> str:
    """Return the model card, in Markdown.

    Args:
        name: of the shipped directory.
        kind: `classifier` or `encoder`.
        config: of the training.
        metrics: its figures; for a classifier with those on test rows under `test`.
        files: the other files of the directory.
    """
    about = _encoder_lines if kind == ENCODER else _classifier_lines
    return "\n".join([*about(name, config, metrics), *_file_lines(files, metrics), ""])


def shipped_table(folder: Path) -> str:
    """Return a Markdown table of a folder of shipped directories; a sentence if it is empty."""
    summaries = [ModelSummary.read(path.parent) for path in sorted(folder.glob("*/manifest.json"))]
    if not summaries:
        return "None has been placed yet."
    rows = [_table_row(summary) for summary in summaries]
    return "\n".join(["| name | kind | MB | figures |", "| --- | --- | --- | --- |", *rows])


def _table_row(summary: ModelSummary) -> str:
    return f"| `{summary.path.name}` | {summary.kind} | {summary.size_bytes / 1e6:.1f} | {_figures(summary)} |"


def _figures(summary: ModelSummary) -> str:
    if summary.kind == ENCODER:
        return f"read {summary.metrics['training_texts']:,} texts; {summary.metrics['parameters']:,} parameters"
    test = summary.metrics["test"]
    return f"{_accuracy(test)} on {test['n']:,} rows of {test['data']['name']}; ECE {test['ece']:.4f}"


def _accuracy(scored: Mapping[str, Any]) -> str:
    low, high = scored["accuracy_interval"]
    return f"{scored['accuracy']:.2%} (95 % interval {low:.2%} to {high:.2%})"


def _classifier_lines(name: str, config: Config, metrics: Mapping[str, Any]) -> list[str]:
    test, data, model = metrics["test"], metrics["data"], config.model
    direction = "both directions" if model.bidirectional else "one direction"
    started = (metrics.get("started_from") or {}).get("path")
    about = ABOUT[name]
    return [
        f"# {name}",
        "",
        about.purpose,
        "",
        f"{about.korean_purpose} {test['data']['name']} {test['n']:,}행에서 측정한 정확도는 "
        f"{test['accuracy']:.2%}입니다.",
        "",
        f'    sentiment predict --model {name} "{about.example}"',
        "",
        "## Data and training",
        "",
        f"- Learned from {data['train']['counts']['used']:,} rows of {data['train']['name']}"
        + (f", starting from {started}" if started else ""),
        *([taught_line(teacher)] if (teacher := metrics.get("teacher")) else []),
        *_licences([data["source"]]),
        *about.data,
        f"- Network: {model.cell}, {model.num_layers} layer(s) of {model.hidden_size} in {direction}, "
        f"pooling {' + '.join(model.pooling)}; {metrics['parameters']:,} parameters; {config.tokenizer.kind}, "
        f"{metrics['vocab_size']:,} tokens",
        *_command(metrics),
        "",
        "## Figures",
        "",
        f"On {test['n']:,} rows of {test['data']['name']}, of the bytes that ship (weights as "
        f"{metrics['export']['precision']}); the epoch was chosen on validation rows.",
        "",
        *_figure_table(test),
        "",
        "ECE, the expected calibration error, is the mean gap between probability and share of right answers.",
        "",
        "## Limits",
        "",
        *about.limits,
        f"- It holds no weights to train from; start from `{about.start}`.",
        "",
    ]


def _figure_table(test: Mapping[str, Any]) -> list[str]:
    rows = [("accuracy", _accuracy(test))]
    if (unseen := test.get("without_seen")) and unseen["accuracy"] is not None:
        rows.append((f"accuracy on the {unseen['n']:,} texts that it had not seen", _accuracy(unseen)))
    rows += [(key.replace("_", " "), f"{test[key]:.4f}") for key in ("macro_f1", "log_loss", "brier")]
    errors = {"ece": "ECE", "ece_by_chance": "ECE by chance, if all probabilities were right"}
    rows += [(name, f"{test[key]:.4f}") for key, name in errors.items() if key in test]  # older records lack the latter
    if linear := (test["baselines"].get(LINEAR) or {}).get("metrics"):
        rows.append(("a linear model on character n-grams, same rows: accuracy", _accuracy(linear)))
    return ["| what | figure |", "| --- | --- |", *(f"| {what} | {figure} |" for what, figure in rows)]


def _encoder_lines(name: str, config: Config, metrics: Mapping[str, Any]) -> list[str]:
    is_english = name == ENGLISH_ENCODER
    kind = "영어 영화 리뷰 조각" if is_english else "한국어 영화 리뷰"
    return [
        *encoder_card(Path(name), config, dict(metrics)).rstrip().splitlines(),
        "",
        f"{kind} {metrics['training_texts']:,}건으로 사전학습한 인코더입니다. "
        "분류기로 사용하려면 직접 준비한 데이터로 파인튜닝하세요:",
        "",
        f"    sentiment train --from {name} --data my.csv",
        "",
        *(_licences(metrics["sources"]) or _licences(["imdb"] if is_english else [])),
        "",
        "## Limits",
        "",
        *(ENGLISH_REGISTERS[:1] if is_english else REGISTERS),
        "- What it learned suits opinions best; on other tasks, look at the linear model of `sentiment eval`.",
        "",
    ]


def _licences(sources: Iterable[str]) -> list[str]:
    known = [source_info(name) for name in sources if name in source_names()]
    return [f"- Data: {source.name}; licence: {source.licence}; {source.homepage}" for source in known]


def _command(metrics: Mapping[str, Any]) -> list[str]:
    return [
        f"- Seed {metrics['seed']}, {metrics['threads']} threads, {metrics['training_seconds']:,.0f} s: "
        f"`{' '.join(metrics['command'])}`"
    ]


def _file_lines(files: Mapping[str, FileRecord], metrics: Mapping[str, Any]) -> list[str]:
    weights = metrics["shipped_from"]["weights_sha256"]
    total = sum(record.size_bytes for record in files.values())
    return [
        "## Files",
        "",
        f"{total / 1e6:.1f} MB beside this card. Licence of the weights: as the package.",
        "",
        "| file | bytes | SHA-256 |",
        "| --- | --- | --- |",
        *(f"| {name} | {record.size_bytes:,} | `{record.sha256}` |" for name, record in files.items()),
        *(["", f"Made from weights with the SHA-256 `{weights}`."] if weights else []),
    ]
