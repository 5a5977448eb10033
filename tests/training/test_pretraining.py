"""A pretraining: what it learns, how it goes on from any step, and the encoder that it leaves."""

import json
import math
import shutil
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from sentiment.config import Config, ModelConfig, PretrainingConfig, TokenizerConfig, TrainingConfig
from sentiment.data import ABSENT, PretrainingTexts, grouping_key
from sentiment.errors import Interrupted, TrainingError
from sentiment.model_dir import MANIFEST_FILE, ModelDirectory, find_model
from sentiment.nn import PretrainingNetwork
from sentiment.text.encoding import encode
from sentiment.text.sequences import TokenSequences
from sentiment.text.subword_sampling import SubwordSampler
from sentiment.training import EpochReport
from sentiment.training.compute.device import Device, Precision
from sentiment.training.export.weights import write_weights
from sentiment.training.loop.reports import Figures
from sentiment.training.loop.trainer import Trainer
from sentiment.training.pretraining.preparation import PretrainingPreparation, hold_out, prepare_pretraining
from sentiment.training.pretraining.sampling import sample_texts
from sentiment.training.pretraining.task import PretrainingTask
from sentiment.training.state.checkpoint import read_checkpoint, write_checkpoint
from sentiment.training.state.record import TrainingRecord, write_record
from tests.training.conftest import finish, needs_bfloat16, step_on_meta

pytestmark = pytest.mark.usefixtures("one_thread")

NAMES = ("영화", "배우", "연기", "음악", "이야기", "장면", "감독", "결말")
TEXTS = [
    f"{name} {'정말 ' * many}{'최고예요 또 볼래요' if good else '별로예요 돈이 아까워요'}"
    for name in NAMES
    for many in range(5)
    for good in (True, False)
]
GRADES = np.array([9 if "최고" in text else 1 for text in TEXTS]) - np.arange(len(TEXTS)) % 2
ROWS = PretrainingTexts(
    TEXTS,
    np.where(np.arange(len(TEXTS)) % 3, GRADES, ABSENT),
    np.where(np.arange(len(TEXTS)) % 3, ABSENT, (GRADES > 4).astype(np.int64)),
    tuple(range(1, 11)),
    ("negative", "positive"),
    {"made": "0"},
    {"made": len(TEXTS)},
    {"made": 0},
)
ALL = {"language_model": 1.0, "autoencoder": 0.5, "rating": 0.5, "label": 0.5}
DEFAULTS = Config(
    tokenizer=TokenizerConfig(vocab_size=120, dropout=0.1),
    model=ModelConfig(embedding_size=12, hidden_size=16, token_dropout=0.05, weight_dropout=0.1, pooling=("mean",)),
    pretraining=PretrainingConfig.model_validate(ALL | {"negatives": 30, "held_out_texts": 8}),
    training=TrainingConfig(epochs=2, batch_size=8, learning_rate=0.02, average_decay=0.9),
)


def changed(config: Config = DEFAULTS, **sections: dict[str, Any]) -> Config:
    """Return a config with some keys of some sections changed."""
    update = {name: getattr(config, name).model_copy(update=keys) for name, keys in sections.items()}
    return config.model_copy(update=update)


def trainer(config: Config = DEFAULTS) -> tuple[Trainer, PretrainingNetwork, PretrainingPreparation]:
    preparation = prepare_pretraining(config, ROWS, None, lambda _line: None)
    torch.manual_seed(config.training.seed)
    model = PretrainingNetwork(config.model, config.pretraining, preparation.tokenizer.get_vocab_size(), 10, 2)
    task = PretrainingTask(model, config, preparation, ROWS.grade_values, ROWS.class_names)
    return Trainer(model, config.training, task), model, preparation


@pytest.fixture(scope="module")
def learned() -> tuple[list[Figures], PretrainingNetwork, PretrainingPreparation]:
    """The figures of 25 epochs of every objective together, and what learned in them."""
    learner, model, preparation = trainer(changed(training={"epochs": 25}))
    return [report.figures for report in learner.run() if isinstance(report, EpochReport)], model.eval(), preparation


def on_processor(precision: Precision) -> Trainer:
    learner = trainer()[0]
    learner.move_to(Device("cpu", precision))
    return learner


