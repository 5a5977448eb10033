"""A trained model with its training file, small enough for every test."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sentiment.config import Config, DataConfig, TokenizerConfig, TrainingConfig, dump_config
from sentiment.data import Splits, label_names, load_splits, sha256_before_division
from sentiment.model_dir import (
    CONFIG_FILE,
    METRICS_FILE,
    ONNX_FILE,
    TOKENIZER_FILE,
    ModelDirectory,
    staged_model_dir,
)
from sentiment.text.tokenizer_training import train_tokenizer

WORDS = {
    "positive": ("최고", "재밌다", "감동", "좋은 연기", "추천", "웃기다"),
    "negative": ("최악", "지루하다", "실망", "나쁜 연기"),
}
THINGS = ("영화", "배우", "음악", "이야기", "화면")
TRAINING_ROWS = [(f"{thing} {word}", label) for label in WORDS for word in WORDS[label] for thing in THINGS]


def rewrite_metrics(model: Path, target: Path, changes: dict[str, Any]) -> None:
    """Write a copy of a model with other metrics."""
    directory = ModelDirectory.open(model)
    with staged_model_dir(target, labels=directory.labels, replace=False) as stage:
        for name in directory.manifest.files:
            (stage / name).write_bytes(directory.read(name))
        (stage / METRICS_FILE).write_text(json.dumps(directory.metrics() | changes))


def write_csv(path: Path, rows: Sequence[tuple[str, ...]]) -> Path:
    """Write rows of text, label and, for a review sheet, how it was chosen, under a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label", "sampled")[: len(rows[0])], *rows])
    return path


@dataclass(frozen=True)
class Trained:
    """A model directory and the file that it is said to have learned from."""

    model: Path
    data: Path
    config: DataConfig

    def splits(self) -> Splits:
        """Return the rows, split as the model's were."""
        return load_splits(self.config, allow_fallback=False, notify=lambda text: None)


@pytest.fixture
def train(tmp_path: Path, build_graph: Callable[..., bytes]) -> Callable[..., Trained]:
    """Write a model directory of untrained weights: `train(rows=..., is_fallback=..., out=..., **data_config)`.

    Models of one file have the same weights; `swapped` exchanges their labels, so that one is right where another errs;
    `is_older` leaves out what earlier versions did not record.
    """

    def write(
        *,
        rows: Sequence[tuple[str, ...]] = TRAINING_ROWS,
        is_fallback: bool = False,
        out: str = "model",
        seed: int = 0,
        swapped: bool = False,
        is_older: bool = False,
        **data_config: Any,
    ) -> Trained:
        data = write_csv(tmp_path / "training.csv", rows)
        choices: dict[str, Any] = {"source": str(data), "validation_fraction": 0.2, "test_fraction": 0.2} | data_config
        config = Config(
            data=DataConfig(**choices),
            tokenizer=TokenizerConfig(kind="character", vocab_size=200, min_frequency=1),
            training=TrainingConfig(seed=seed),
        )
        splits = load_splits(config.data, allow_fallback=False, notify=lambda text: None)
        labels = label_names(splits.train.labels)[:: -1 if swapped else 1]
        tokenizer = train_tokenizer(list(splits.train.texts), config.tokenizer)
        told = {
            "source": splits.source,
            "asked_source": "nsmc" if is_fallback else splits.source,
            "is_fallback": is_fallback,
            "train": {"sha256": splits.train.sha256},
            "validation": {"sha256": splits.validation.sha256},
        }
        if not is_older:
            told["undivided_sha256"] = sha256_before_division(splits)
        model = tmp_path / out
        with staged_model_dir(model, labels=labels, replace=False) as stage:
            (stage / CONFIG_FILE).write_text(dump_config(config), encoding="utf-8")
            (stage / TOKENIZER_FILE).write_text(tokenizer.to_str(), encoding="utf-8")
            (stage / ONNX_FILE).write_bytes(build_graph(tokenizer.get_vocab_size(), len(labels)))
            (stage / METRICS_FILE).write_text(json.dumps({"data": told}), encoding="utf-8")
        return Trained(model, data, config.data)

    return write


@pytest.fixture
def trained(train: Callable[..., Trained]) -> Trained:
    """A model of two classes that kept a validation and a test split of its file."""
    return train()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep answers of the baseline in the test's own folder."""
    folder = tmp_path / "cache"
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: folder)
    return folder
