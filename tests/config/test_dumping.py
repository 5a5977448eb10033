"""What is written as YAML is read back as it was, by this reader and by any other."""

from typing import Any, get_args

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sentiment.config import (
    Config,
    DataConfig,
    ExportConfig,
    ModelConfig,
    PretrainingConfig,
    TokenizerConfig,
    TrainingConfig,
    dump_config,
    flatten,
    parse_config,
)
from sentiment.config.schema import Pooling

ODD_TEXTS = [
    "no",
    "null",
    "1e-3",
    "010",
    "12:30:00",
    "a: b",
    " #",
    "- a",
    "wait...",
    "---",
    "'",
    "\ud800",
    "영화 🎬",
    "\u2028",
]
TEXTS = st.text(st.characters()) | st.sampled_from(ODD_TEXTS)
FRACTIONS = st.floats(0.0, 1.0, exclude_max=True)
CONFIGS: st.SearchStrategy[Config] = st.builds(
    Config,
    description=TEXTS,
    data=st.builds(DataConfig, source=TEXTS, text_column=st.none() | TEXTS, validation_fraction=FRACTIONS),
    tokenizer=st.builds(TokenizerConfig, unicode_form=st.none() | st.sampled_from(["NFC", "NFKC"]), dropout=FRACTIONS),
    model=st.builds(
        ModelConfig,
        bidirectional=st.booleans(),
        pooling=st.lists(st.sampled_from(get_args(Pooling)), min_size=1, unique=True).map(tuple),
    ),
    pretraining=st.builds(
        PretrainingConfig,
        sources=st.lists(TEXTS, min_size=1).map(tuple),
        negatives=st.none() | st.integers(1, 2**20),
        rating=st.floats(0.0, allow_infinity=False),
    ),
    training=st.builds(
        TrainingConfig,
        seed=st.integers(0, 2**63),
        gradient_clip=st.none() | st.floats(0.0, exclude_min=True, allow_infinity=False),
    ),
    export=st.builds(ExportConfig, precision=st.sampled_from(["float32", "int8"])),
)


@settings(deadline=None)
@given(CONFIGS)
@example(Config(description="1e-3"))
@example(Config(pretraining=PretrainingConfig(sources=("\x85", "plain"))))
def test_it_reads_back_as_it_was(config: Config) -> None:
    assert parse_config(dump_config(config), "dumped.yaml") == config


@settings(deadline=None)
@given(CONFIGS)
def test_comments_change_nothing(config: Config) -> None:
    comments = dict.fromkeys(flatten(config), "my: 'file' # 1.yaml:3")
    text = dump_config(config, comments)
    assert text.count(" # my: ") == len(comments)
    assert parse_config(text, "dumped.yaml") == config


@settings(deadline=None)
@given(CONFIGS)
def test_other_yaml_readers_understand_it_alike(config: Config) -> None:
    def as_yaml_has_it(value: Any) -> Any:
        return list(value) if isinstance(value, tuple) else value

    loaded = yaml.safe_load(dump_config(config))
    for key, value in flatten(config).items():
        section, _, name = key.rpartition(".")
        assert (loaded[section] if section else loaded)[name] == as_yaml_has_it(value)


def test_it_is_laid_out_for_people() -> None:
    config = Config(description="영화, 첫 번째", model=ModelConfig(pooling=("mean", "max")))
    lines = dump_config(config, {"model.cell": "default", "model.pooling": "--set"}).splitlines()
    assert lines[:3] == ["description: 영화, 첫 번째", "data:", "  source: nsmc"]
    assert "  cell: lstm            # default" in lines
    assert "  pooling: [mean, max]  # --set" in lines
    assert len(lines) == len(flatten(config)) + 6


def test_flatten_keeps_the_order_of_the_schema() -> None:
    keys = list(flatten(Config()))
    assert keys[:2] == ["description", "data.source"]
    assert keys.index("tokenizer.kind") < keys.index("model.cell") < keys.index("training.epochs")
    assert flatten(Config())["model.pooling"] == ("last",)


@pytest.mark.parametrize("number", [1e-5, 1e22, 5e-324, 0.1])
def test_numbers_keep_every_digit(number: float) -> None:
    config = Config(training=TrainingConfig(learning_rate=number))
    assert parse_config(dump_config(config), "dumped.yaml").training.learning_rate == number
