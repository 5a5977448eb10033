"""The command line has the last word on an experiment, and its faults name the option."""

from pathlib import Path

import pytest

from sentiment.config import Override, flatten, load_config, parse_set_option
from sentiment.errors import ConfigError


def override_fault(*settings: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config("bilstm", [parse_set_option(setting) for setting in settings])
    message = str(caught.value)
    assert message.isprintable()
    return message


def test_they_beat_the_file_which_beats_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("training:\n  epochs: 7\n  batch_size: 8\n")
    overrides = [Override("training.epochs", "9", "--set"), Override("training.seed", "4", "--seed")]
    resolved = load_config(str(path), overrides)
    training = resolved.config.training
    assert (training.epochs, training.batch_size, training.seed, training.optimizer) == (9, 8, 4, "adamw")
    assert resolved.origins["training.epochs"] == "--set"
    assert resolved.origins["training.batch_size"] == f"{path}:3"
    assert resolved.origins["training.seed"] == "--seed"
    assert resolved.origins["training.optimizer"] == "default"
    assert resolved.name == "mine"


def test_every_key_has_an_origin() -> None:
    resolved = load_config("bilstm")
    assert list(resolved.origins) == list(flatten(resolved.config))
    assert resolved.origins["description"] == "bilstm.yaml:1"
    assert resolved.origins["data.source"] == "default"


def test_the_later_of_two_counts() -> None:
    overrides = [Override("training.seed", "1", "--set"), Override("training.seed", "2", "--seed")]
    resolved = load_config("bilstm", overrides)
    assert (resolved.config.training.seed, resolved.origins["training.seed"]) == (2, "--seed")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("training.learning_rate=1e-3", 0.001),
        ("training.patience=null", None),
        ("training.patience=", None),
        ("model.bidirectional=false", False),
        ("model.pooling=[mean, max]", ("mean", "max")),
        ("model.pooling=mean", ("mean",)),
        (" training.epochs = 3 ", 3),
        ("data.source=no", "no"),
        ("data.source=C:\\reviews #1: new.csv", "C:\\reviews #1: new.csv"),
        ("data.source='quoted'", "quoted"),
        ("data.source=a=b", "a=b"),
        ("data.source=[a].csv", "[a].csv"),
        ("data.text_column=1", "1"),
        ("data.text_column=null", None),
        ("data.text_column='null'", "null"),
        ("description=", ""),
    ],
)
def test_values_are_yaml_but_texts_need_no_quotes(setting: str, value: object) -> None:
    override = parse_set_option(setting)
    assert flatten(load_config("bilstm", [override]).config)[override.key] == value


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("training.epohcs=3", "--set training.epohcs=3: unknown key; did you mean training.epochs?"),
        ("epochs=3", "--set epochs=3: unknown key; did you mean training.epochs?"),
        ("training.epochs=x", "--set training.epochs=x: got 'x', wanted an integer >= 0"),
        ("training.epochs=yes", "--set training.epochs=yes: got 'yes', wanted an integer >= 0"),
        ("training=3", "--set training=3: a section, set one of its keys, such as training.epochs"),
        ("training.epochs={a: 1}", "--set training.epochs={a: 1}: got a mapping, wanted an integer >= 0"),
        ("training.epochs=*a", "--set training.epochs=*a: not readable as YAML: anchors and aliases are not supported"),
        ("model.pooling=[last", "--set model.pooling=[last: not readable as YAML: while parsing a flow sequence"),
        ("a\nb=\x1b[2J", "--set a\\nb=\\x1b[2J: unknown key"),
    ],
)
def test_their_faults_name_the_option(setting: str, message: str) -> None:
    assert override_fault(setting).startswith(message)


def test_the_fault_of_another_option_names_it_and_the_key() -> None:
    with pytest.raises(ConfigError, match=r"^--seed -1: training\.seed: got -1, wanted an integer >= 0$"):
        load_config("bilstm", [Override("training.seed", "-1", "--seed")])


@pytest.mark.parametrize("text", ['"리뷰"', "'a'", "null", "~", "true", "[a]", '"q".csv', "*a", "a: b", "1"])
def test_a_text_of_another_option_is_no_yaml(text: str) -> None:
    override = Override("data.label_column", text, "--label-column")
    assert load_config("bilstm", [override]).config.data.label_column == text


def test_sources_of_another_option_are_no_yaml() -> None:
    override = Override("pretraining.sources", ["a, b.csv", "null"], "--data")
    assert load_config("pretrain", [override]).config.pretraining.sources == ("a, b.csv", "null")


@pytest.mark.parametrize("text", ["training.epochs", "", "=3", " =3"])
def test_without_key_or_equals_sign_they_are_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_set_option(text)
    assert str(caught.value) == f"--set {text}: wanted KEY=VALUE, as in --set training.epochs=3"


def test_a_value_that_contradicts_the_file_is_to_blame() -> None:
    message = override_fault("training.seed=3", "tokenizer.kind=unigram")
    assert message.startswith("--set tokenizer.kind=unigram: dropout skips bpe merges, but kind is unigram")
