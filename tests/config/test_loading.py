"""An experiment is what its file says over the defaults; what a file says wrong is told with line and remedy."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sentiment.config import (
    Config,
    Override,
    flatten,
    parse_config,
)
from sentiment.errors import ConfigError


def fault(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "my.yaml")
    message = str(caught.value)
    assert message.isprintable()
    return message


@pytest.mark.parametrize(
    "text", ["", "\n", "# nothing but a comment\n", "---\n", "training:\n", "data: {}\n", "\ufeff", "null"]
)
def test_what_says_nothing_means_the_defaults(text: str) -> None:
    assert parse_config(text, "my.yaml") == Config()


def test_a_file_says_only_what_differs() -> None:
    config = parse_config("description: mine\ntraining:\n  epochs: 3\n", "my.yaml")
    changed = {key: value for key, value in flatten(config).items() if value != flatten(Config())[key]}
    assert changed == {"description": "mine", "training.epochs": 3}


def test_a_removed_key_is_refused_unless_it_changes_nothing() -> None:
    text = "training: {label_smoothing: 0.1, frozen_epochs: 0}"
    assert fault(text) == (
        "my.yaml:1: training.label_smoothing: no longer supported, as it gained no accuracy (docs/tried.md); remove it"
    )
    override = Override("training.frozen_epochs", "1", "--set")
    with pytest.raises(ConfigError, match=r"^--set training\.frozen_epochs=1: no longer supported"):
        parse_config("", "my.yaml", [override])


def test_the_record_of_a_model_keeps_its_other_keys_beside_a_removed_one() -> None:
    config = parse_config("training: {label_smoothing: 0.1, epochs: 3}", "config.yaml", is_record=True)
    assert config == parse_config("training: {epochs: 3}", "config.yaml")


@pytest.mark.parametrize(
    "word", ["no", "yes", "on", "off", "NO", "y", "12:30:00", "2024-01-31", "010", "0x1f", "1_000"]
)
def test_words_that_yaml_1_1_takes_for_something_else_are_texts(word: str) -> None:
    assert parse_config(f"data: {{text_column: {word}}}", "my.yaml").data.text_column == word


@pytest.mark.parametrize("word", ["no", "yes", "on", "off"])
def test_only_true_and_false_are_booleans(word: str) -> None:
    assert fault(f"model: {{bidirectional: {word}}}") == (
        f"my.yaml:1: model.bidirectional: got '{word}', wanted true or false"
    )
    assert parse_config("model: {bidirectional: false}", "my.yaml").model.bidirectional is False


@pytest.mark.parametrize("number", ["1e-3", "1.0e-3", "0.001", ".001", "+1E-3", "10e-4"])
def test_numbers_may_be_written_with_an_exponent(number: str) -> None:
    assert parse_config(f"training: {{learning_rate: {number}}}", "my.yaml").training.learning_rate == 0.001


def test_an_integer_will_do_for_a_number() -> None:
    assert parse_config("training: {gradient_clip: 5}", "my.yaml").training.gradient_clip == 5.0


def test_one_pooling_needs_no_list() -> None:
    assert parse_config("model: {pooling: max}", "my.yaml").model.pooling == ("max",)
    assert parse_config("model: {pooling: [max, last]}", "my.yaml").model.pooling == ("max", "last")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "tokenizer: {max_tokens: 2147483648}",
            "my.yaml:1: tokenizer.max_tokens: got 2147483648, wanted no more than 2147483647",
        ),
        ("model: {hidden_size: 1" + "0" * 400 + "}", "my.yaml:1: model.hidden_size: got inf, wanted an integer >= 1"),
        (
            "model: {ngram_buckets: 2147483648}",
            "my.yaml:1: model.ngram_buckets: got 2147483648, wanted an integer >= 4 and <= 16777216 or null",
        ),
        ("training:\n  epochs: true", "my.yaml:2: training.epochs: got true, wanted an integer >= 0"),
        ("training:\n  epochs: 16.0", "my.yaml:2: training.epochs: got 16.0, wanted an integer >= 0"),
        ("training:\n  epochs: 010", "my.yaml:2: training.epochs: got '010', wanted an integer >= 0"),
        ("training:\n  epochs: -1", "my.yaml:2: training.epochs: got -1, wanted an integer >= 0"),
        ("training:\n  epochs:", "my.yaml:2: training.epochs: got null, wanted an integer >= 0"),
        ("training:\n  epochs: {a: 1}", "my.yaml:2: training.epochs: got a mapping, wanted an integer >= 0"),
        ("training:\n  patience: 1.5", "my.yaml:2: training.patience: got 1.5, wanted an integer >= 1 or null"),
        ("training: {learning_rate: .inf}", "my.yaml:1: training.learning_rate: got inf, wanted a number > 0"),
        ("training: {learning_rate: .NaN}", "my.yaml:1: training.learning_rate: got nan, wanted a number > 0"),
        ("training: {learning_rate: 1e999}", "my.yaml:1: training.learning_rate: got inf, wanted a number > 0"),
        ("training: {learning_rate: 1e-3x}", "my.yaml:1: training.learning_rate: got '1e-3x', wanted a number > 0"),
        ("model: {output_dropout: 1}", "my.yaml:1: model.output_dropout: got 1, wanted a number >= 0 and < 1"),
        ("tokenizer: {vocab_size: 1}", "my.yaml:1: tokenizer.vocab_size: got 1, wanted an integer >= 2 and <= 1000000"),
        ("data: {text_column: 1}", "my.yaml:1: data.text_column: got 1, wanted text or null; put it in quotes"),
        ("description: [a]", "my.yaml:1: description: got ['a'], wanted text"),
        (
            "\n\nmodel:\n\n  cell: gruu",
            "my.yaml:5: model.cell: got 'gruu', wanted one of rnn_tanh, rnn_relu, lstm, gru; did you mean gru?",
        ),
        (
            "tokenizer: {unicode_form: nfc}",
            "my.yaml:1: tokenizer.unicode_form: got 'nfc', wanted one of NFC, NFKC or null; did you mean NFC?",
        ),
        (
            "model: {pooling: [meen, lust]}",
            "my.yaml:1: model.pooling: got ['meen', 'lust'], "
            "wanted one or more of last, mean, max, attention, as in [last, mean]; did you mean mean?",
        ),
        (
            "model: {pooling: []}",
            "my.yaml:1: model.pooling: got [], wanted one or more of last, mean, max, attention, as in [last, mean]",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_is_wanted(text: str, message: str) -> None:
    assert fault(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("training: {epohcs: 3}", "my.yaml:1: training.epohcs: unknown key; did you mean training.epochs?"),
        ("training: {Epochs: 3}", "my.yaml:1: training.Epochs: unknown key; did you mean training.epochs?"),
        ("epochs: 3", "my.yaml:1: epochs: unknown key; did you mean training.epochs?"),
        ("model:\n  seed: 3", "my.yaml:2: model.seed: unknown key; did you mean training.seed?"),
        ("model: {dropout: 0.1}", "my.yaml:1: model.dropout: unknown key; did you mean model.token_dropout?"),
        ("trainign: {epochs: 3}", "my.yaml:1: trainign: unknown key; did you mean training?"),
        (
            "training.epochs: 3",
            "my.yaml:1: training.epochs: unknown key; in a file, epochs is indented under training:",
        ),
        (
            "<<: {epochs: 3}",
            "my.yaml:1: <<: unknown key; the keys are: data, tokenizer, model, pretraining, training, export, "
            "description",
        ),
        (
            "1: 2",
            "my.yaml:1: 1: unknown key; the keys are: data, tokenizer, model, pretraining, training, export, "
            "description",
        ),
        ("? [a]\n: 3", "my.yaml:1: got ['a'] for a key, wanted a name"),
        ("model: lstm", "my.yaml:1: model: got 'lstm', wanted keys such as embedding_size"),
        ("training:\n  epochs: 1\n  epochs: 2", "my.yaml:3: training.epochs: repeated, first set on line 2"),
        ('model: {}\n"model": {}', "my.yaml:2: model: repeated, first set on line 1"),
    ],
)
def test_a_wrong_key_is_named_with_the_nearest_right_one(text: str, message: str) -> None:
    assert fault(text) == message


def test_a_key_that_resembles_none_gets_the_list_of_its_section() -> None:
    assert fault("tokenizer: {zzz: 1}").startswith(
        "my.yaml:1: tokenizer.zzz: unknown key; the keys are: tokenizer.kind, tokenizer.vocab_size, "
    )


def test_all_faults_are_told_at_once() -> None:
    assert fault("modle: {}\ntraining:\n  epochs: x\n  seed: -1\nmodel:\n  cell: gru\n  pooling: [last, last]") == (
        "my.yaml:1: modle: unknown key; did you mean model?; "
        "my.yaml:7: model.pooling: pooling contains a kind twice; "
        "my.yaml:3: training.epochs: got 'x', wanted an integer >= 0; "
        "my.yaml:4: training.seed: got -1, wanted an integer >= 0"
    )


def test_a_file_of_another_kind_does_not_fill_the_screen() -> None:
    message = fault("".join(f"column{i}: 1\n" for i in range(1000)))
    assert message.count("unknown key") == 10
    assert message.endswith("; there may be more")


def test_values_that_contradict_each_other_blame_the_later_one() -> None:
    text = "tokenizer:\n  dropout: 0.1\n  vocab_size: 99\n  kind: word\n  lowercase: true"
    assert fault(text) == ("my.yaml:4: tokenizer.kind: dropout skips bpe merges, but kind is word; set dropout to 0")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1\n- 2", "my.yaml:1: got [1, 2], wanted sections and keys, such as training: {epochs: 3}"),
        ("a text", "my.yaml:1: got 'a text', wanted sections and keys, such as training: {epochs: 3}"),
        ("a: [", "my.yaml:1: not readable as YAML: while parsing a flow node, expected the node content"),
        ("a:\n\tb: 1", "my.yaml:2: not readable as YAML: while scanning for the next token, found character '\\t'"),
        (
            "a: 1\nb\n\nc: 1",
            "my.yaml:2: not readable as YAML: while scanning a simple key, could not find expected ':'",
        ),
        ("a: 1\n---\nb: 1", "my.yaml:2: not readable as YAML: expected a single document in the stream"),
        ("a: 1\nb: \0", "my.yaml:2: not readable as YAML: '\\x00' is not allowed"),
        ("a: \ud800", "my.yaml:1: not readable as YAML: '\\ud800' is not allowed"),
        ('a: "\\UFFFFFFFF"', "my.yaml:1: not readable as YAML: an unknown escape"),
        ("%YAML " + "9" * 5000 + ".1\n---\n", "my.yaml:1: not readable as YAML: an unknown escape or version number"),
        ("a: &x 1\nb: *x", "my.yaml:1: not readable as YAML: anchors and aliases are not supported"),
        ("a: *x", "my.yaml:1: not readable as YAML: anchors and aliases are not supported"),
        ("\na: !!python/object/apply:os.getcwd []", "my.yaml:2: not readable as YAML: tags such as"),
        ("training: {epochs: !!int 3}", "my.yaml:1: not readable as YAML: tags such as"),
        ("a: " + "[" * 60_000, "my.yaml:1: not readable as YAML: nested too deeply"),
        ("a: {" + "b, " * 20_000, "my.yaml:1: not readable as YAML: more than 5,000 keys and values"),
    ],
)
def test_what_is_not_plain_yaml_is_refused(text: str, message: str) -> None:
    assert fault(text).startswith(message)


def test_a_number_of_a_thousand_digits_is_refused() -> None:
    assert (
        fault("training: {seed: " + "9" * 10_000 + "}") == "my.yaml:1: training.seed: got inf, wanted an integer >= 0"
    )


YAML_SYMBOLS = [
    *"[]{},:'\"!|>%#?~01-.e",
    "&a",
    "*a",
    "!!",
    "\\U",
    "---",
    "training",
    "epochs",
    "model",
    "pooling",
    "last",
    "가",
]
SPACES = [": ", "\n", "  ", "- ", ", ", "\t"]


def outcome_of_parsing(text: str) -> Config | ConfigError:
    try:
        return parse_config(text, "my.yaml")
    except ConfigError as error:
        return error


@given(st.lists(st.sampled_from(YAML_SYMBOLS + SPACES)).map("".join) | st.text())
@example("? ? ?\n")
@example('"\\ud800": 1')
def test_any_text_is_a_config_or_one_clear_line(text: str) -> None:
    outcome = outcome_of_parsing(text)
    if isinstance(outcome, ConfigError):
        assert str(outcome).startswith("my.yaml:")
        assert str(outcome).isprintable()


def test_loading_leaves_the_loaders_of_others_alone() -> None:
    import yaml

    parse_config("training: {epochs: 3}", "my.yaml")
    assert yaml.safe_load("a: no\nb: 12:30:00\nc: &x 1\nd: *x") == {"a": False, "b": 45000, "c": 1, "d": 1}
