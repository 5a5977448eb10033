"""An ablation repeats no training that has ended, and its interval is that of a paired comparison."""

import io
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sentiment.cli
import trainings
from ablation import difference, main
from ablation_plan import Experiment, Plan
from sentiment.errors import ConfigError
from sentiment.evaluation import compare_paired

SCRIPT = Path(__file__).parents[2] / "scripts" / "experiments" / "ablation.py"
TINY = """
base: quick
set: [data.source=sample, training.epochs=1, training.threads=1, model.hidden_size=4, model.embedding_size=4,
  tokenizer.vocab_size=300]
variations:
  - {name: without decay, set: [training.weight_decay=0]}
"""
PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


def run_here(arguments: Sequence[str], cwd: Path | None = None) -> None:
    """Run the command in this process, which has torch loaded."""
    assert list(arguments[: len(trainings.SENTIMENT)]) == trainings.SENTIMENT
    assert cwd is None
    words = ["sentiment", *arguments[len(trainings.SENTIMENT) :]]
    with patch.object(sys, "argv", words), redirect_stdout(io.StringIO()), pytest.raises(SystemExit) as ended:
        sentiment.cli.main()
    assert not ended.value.code


def plan(tmp_path: Path, text: str) -> Plan:
    path = tmp_path / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    return Plan.read(path)


@settings(deadline=None)
@given(PAIRS)
def test_with_one_seed_the_interval_is_that_of_the_paired_comparison(pairs: list[tuple[bool, bool]]) -> None:
    ours, base = np.array(pairs).T
    gain, interval = difference(ours[None], base[None])
    compared = compare_paired(ours, base)
    assert gain == pytest.approx(compared.accuracy_difference)
    assert interval == pytest.approx(compared.accuracy_difference_interval)


@settings(deadline=None)
@given(PAIRS)
def test_more_seeds_with_the_same_answers_make_no_interval_narrower(pairs: list[tuple[bool, bool]]) -> None:
    ours, base = np.array(pairs).T
    repeated = difference(np.stack([ours] * 3), np.stack([base] * 2))
    gain, interval = difference(ours[None], base[None])
    assert repeated[0] == pytest.approx(gain)
    assert repeated[1] == pytest.approx(interval)


def test_a_variation_may_start_elsewhere_or_at_random(tmp_path: Path, write_encoder: Callable[..., Path]) -> None:
    first, second = write_encoder(tmp_path / "first"), write_encoder(tmp_path / "second")
    several = plan(
        tmp_path,
        f"base: quick\nfrom: {first}\nvariations:\n- name: same\n- {{name: other, from: {second}}}\n"
        "- {name: random, from: null}\n",
    ).experiments()
    assert [experiment.start for experiment in several] == [str(first), str(first), str(second), None]
    assert several[3].arguments(7) == ["quick", "--seed", "7"]
    assert several[2].arguments(7) == ["quick", "--seed", "7", "--from", str(second)]


def test_a_run_is_known_by_what_was_chosen_and_not_by_how(tmp_path: Path) -> None:
    def name(*settings: str) -> str:
        return Experiment.check("Label smoothing!", "quick", settings, None).run_name(0)

    assert name().startswith("label-smoothing-")
    assert name("training.epochs=2") == name()  # as in quick.yaml
    assert name("training.epochs=3") != name()
    assert name("training.epochs=3", "model.cell=gru") == name("model.cell=gru", "training.epochs=3")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("base: quick\nvariations: []", "variations"),
        ("base: quick\nvariation: []", "variation"),
        ("base: quick\nvariations: [{name: a}, {name: a}]", "two variations have one name"),
        ("base: quick\nvariations: [{name: base}]", "called 'base'"),
        ("base: quick\nvariations: [{name: a, set: [training.epoch=3]}]", "training.epochs"),
        ("base: [", "cannot be read"),
    ],
)
def test_a_plan_with_a_fault_is_refused_before_anything_is_trained(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        plan(tmp_path, text).experiments()


def test_the_shipped_plan_is_one() -> None:
    experiments = Plan.read(SCRIPT.with_suffix(".yaml")).experiments()
    assert len({experiment.key for experiment in experiments}) == len(experiments)


def test_the_table_is_made_and_nothing_is_trained_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan(tmp_path, TINY)
    command = ["ablation.py", str(tmp_path / "plan.yaml"), "--seeds", "3", "--out", str(tmp_path)]
    monkeypatch.setattr(trainings, "run_command", run_here)
    monkeypatch.setattr(sys, "argv", command)
    main()
    first = capsys.readouterr().out
    assert [line.split("|")[1].strip() for line in first.splitlines()] == [
        "variation",
        "---",
        "base",
        "without decay",
    ]
    models = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/model.onnx")}
    assert len(models) == 2
    main()
    assert capsys.readouterr().out == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/model.onnx")} == models
