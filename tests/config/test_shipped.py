"""The experiments that ship with sentiment are what their names promise."""

from pathlib import Path

import pytest

from sentiment.config import config_description, config_names, flatten, load_config
from sentiment.errors import ConfigError

RECURRENT = {
    "rnn": ("rnn_tanh", 1, False),
    "rnn_relu": ("rnn_relu", 1, False),
    "lstm": ("lstm", 1, False),
    "bilstm": ("lstm", 1, True),
    "stacked_bilstm": ("lstm", 2, True),
    "gru": ("gru", 1, False),
    "bigru": ("gru", 1, True),
    "textbook": ("lstm", 2, True),
    "quick": ("lstm", 1, True),
    "small": ("lstm", 1, True),
    "pretrain": ("lstm", 1, True),
    "pretrain_english": ("lstm", 1, True),
    "finetune": ("lstm", 1, True),
    "finetune_few": ("lstm", 1, True),
    "few": ("lstm", 1, True),
}
SAME_BUT_FOR_THE_NETWORK = ["rnn", "rnn_relu", "lstm", "gru", "bigru", "stacked_bilstm"]
MAY_DIFFER = {"description", "training.learning_rate"} | {
    f"model.{name}" for name in ("cell", "num_layers", "bidirectional", "layer_dropout")
}


def test_all_of_them_ship() -> None:
    assert config_names() == sorted(RECURRENT)


@pytest.mark.parametrize("name", RECURRENT)
def test_the_network_is_what_the_name_says(name: str) -> None:
    model = load_config(name).config.model
    assert (model.cell, model.num_layers, model.bidirectional) == RECURRENT[name]


@pytest.mark.parametrize("name", RECURRENT)
def test_data_and_seed_are_left_to_the_user(name: str) -> None:
    set_in_file = {key for key, origin in load_config(name).origins.items() if origin != "default"}
    shares = {"data.validation_fraction", "data.test_fraction"}  # few rows can't spare any to choose by
    chosen = {key for key in set_in_file if key.startswith("data.") or "seed" in key or "threads" in key}
    assert chosen <= (shares if name in {"few", "finetune_few"} else set())


@pytest.mark.parametrize("name", RECURRENT)
def test_each_describes_itself_in_a_line(name: str) -> None:
    description = config_description(name)
    assert description.isprintable()
    assert 10 <= len(description) <= 80


def test_those_to_be_compared_differ_in_the_network_only() -> None:
    values = [flatten(load_config(name).config) for name in SAME_BUT_FOR_THE_NETWORK]
    assert {key for key in values[0] if len({other[key] for other in values}) > 1} <= MAY_DIFFER


def test_the_textbook_is_the_textbook() -> None:
    wanted = {
        "tokenizer.kind": "word",
        "tokenizer.vocab_size": 5000,
        "tokenizer.max_tokens": 32,
        "tokenizer.max_repeats": None,
        "model.embedding_size": 128,
        "model.hidden_size": 64,
        "model.pooling": ("last",),
        "model.layer_dropout": 0.5,
        "model.output_dropout": 0.5,
        "training.optimizer": "rmsprop",
        "training.learning_rate": 0.001,
        "training.schedule": "constant",
        "training.batch_size": 16,
        "training.epochs": 5,
        "training.gradient_clip": None,
    }
    values = flatten(load_config("textbook").config)
    assert {key: values[key] for key in wanted} == wanted


def test_both_places_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel holds them inside the package, a checkout beside it."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "mine.yaml").write_text("description: in the wheel")
    monkeypatch.setattr("sentiment.config.shipped.PACKAGE", tmp_path)
    assert config_names() == ["mine"]
    monkeypatch.setattr("sentiment.config.shipped.PACKAGE", tmp_path / "package")
    assert config_description("mine") == "in the wheel"


def test_a_broken_installation_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentiment.config.shipped.PACKAGE", tmp_path)
    with pytest.raises(ConfigError, match="no shipped experiments; install sentiment again"):
        config_names()


def test_no_file_under_configs_is_left_out() -> None:
    files = [path for path in (Path(__file__).parents[2] / "configs").rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == [f"{name}.yaml" for name in config_names()]