@cache
def undisturbed(precision: Precision) -> dict[str, bytes]:
    return finish(on_processor(precision))


@pytest.mark.parametrize("precision", ["float32", pytest.param("bfloat16", marks=needs_bfloat16)])
@given(stop_after=st.integers(1, 30))
@settings(deadline=None, max_examples=3)
def test_one_that_was_stopped_ends_with_the_same_bits(
    tmp_path_factory: pytest.TempPathFactory, precision: Precision, stop_after: int
) -> None:
    directory = tmp_path_factory.mktemp("checkpoints")
    stopped, resumed = on_processor(precision), on_processor(precision)
    for count, _ in enumerate(stopped.run(), start=1):
        if count == stop_after:
            break
    with stopped.answering():  # to look at it in between changes nothing
        stopped.task.validate()
    write_checkpoint(directory, stopped.checkpoint(), "id")
    checkpoint = read_checkpoint(directory, "id")
    assert checkpoint is not None
    resumed.restore(checkpoint)
    assert finish(resumed) == undisturbed(precision)


@pytest.mark.parametrize("negatives", [None, 8])
def test_a_step_needs_no_tensor_of_another_device(negatives: int | None) -> None:
    step_on_meta(trainer(changed(pretraining={"negatives": negatives}))[0])


@needs_bfloat16
@pytest.mark.parametrize("negatives", [None, 8])
def test_bfloat16_learns_nearly_the_same(negatives: int | None) -> None:
    config = changed(pretraining={"negatives": negatives})
    exact, coarse = trainer(config)[0], trainer(config)[0]
    coarse.move_to(Device("cpu", "bfloat16"))
    assert finish(exact) != finish(coarse)
    for ours, theirs in zip(coarse.progress.history, exact.progress.history, strict=True):
        for figure in ("training_loss", "perplexity_forward", "perplexity_autoencoder", "rating_loss", "label_loss"):
            assert ours[figure] == pytest.approx(theirs[figure], rel=0.02)


