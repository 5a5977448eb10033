"""Comparison of models: who is compared with whom, on which rows, and what is concluded."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment.data import load_rows
from sentiment.errors import DataError
from sentiment.evaluation import Comparison, Pair, System, compare_models, conclusions, evaluate
from sentiment.evaluation.systems import MCNEMAR, OVER_SEEDS
from sentiment.model_dir import ModelDirectory, staged_model_dir
from sentiment.stats.comparing import mcnemar
from tests.evaluation.conftest import rewrite_metrics, write_csv

Train = Callable[..., Any]
Run = Callable[..., Any]


def quiet(text: str) -> None:
    pass


def compare(*models: Path, data: Path) -> Comparison:
    return compare_models(models, load_rows(str(data), notify=quiet), notify=quiet)


def test_two_models(train: Train) -> None:
    one, other = train(), train(out="other", swapped=True)
    found = compare(one.model, other.model, data=one.data)
    accuracies = {system.name: system.accuracy for system in found.systems}
    assert accuracies[str(one.model)] == pytest.approx(1 - accuracies[str(other.model)])
    assert list(accuracies.values()) == sorted(accuracies.values(), reverse=True)
    (pair,) = found.pairs
    assert (pair.first, pair.test) == (found.systems[0].name, MCNEMAR)
    assert pair.only_first_right is not None
    assert pair.only_second_right is not None
    assert pair.only_first_right + pair.only_second_right == found.n == found.num_disagreements
    assert pair.difference == pytest.approx((pair.only_first_right - pair.only_second_right) / found.n)
    assert pair.interval[0] <= pair.difference <= pair.interval[1]
    assert pair.p_value == pair.p_adjusted == mcnemar(pair.only_first_right, pair.only_second_right)
    for row in found.disagreements:
        assert row.predicted[str(one.model)] != row.predicted[str(other.model)]
        assert row.truth in row.predicted.values()
    assert all(system.rows_per_second > 0 and system.size_bytes > 1_000 for system in found.systems)


def test_labels_that_are_only_spelled_differently_are_no_disagreement(train: Train, tmp_path: Path) -> None:
    one = train()
    first = ModelDirectory.open(one.model)
    assert first.labels == ("negative", "positive")
    with staged_model_dir(tmp_path / "other", labels=("부정", "긍정"), replace=False) as stage:
        for name in first.manifest.files:
            (stage / name).write_bytes(first.read(name))
    found = compare(one.model, tmp_path / "other", data=one.data)
    assert len({system.accuracy for system in found.systems}) == 1
    assert (found.num_disagreements, found.disagreements) == (0, ())


def test_seeds_of_one_experiment_are_one_system(train: Train) -> None:
    seeds = [train(out=f"seed-{seed}", seed=seed) for seed in range(3)]
    other = train(out="other", swapped=True, seed=7)
    found = compare(*(one.model for one in seeds), other.model, data=other.data)
    assert sorted(len(system.models) for system in found.systems) == [1, 3]
    (several,) = (system for system in found.systems if len(system.models) == 3)
    assert several.name == f"{seeds[0].model} and 2 more seeds"
    assert (several.spread, several.accuracy_interval) == (0.0, None)
    assert [pair.test for pair in found.pairs] == [OVER_SEEDS]
    with pytest.raises(DataError, match="differ only in their seed"):
        compare(seeds[0].model, seeds[1].model, data=other.data)


@pytest.mark.parametrize(("origin", "file"), [("teacher", "sha256"), ("started_from", "weights_sha256")])
def test_another_origin_is_no_other_seed(train: Train, tmp_path: Path, origin: str, file: str) -> None:
    first, second = train(out="seed-0", seed=0), train(out="seed-1", seed=1)
    copies = [(first, "a", "one"), (second, "a", "seed"), (second, "b", "other")]
    for trained, content, name in copies:
        rewrite_metrics(trained.model, tmp_path / name, {origin: {"path": "same", file: content}})
    found = compare(*(tmp_path / name for _, _, name in copies), data=first.data)
    assert sorted([path.name for path in system.models] for system in found.systems) == [["one", "seed"], ["other"]]


def test_a_copy_is_no_other_seed(train: Train) -> None:
    one, copy = train(), train(out="copy")
    found = compare(one.model, copy.model, data=one.data)
    assert [len(system.models) for system in found.systems] == [1, 1]
    assert found.pairs[0].p_value == 1.0
    with pytest.raises(DataError, match="is one model"):
        compare(one.model, one.model, data=one.data)


def test_several_pairs_are_adjusted(train: Train) -> None:
    one = train()
    found = compare(one.model, train(out="b", swapped=True).model, train(out="c").model, data=one.data)
    assert len(found.pairs) == 3
    assert all(pair.p_adjusted >= pair.p_value for pair in found.pairs)
    assert sum(pair.p_adjusted > pair.p_value for pair in found.pairs) >= 1
    assert any("adjusted for 3 comparisons" in line for line in conclusions(found))


def example(difference: float, p_value: float, *, only_first: int = 30, only_second: int = 20) -> Comparison:
    systems = tuple(System(name, (Path(name),), 0.8, (0.7, 0.9), None, 1e6, 1e3) for name in "ab")
    pair = Pair("a", "b", difference, (-0.1, 0.1), only_first, only_second, MCNEMAR, p_value, p_value)
    return Comparison("rows", 1_000, systems, (pair,), 50, ())


def test_what_may_be_concluded() -> None:
    better, *limits = conclusions(example(0.05, 0.0001))
    assert better.startswith("a is better than b on rows like these (+5.00 points")
    assert "p < 0.001" in better
    assert any("another seed" in line for line in limits)
    assert conclusions(example(-0.05, 0.01))[0].startswith("b is better than a")
    # (1.96 + 0.84)² · (0.05 - 0.01²) / 0.01²
    assert "would need about 3,917 rows" in conclusions(example(0.01, 0.2))[0]
    assert "do not show whether a or b is better" in conclusions(example(0.01, 0.2))[0]


def test_the_command(train: Train, run_command: Run) -> None:
    one, other = train(), train(out="other", swapped=True)
    outcome = run_command("compare", str(one.model), str(other.model), "--json")
    assert outcome.exit_code == 0, outcome.stderr
    report = json.loads(outcome.stdout)
    assert report["n"] == len(one.splits().test.texts)
    assert {system["name"] for system in report["systems"]} == {str(one.model), str(other.model)}
    shown = run_command("compare", str(one.model), str(other.model))
    assert shown.exit_code == 0
    assert report["conclusions"][0] in shown.stdout
    assert f"{100 * report['systems'][0]['accuracy']:.2f}" in shown.stdout
    assert run_command("compare", str(one.model)).exit_code == 2


def test_models_of_different_rows_need_data(train: Train, run_command: Run, tmp_path: Path) -> None:
    one = train()
    data = one.data.rename(tmp_path / "first.csv")
    other = train(out="other", rows=[("좋다 하나", "positive"), ("싫다 둘", "negative")] * 30, validation_fraction=0.1)
    outcome = run_command("compare", str(one.model), str(other.model))
    assert outcome.exit_code == 4
    assert "was trained on other rows than" in outcome.stderr
    assert "--data" in outcome.stderr
    assert run_command("compare", str(one.model), str(other.model), "--data", str(data)).exit_code == 0


@pytest.fixture
def stranger(train: Train, tmp_path: Path) -> Any:
    """A model of another file."""
    rows = [("좋다 하나", "positive"), ("싫다 둘", "negative")] * 30
    return train(out="stranger", source=str(write_csv(tmp_path / "others.csv", rows)))


def test_rows_that_another_model_was_trained_on_are_refused(
    train: Train, stranger: Any, run_command: Run, tmp_path: Path
) -> None:
    one = train(validation_fraction=0.0, test_fraction=0.0)
    copy = str(shutil.copy(one.data, tmp_path / "copy.csv"))
    evaluation = ("eval", "--model", str(stranger.model), "--against", str(one.model), "--no-baseline")
    comparison = ("compare", str(stranger.model), str(one.model))
    for command, data in ((comparison, copy), (evaluation, copy), (evaluation, str(one.data))):
        refused = run_command(*command, "--data", data)
        assert (refused.exit_code, "was trained on rows of" in refused.stderr) == (4, True)
    held_out = run_command(*comparison, "--data", str(one.data))
    assert (held_out.exit_code, "held out no test rows" in held_out.stderr) == (4, True)
    alone = run_command("eval", "--model", str(one.model), "--no-baseline", "--data", copy)
    assert "the model was trained on these rows" in alone.stderr


def test_the_order_of_models_does_not_choose_the_rows(train: Train, stranger: Any, run_command: Run) -> None:
    one = train()
    for models in ((one, stranger), (stranger, one)):
        outcome = run_command("compare", *(str(model.model) for model in models), "--data", str(one.data), "--json")
        assert json.loads(outcome.stdout)["n"] == len(one.splits().test.texts), outcome.stderr


def test_of_a_copy_of_a_training_file_the_test_rows_count(
    train: Train, stranger: Any, run_command: Run, tmp_path: Path
) -> None:
    one = train()
    copy = str(shutil.copy(one.data, tmp_path / "copy.csv"))
    for models in ((one, stranger), (stranger, one)):
        outcome = run_command("compare", *(str(model.model) for model in models), "--data", copy, "--json")
        assert json.loads(outcome.stdout)["n"] == len(one.splits().test.texts), outcome.stderr
        assert f"{copy}: contains the rows of {one.data}" in outcome.stderr


def test_a_copy_of_the_training_file_of_another_model_is_refused(
    train: Train, stranger: Any, run_command: Run, tmp_path: Path
) -> None:
    one, other = train(), train(out="other", split_seed=7)
    copy = str(shutil.copy(one.data, tmp_path / "copy.csv"))
    commands = (
        ("eval", "--model", str(stranger.model), "--against", str(one.model), "--no-baseline"),
        ("eval", "--model", str(one.model), "--against", str(other.model), "--no-baseline"),
        ("compare", str(one.model), str(other.model)),
    )
    for command in commands:
        refused = run_command(*command, "--data", copy)
        assert (refused.exit_code, "was trained on rows of" in refused.stderr) == (4, True), refused.stderr


def test_a_copied_review_sheet_is_refused_before_rows_are_drawn(
    train: Train, stranger: Any, run_command: Run, tmp_path: Path
) -> None:
    rows = [
        (f"영화 {row}", "positive" if row % 3 else "negative", "random" if row % 2 else "least certain")
        for row in range(60)
    ]
    one = train(rows=rows)
    copy = str(shutil.copy(one.data, tmp_path / "copy.csv"))
    command = ("eval", "--model", str(stranger.model), "--against", str(one.model), "--no-baseline", "--data", copy)
    refused = run_command(*command)
    assert (refused.exit_code, "was trained on rows of" in refused.stderr) == (4, True), refused.stderr


def test_of_a_review_sheet_the_random_rows_count(train: Train, run_command: Run, tmp_path: Path) -> None:
    one, other = train(), train(out="other", swapped=True)
    sheet = tmp_path / "check.csv"
    rows = [f"영화 {row},positive,{'random' if row % 2 else 'least certain'}" for row in range(60)]
    sheet.write_text("\n".join(["text,label,sampled", *rows]), encoding="utf-8")
    outcome = run_command("compare", str(one.model), str(other.model), "--data", str(sheet), "--json")
    assert json.loads(outcome.stdout)["n"] == 30
    command = ("calibrate", str(one.model), "--data", str(sheet), "--out", str(tmp_path / "mine"), "--json")
    assert json.loads(run_command(*command).stdout)["rows"] == 30


def test_eval_against(train: Train, run_command: Run) -> None:
    one, other = train(), train(out="other", swapped=True)
    command = ("eval", "--model", str(one.model), "--against", str(other.model), "--no-baseline")
    report = json.loads(run_command(*command, "--json").stdout)
    expected = compare_models([one.model, other.model], one.splits().test, notify=quiet)
    assert report["against"]["pairs"] == json.loads(json.dumps(expected.to_dict()))["pairs"]
    assert report["baselines"]
    assert conclusions(expected)[0] in run_command(*command).stdout
    alone = evaluate(one.model, with_baselines=False, notify=quiet)
    assert alone.to_dict()["against"] is None


def test_baselines_download_nothing(trained: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sentiment.evaluation.rows.is_on_this_machine", lambda source: False)
    monkeypatch.setattr("sentiment.evaluation.rows.TrainingOrigin.load", lambda *_: pytest.fail("reads the rows"))
    other = tmp_path / "other.csv"
    other.write_text("text,label\n최고,positive\n최악,negative\n", encoding="utf-8")
    report = evaluate(trained.model, data=str(other), notify=quiet)
    assert report.score.metrics.n == 2
    assert "not downloaded for a baseline" in str(report.baselines[1].reason)
