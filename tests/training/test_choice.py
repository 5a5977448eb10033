"""What the rows choose where nobody names an experiment or a start."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment.config import Override
from sentiment.model_dir import ENGLISH_ENCODER, NO_START, SHIPPED_ENCODER, KnownModel
from sentiment.training.classification.choice import choose_experiment

Write = Callable[..., list[Override]]
KOREAN, ENGLISH, GERMAN = "글이 좋네요", "they said that it was just fine", "ein Satz"


@pytest.fixture(autouse=True)
def shipped_encoder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The place of the encoder that comes with the package; nobody opens it here."""
    path = tmp_path / SHIPPED_ENCODER
    known = [KnownModel(name, tmp_path / name, "shipped") for name in (SHIPPED_ENCODER, ENGLISH_ENCODER)]
    monkeypatch.setattr("sentiment.model_dir.known.shipped_models", lambda: known)
    return path


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """The function that writes so many rows of a text, and returns the settings that name the file."""

    def write_rows(text: str, num_rows: int, *settings: str, positive_every: int = 2) -> list[Override]:
        path = tmp_path / "my.csv"
        rows = (f"{text} {row},{int(row % positive_every == 0)}\n" for row in range(num_rows))
        path.write_text("text,label\n" + "".join(rows), encoding="utf-8")
        pairs = [setting.split("=") for setting in settings]
        return [Override("data.source", str(path), "--data"), *(Override(key, value, "--set") for key, value in pairs)]

    return write_rows


@pytest.mark.parametrize(
    ("num_rows", "name"), [(40, "few"), (2_000, "few"), (2_001, "finetune_few"), (20_001, "finetune")]
)
def test_korean_texts_start_from_the_encoder(write: Write, shipped_encoder: Path, num_rows: int, name: str) -> None:
    chosen = choose_experiment(write(KOREAN, num_rows), print)
    assert (chosen.resolved.name, chosen.start) == (name, shipped_encoder)
    assert chosen.resolved.config.data.source == chosen.rows.whole.name
    assert chosen.summary().startswith(f"{num_rows:,} rows: training {name} from ")


def test_english_texts_start_from_the_encoder_for_english(write: Write, tmp_path: Path) -> None:
    chosen = choose_experiment(write(ENGLISH, 3_000), print)
    assert (chosen.resolved.name, chosen.start) == ("finetune_few", tmp_path / ENGLISH_ENCODER)


@pytest.mark.parametrize(
    ("num_rows", "name"), [(40, "few"), (5_000, "few"), (5_001, "small"), (20_000, "small"), (20_001, "bilstm")]
)
def test_other_texts_start_at_random(write: Write, num_rows: int, name: str) -> None:
    chosen = choose_experiment(write(GERMAN, num_rows), print)
    assert (chosen.resolved.name, chosen.start) == (name, None)
    assert chosen.summary() == (
        f"{num_rows:,} rows: training {name} from random weights; to choose otherwise, name an experiment, or "
        "what to start from (none: random weights)"
    )


def test_a_start_that_is_named_stands(write: Write, tmp_path: Path) -> None:
    chosen = choose_experiment(write(GERMAN, 30), print, start_from=tmp_path)
    assert (chosen.resolved.name, chosen.start) == ("few", tmp_path)
    chosen = choose_experiment(write(KOREAN, 30), print, start_from=NO_START)
    assert (chosen.resolved.name, chosen.start) == ("few", None)


def test_without_the_shipped_encoder_the_start_is_random(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentiment.model_dir.known.shipped_models", list)
    assert choose_experiment(write(KOREAN, 30), print).start is None


@pytest.mark.parametrize("setting", ["model.cell=gru", "model.hidden_size=32", "tokenizer.vocab_size=500"])
def test_a_network_of_ones_own_starts_at_random(write: Write, setting: str) -> None:
    chosen = choose_experiment(write(KOREAN, 30, setting), print)
    assert (chosen.resolved.name, chosen.start) == ("small", None)


@pytest.mark.parametrize("setting", ["model.output_dropout=0.5", "tokenizer.max_tokens=90", "data.split_seed=3"])
def test_what_an_encoder_leaves_free_takes_no_choice_away(write: Write, shipped_encoder: Path, setting: str) -> None:
    assert choose_experiment(write(KOREAN, 30, setting), print).start == shipped_encoder


@pytest.mark.parametrize(
    ("settings", "options"),
    [(("training.learning_rate=0.01",), {}), (("training.epochs=3",), {}), ((), {"has_teacher": True})],
)
def test_what_takes_epochs_gets_some(write: Write, settings: tuple[str, ...], options: dict[str, Any]) -> None:
    chosen = [choose_experiment(write(text, 30, *settings), print, **options) for text in (KOREAN, GERMAN)]
    assert [choice.resolved.name for choice in chosen] == ["finetune_few", "small"]


@pytest.mark.parametrize(
    ("text", "num_rows", "epochs"),
    [(GERMAN, 5_001, 16), (GERMAN, 8_000, 10), (GERMAN, 20_000, 6), (KOREAN, 2_500, 8), (KOREAN, 20_000, 3)],
)
def test_few_rows_are_read_more_often(write: Write, text: str, num_rows: int, epochs: int) -> None:
    assert choose_experiment(write(text, num_rows), print).resolved.config.training.epochs == epochs
    asked = choose_experiment(write(text, num_rows, "training.epochs=2"), print)
    assert asked.resolved.config.training.epochs == 2


def test_uneven_classes_are_judged_by_macro_f1(write: Write) -> None:
    chosen = choose_experiment(write(GERMAN, 6_000, positive_every=6), print)
    assert chosen.resolved.config.training.select_by == "macro_f1"
    assert chosen.summary().startswith("6,000 rows, classes are uneven: training small")
    less = choose_experiment(write(GERMAN, 6_000, positive_every=3), print)
    assert less.resolved.config.training.select_by == "accuracy"
    asked = choose_experiment(write(GERMAN, 60, "training.select_by=log_loss", positive_every=6), print)
    assert asked.resolved.config.training.select_by == "log_loss"


def test_without_ngrams_random_weights_are_trained(write: Write) -> None:
    keys = ("model.character_ngrams", "model.word_ngrams")
    overrides = [*write(GERMAN, 30), *(Override(key, 0, "--set") for key in keys)]
    assert choose_experiment(overrides, print).resolved.name == "small"
    assert (
        choose_experiment([*write(GERMAN, 30), Override("training.epochs", 0, "--set")], print).resolved.name == "few"
    )