def test_the_direction_from_bad_to_good_is_fitted_to_no_held_out_text(
    folder: Path, run_command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def note(_network: Any, sequences: TokenSequences, grades: Any, **_options: Any) -> None:
        fitted.append(len(sequences))
        assert len(sequences) == len(grades)

    fitted: list[int] = []
    monkeypatch.setattr("sentiment.training.pretraining.job.fit_polarity", note)
    lines = [f"{text} {number},{number % 10 + 1}" for number, text in enumerate(TEXTS)]
    (folder / "stars.csv").write_text("text,rating\n" + "\n".join(lines) + "\n", encoding="utf-8")
    settings = (
        "--set",
        "pretraining.rating=1",
        "--set",
        "pretraining.label=0",
        "--set",
        "pretraining.held_out_texts=5",
    )
    outcome = run_command("pretrain", "./pretrain.yaml", "--data", "stars.csv", *settings, "--out", "encoder")
    assert outcome.exit_code == 0, outcome.stderr
    record = json.loads((folder / "encoder" / "metrics.json").read_text())["sources"]["stars.csv"]
    assert fitted == [record["texts"] - record["left_out_as_test_texts"] - 5]


def test_every_objective_is_learned_together(
    learned: tuple[list[Figures], PretrainingNetwork, PretrainingPreparation],
) -> None:
    first, *_, last = learned[0]
    assert set(last) == {
        *("perplexity_forward", "perplexity_backward", "perplexity_autoencoder"),
        *("rating_loss", "rating_error", "label_loss", "label_accuracy"),
    }
    for name in ("perplexity_forward", "perplexity_backward", "perplexity_autoencoder"):
        now, before = last[name], first[name]
        assert now is not None
        assert before is not None
        assert now < 0.25 * before
    assert last["rating_error"] is not None
    assert last["rating_error"] < 1.5
    assert last["label_accuracy"] == 1.0


@pytest.mark.parametrize("objective", ALL)
def test_figures_of_held_out_texts_that_are_no_numbers_are_told(objective: str) -> None:
    learner, model, _ = trainer(changed(pretraining=dict.fromkeys(ALL, 0.0) | {objective: 1.0}))
    with torch.no_grad():
        model.get_parameter("embedding.weight").fill_(float("nan"))
    with pytest.raises(TrainingError, match="of the held-out texts became NaN or infinite; lower"):
        learner.task.validate()


@pytest.mark.parametrize("objective", ALL)
def test_each_objective_stands_alone(objective: str) -> None:
    only = dict.fromkeys(ALL, 0.0) | {objective: 1.0}
    learner, model, _ = trainer(changed(pretraining=only, training={"epochs": 1}))
    report = next(report for report in learner.run() if isinstance(report, EpochReport))
    wanted = {"language_model": "perplexity_forward", "autoencoder": "perplexity_autoencoder"}
    assert wanted.get(objective, f"{objective}_loss") in report.figures
    heads = {name.split(".")[0] for name in model.state_dict()} - {"embedding", "encoder", "vocabulary"}
    assert heads == {"output" if objective == "label" else objective}


def test_the_loss_of_all_negatives_is_nats_a_word() -> None:
    """With every word drawn and no noise, the mean loss over the texts is the logarithm of the perplexity."""
    only = dict.fromkeys(ALL, 0.0) | {"language_model": 1.0, "negatives": None}
    quiet = changed(pretraining=only, tokenizer={"dropout": 0.0})
    learner, model, preparation = trainer(quiet)
    model.eval()
    sequences = learner.task.sample(0, 0)
    total = sum(
        learner.task.loss_sum(sequences, np.flatnonzero(sequences.lengths == length)).item()
        for length in np.unique(sequences.lengths)
    )
    object.__setattr__(preparation.held_out, "sequences", sequences)
    figures = learner.task.validate()
    forward, backward = figures["perplexity_forward"], figures["perplexity_backward"]
    assert forward is not None
    assert backward is not None
    assert total / len(sequences) == pytest.approx((math.log(forward) + math.log(backward)) / 2, rel=1e-4)


def test_a_text_without_rating_or_label_costs_nothing_there() -> None:
    only = dict.fromkeys(ALL, 0.0) | {"rating": 1.0, "label": 1.0}
    learner, model, preparation = trainer(changed(pretraining=only))
    model.eval()
    sequences = learner.task.sample(0, 0)
    bare = np.flatnonzero((preparation.grades == ABSENT) & (preparation.classes == ABSENT))
    assert len(bare) == 0
    preparation.grades[:2] = preparation.classes[:2] = ABSENT
    for row in (0, 1):
        objective = learner.task.loss_sum(sequences, np.array([row]))
        assert objective.item() == 0.0


LONG = TEXTS[:6] + [" ".join(TEXTS[row : row + 8]) for row in range(0, len(TEXTS) - 8, 5)]
LONG_ROWS = PretrainingTexts(
    LONG,
    np.arange(len(LONG)) % 10,
    np.arange(len(LONG)) % 2,
    *(tuple(range(1, 11)), ("negative", "positive"), {"made": "0"}, {"made": len(LONG)}, {"made": 0}),
)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("max_tokens", [1, 5, 16])
def test_long_texts_are_read_whole_in_pieces(dropout: float, max_tokens: int) -> None:
    config = changed(tokenizer={"dropout": dropout}, pretraining={"max_tokens": max_tokens})
    told: list[str] = []
    prepared = prepare_pretraining(config, LONG_ROWS, None, told.append)
    kept, _ = hold_out(LONG, config.pretraining.held_out_texts, config.data.split_seed)
    texts = [LONG[row] for row in kept]
    plain = encode(prepared.tokenizer, texts, None)
    sampler = SubwordSampler(prepared.tokenizer, texts, dropout, None)
    assert f"{(plain.lengths > max_tokens).sum():,} of them in pieces of at most {max_tokens};" in told[-1]
    for pieces, whole in (
        (prepared.plain_training, plain),
        *((prepared.training.sample(0, epoch), sampler.sample(0, epoch)) for epoch in range(2)),
    ):
        assert pieces.input_ids.tolist() == whole.input_ids.tolist()
        assert pieces.lengths.max() <= max_tokens
        assert np.bincount(pieces.text_of_piece, weights=pieces.lengths).tolist() == whole.lengths.tolist()
    assert prepared.held_out.sequences.lengths.max() <= max_tokens
    assert prepared.held_out.sequences.text_of_piece[-1] == len(prepared.held_out.grades) - 1


def test_a_piece_inherits_the_rating_and_the_label_of_its_text() -> None:
    only = dict.fromkeys(ALL, 0.0) | {"rating": 1.0, "label": 1.0, "max_tokens": 8}
    config = changed(pretraining=only)
    prepared = prepare_pretraining(config, LONG_ROWS, None, lambda _line: None)
    model = PretrainingNetwork(config.model, config.pretraining, prepared.tokenizer.get_vocab_size(), 10, 2).eval()
    task = PretrainingTask(model, config, prepared, LONG_ROWS.grade_values, LONG_ROWS.class_names)
    pieces = task.sample(0, 0)
    of_text = [np.flatnonzero(pieces.text_of_piece == text) for text in range(len(prepared.grades))]
    assert len(of_text[-1]) > 2
    prepared.grades[-1] = prepared.classes[-1] = ABSENT
    costs = [[task.loss_sum(pieces, np.array([row])).item() for row in rows] for rows in of_text]
    assert costs[-1] == [0.0] * len(of_text[-1])
    assert all(cost > 0.0 for text in costs[:-1] for cost in text)
    assert {"rating_loss", "label_accuracy"} <= task.validate().keys()


def test_what_fits_is_learned_as_with_any_limit() -> None:
    longest = max(trainer()[2].training.sample(0, epoch).lengths.max() for epoch in range(2))
    ends = [finish(trainer(changed(pretraining={"max_tokens": limit}))[0]) for limit in (int(longest), 1_000)]
    assert ends[0] == ends[1]


def test_no_words_are_asked_for_at_a_cut() -> None:
    """Each direction would ask its first word of the start of a text; a piece from the middle has none."""
    only = dict.fromkeys(ALL, 0.0) | {"language_model": 1.0, "max_tokens": 8, "negatives": None}
    config = changed(pretraining=only, tokenizer={"dropout": 0.0})
    prepared = prepare_pretraining(config, LONG_ROWS, None, lambda _line: None)
    model = PretrainingNetwork(config.model, config.pretraining, prepared.tokenizer.get_vocab_size(), 10, 2).eval()
    task = PretrainingTask(model, config, prepared, LONG_ROWS.grade_values, LONG_ROWS.class_names)
    pieces = task.sample(0, 0)
    inner = np.flatnonzero(pieces.truncated[1:] & pieces.truncated[:-1])[:1] + 1
    before = task.loss_sum(pieces, inner).item()
    with torch.no_grad():
        model.get_parameter("language_model.starts").add_(1.0)
    assert task.loss_sum(pieces, inner).item() == before
    whole = np.flatnonzero(~pieces.truncated)[:1]
    first = task.loss_sum(pieces, whole).item()
    with torch.no_grad():
        model.get_parameter("language_model.starts").add_(1.0)
    assert task.loss_sum(pieces, whole).item() != first


@given(
    texts=st.lists(st.sampled_from(["가", "나", "다 라", "다  라", "A", "a"]) | st.text(max_size=3), max_size=60),
    number=st.integers(1, 10),
    seed=st.integers(0, 9),
)
def test_held_out_texts_are_distinct_and_equal_none_that_is_trained_on(
    texts: list[str], number: int, seed: int
) -> None:
    kept, held_out = hold_out(texts, number, seed)
    held_out_keys = [grouping_key(texts[row]) for row in held_out]
    assert len(set(held_out_keys)) == len(held_out_keys) <= number
    assert not set(held_out_keys) & {grouping_key(texts[row]) for row in kept}
    assert len(kept) + sum(grouping_key(text) in set(held_out_keys) for text in texts) == len(texts)


def test_samples_repeat_by_seed_and_leave_the_noise_of_training_alone(
    learned: tuple[list[Figures], PretrainingNetwork, PretrainingPreparation],
) -> None:
    _, model, preparation = learned
    state = torch.get_rng_state()
    first, again, other = (sample_texts(model, preparation.tokenizer, 8, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert torch.equal(torch.get_rng_state(), state)
    words = set(" ".join(TEXTS).split())
    written = " ".join(first).split()
    assert sum(word in words for word in written) > 0.5 * len(written)


SMALL = """
tokenizer: {vocab_size: 300}
model: {embedding_size: 8, hidden_size: 12, pooling: [mean, last]}
training: {epochs: 1, batch_size: 16, threads: 1, average_decay: 0.9}
"""
TEACH = "pretraining: {language_model: 1, label: 1, negatives: 50, sources: [sample]}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SENTIMENT_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _name: tmp_path / "cache")
    (tmp_path / "pretrain.yaml").write_text(SMALL + TEACH)
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "wide.yaml").write_text(SMALL.replace("hidden_size: 12", "hidden_size: 20"))
    return tmp_path


@pytest.fixture(scope="module")
def pretrained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that needs an encoder keeps it for the others."""
    return tmp_path_factory.mktemp("pretrained") / "encoder"


@pytest.fixture
def encoder(folder: Path, pretrained_once: Path, run_command: Callable[..., Any]) -> Path:
    if not pretrained_once.exists():
        outcome = run_command("pretrain", "./pretrain.yaml", "--out", "encoder")
        assert outcome.exit_code == 0, outcome.stderr
        assert outcome.stdout == "encoder\n"
        (folder / "encoder").rename(pretrained_once)
    shutil.copytree(pretrained_once, folder / "encoder")
    return folder / "encoder"


def test_it_leaves_an_encoder_that_is_told_from_a_model(encoder: Path, run_command: Callable[..., Any]) -> None:
    manifest = json.loads((encoder / MANIFEST_FILE).read_text())
    assert (manifest["kind"], manifest["labels"]) == ("encoder", ["negative", "positive"])
    ModelDirectory.open(encoder, allow_encoder=True).verify()
    metrics = json.loads((encoder / "metrics.json").read_text())
    assert metrics["sources"]["sample"]["texts"] == 720
    assert metrics["sources"]["sample"]["left_out_as_test_texts"] > 0
    assert metrics["epochs"][0]["perplexity_forward"] > 1.0
    card = (encoder / "README.md").read_text()
    assert "has no classes yet" in card
    assert "equal a test text and were left out" in card
    refused = run_command("predict", "--model", "encoder", "좋다")
    assert refused.exit_code == 5
    assert refused.stderr == (
        "error: encoder: an encoder, which has no classes; train a model from it with: sentiment train --from encoder\n"
    )


def test_an_encoder_is_not_taken_for_the_last_model(
    folder: Path, write_model: Callable[..., Path], run_command: Callable[..., Any]
) -> None:
    write_model(folder / "runs" / "model")
    assert run_command("pretrain", "./pretrain.yaml").stdout == "runs/pretrain\n"
    assert find_model(None)[0] == Path("runs/model")


def test_training_from_an_encoder_takes_its_tokens_sizes_and_weights(
    encoder: Path, run_command: Callable[..., Any]
) -> None:
    # So small a rate moves nothing: the weights that were taken over can be told.
    rate = ("--set", "training.learning_rate=1.0e-12", "--set", "training.average_decay=0")
    outcome = run_command("train", "./wide.yaml", "--data", "sample", "--from", "encoder", "--out", "model", *rate)
    assert outcome.exit_code == 0, outcome.stderr
    assert "model.hidden_size: taken from encoder, not from wide" in outcome.stderr
    assert "starting from encoder: its tokens, embedding and encoder" in outcome.stderr
    assert (encoder.parent / "model" / "tokenizer.json").read_bytes() == (encoder / "tokenizer.json").read_bytes()
    learned, model = load_file(encoder / "model.safetensors"), load_file(encoder.parent / "model" / "model.safetensors")
    for name in (name for name in model if name.startswith(("embedding.", "encoder."))):
        torch.testing.assert_close(model[name], learned[name], atol=1e-6, rtol=0.0)
    assert ModelDirectory.open(encoder.parent / "model").config.model.hidden_size == 12
    metrics = json.loads((encoder.parent / "model" / "metrics.json").read_text())
    digest = sha256((encoder / "model.safetensors").read_bytes()).hexdigest()
    assert metrics["started_from"] == {"path": "encoder", "weights_sha256": digest}
    assert "Started from the weights of encoder" in (encoder.parent / "model" / "README.md").read_text()


def test_an_encoder_may_be_stored_as_float16(encoder: Path, run_command: Callable[..., Any]) -> None:
    outcome = run_command("pretrain", "./pretrain.yaml", "--out", "half", "--set", "export.weights=float16")
    assert outcome.exit_code == 0, outcome.stderr
    whole, half = (load_file(encoder.parent / name / "model.safetensors") for name in ("encoder", "half"))
    assert all(torch.equal(half[name], weight.half()) for name, weight in whole.items())
    steps = ("--set", "training.learning_rate=1.0e-12", "--set", "training.average_decay=0")
    settings_ = (*steps, "--set", "export.weights=float16")
    outcome = run_command("train", "./small.yaml", "--data", "sample", "--from", "half", "--out", "model", *settings_)
    assert outcome.exit_code == 0, outcome.stderr
    model = load_file(encoder.parent / "model" / "model.safetensors")
    assert torch.equal(model["embedding.weight"], half["embedding.weight"])
    assert run_command("predict", "--model", "model", "좋다").exit_code == 0


def test_an_encoder_that_float16_cannot_hold_is_written_as_float32_without_a_new_pretraining(
    folder: Path, run_command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sentiment.training.pretraining.job.write_weights", _writing_too_large(write_weights))
        outcome = run_command("pretrain", "./pretrain.yaml", "--out", "half", "--set", "export.weights=float16")
    assert outcome.exit_code == 6
    remedy = "sentiment pretrain --resume half --set export.weights=float32"
    assert outcome.stderr.splitlines()[-1].endswith(f"; write it as float32: {remedy}")
    assert not (folder / "half").exists()
    assert run_command(*remedy.split()[1:]).exit_code == 0
    assert load_file(folder / "half" / "model.safetensors")["embedding.weight"].dtype == torch.float32
    assert ModelDirectory.open(folder / "half", allow_encoder=True).config.export.weights == "float32"


def _writing_too_large(write: Callable[..., None]) -> Callable[..., None]:
    def write_too_large(path: Path, weights: dict[str, torch.Tensor], *others: str) -> None:
        write(path, weights | {"embedding.weight": torch.full((2, 2), 1e5)}, *others)

    return write_too_large


def test_the_classes_that_an_encoder_knows_are_taken_over_where_they_are_the_same(
    encoder: Path, run_command: Callable[..., Any]
) -> None:
    arguments = ("train", "./small.yaml", "--data", "sample", "--from", "encoder", "--force", "--out", "model")
    assert ", output.weight, output.bias" in run_command(*arguments).stderr
    assert "output.weight" not in run_command(*arguments, "--set", "model.pooling=[max, last]").stderr


def test_a_model_can_be_gone_on_from(encoder: Path, run_command: Callable[..., Any]) -> None:
    run_command("train", "./small.yaml", "--data", "sample", "--out", "first")
    outcome = run_command("train", "./small.yaml", "--data", "sample", "--from", "first", "--out", "second")
    assert outcome.exit_code == 0
    assert "starting from first: its tokens, embedding and encoder, output.weight, output.bias" in outcome.stderr


def test_runs_are_named_by_their_names(folder: Path, run_command: Callable[..., Any]) -> None:
    assert run_command("pretrain", "./pretrain.yaml").stdout == "runs/pretrain\n"
    outcome = run_command("train", "./small.yaml", "--data", "sample", "--from", "pretrain")
    assert outcome.exit_code == 0, outcome.stderr
    assert "starting from runs/pretrain: its tokens" in outcome.stderr
    assert "started from\truns/pretrain\n" in run_command("models", "show", "small").stdout


@pytest.mark.parametrize(("verb", "name"), [("pretrain", "pretrain"), ("train", "small")])
def test_a_run_is_gone_on_with_by_its_name(folder: Path, run_command: Callable[..., Any], verb: str, name: str) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise Interrupted("stopped")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sentiment.training.runner.runner.train_to_the_end", stop)
        run_command(verb, f"./{name}.yaml", "--data", "sample")
    assert (folder / "runs" / f"{name}.unfinished").is_dir()
    refused = run_command(verb, "--resume", name, "--set", "training.epochs=2")
    assert refused.exit_code == 2
    assert run_command(verb, "--resume", name).stdout == f"runs/{name}\n"


def test_a_pretraining_that_goes_on_takes_no_settings_at_all(folder: Path, run_command: Callable[..., Any]) -> None:
    refused = run_command("pretrain", "--resume", "any", "--set", "export.precision=int8")
    assert refused.exit_code == 2
    assert "export.precision=int8" in refused.stderr


@pytest.mark.parametrize(("verb", "config"), [("train", "small"), ("pretrain", "pretrain")])
def test_a_processor_without_bfloat16_refuses_it(
    folder: Path, run_command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, verb: str, config: str
) -> None:
    def kernel_is_missing(*_arguments: Any) -> None:
        raise RuntimeError("could not create a primitive descriptor for the LSTM forward propagation primitive")

    def stop(*_arguments: Any, **_options: Any) -> None:
        raise Interrupted("stopped")

    asked = (verb, f"./{config}.yaml", "--set", "training.precision=bfloat16", "--out", "out")
    with pytest.MonkeyPatch.context() as capable_processor:
        capable_processor.setattr("sentiment.training.compute.choice.multiplies_bfloat16", lambda _kind: True)
        capable_processor.setattr("sentiment.training.runner.runner.train_to_the_end", stop)
        assert run_command(*asked).exit_code == 130
    monkeypatch.setattr("torch.lstm", kernel_is_missing)
    for arguments in ((*asked, "--force"), (verb, "--resume", "out")):
        outcome = run_command(*arguments)
        assert outcome.exit_code == 3
        assert "training.precision: this processor has no instructions for bfloat16" in outcome.stderr.splitlines()[-1]
    assert (folder / "out.unfinished").is_dir()


def test_each_command_goes_on_with_its_own(folder: Path, run_command: Callable[..., Any]) -> None:
    record = TrainingRecord("", {}, "", 1, replace=False, command=[], verb="pretrain")
    (folder / "out.unfinished").mkdir()
    write_record(folder / "out.unfinished", record)
    outcome = run_command("train", "--resume", "out")
    assert outcome.exit_code == 6
    assert "not started by train; resume with: sentiment pretrain --resume out" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("pretrain", "./small.yaml"), 3, "pretraining: no objective has a weight; set one"),
        (("pretrain", "./pretrain.yaml", "--set", "pretraining.rating=1"), 3, "no source has ratings (sample)"),
        (
            ("pretrain", "./pretrain.yaml", "--set", "training.patience=2"),
            3,
            "training.patience: has no effect in pretraining",
        ),
        (("pretrain", "./pretrain.yaml", "--set", "export.precision=int8"), 3, "export.precision: has no effect in"),
        (
            ("pretrain", "./pretrain.yaml", "--set", "data.source=sample"),
            3,
            "--set data.source: has no effect in pretraining",
        ),
        (
            ("pretrain", "./pretrain.yaml", "--set", "training.probe=false"),
            3,
            "training.probe: has no effect in pretraining",
        ),
        (
            ("train", "./small.yaml", "--set", "pretraining.rating=1"),
            3,
            "pretraining.rating: has no effect in training",
        ),
        (("train", "./small.yaml", "--from", "nowhere"), 5, "nowhere: no such directory, and no finished run"),
        (("train", "./small.yaml", "--from", "./nowhere"), 5, "nowhere: no such model directory"),
        (
            ("train", "./small.yaml", "--from", "encoder", "--set", "model.cell=gru"),
            3,
            "--set model.cell: got gru, but encoder was trained with lstm; remove it",
        ),
    ],
)
def test_faults_are_one_line(
    encoder: Path, run_command: Callable[..., Any], arguments: tuple[str, ...], code: int, message: str
) -> None:
    outcome = run_command(*arguments)
    assert outcome.exit_code == code
    assert message in outcome.stderr.splitlines()[-1]
    assert not list(encoder.parent.glob("*.unfinished"))
