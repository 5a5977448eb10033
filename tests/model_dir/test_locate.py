"""The model that is meant when none is named, and the place of the next one."""

import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sentiment.errors import ModelDirectoryError
from sentiment.model_dir import (
    DEFAULT_CLASSIFIER,
    ENGLISH_CLASSIFIER,
    FORMAT_VERSION,
    ModelDirectory,
    choose_model,
    default_out,
    find_encoder,
    find_model,
    known_models,
    locate_model,
    locate_unfinished,
)

WriteModel = Callable[..., Path]
Change = Callable[..., None]


def test_a_named_model_comes_first_then_the_environment_then_the_last_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_minimal: WriteModel, change_manifest: Change
) -> None:
    runs = tmp_path / "runs"
    for age_days, name in enumerate(["b", "a", "c"]):
        created = datetime(2026, 5, 1, tzinfo=UTC) - timedelta(days=age_days)
        change_manifest(write_minimal(runs / name), created=created.isoformat())
    (runs / "d.unfinished").mkdir()
    assert find_model(None, runs=runs) == (runs / "b", f"the last finished run under {runs}/")
    elsewhere = write_minimal(tmp_path / "elsewhere")
    monkeypatch.setenv("SENTIMENT_MODEL", str(elsewhere))
    assert find_model(None, runs=runs) == (elsewhere, "$SENTIMENT_MODEL")
    assert find_model("./named", runs=runs) == (Path("named"), "--model")


def test_runs_are_compared_in_time_not_as_text(
    tmp_path: Path, write_minimal: WriteModel, change_manifest: Change
) -> None:
    change_manifest(write_minimal(tmp_path / "east"), created="2026-05-02T01:00:00+09:00")
    change_manifest(write_minimal(tmp_path / "west"), created="2026-05-01T20:00:00+00:00")
    assert find_model(None, runs=tmp_path)[0] == tmp_path / "west"


def test_a_run_that_cannot_be_read_is_passed_over_and_named(
    tmp_path: Path, write_minimal: WriteModel, change_manifest: Change
) -> None:
    write_minimal(tmp_path / "good")
    change_manifest(write_minimal(tmp_path / "newer"), format_version=FORMAT_VERSION + 1)
    path, reason = find_model(None, runs=tmp_path)
    assert path == tmp_path / "good"
    assert re.search(r"; ignored \S+/newer/manifest\.json: format 3 is newer", reason)


def test_a_name_means_a_finished_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_minimal: WriteModel
) -> None:
    monkeypatch.chdir(tmp_path)
    run = write_minimal(Path("runs/bilstm"))
    assert locate_model("bilstm") == run
    assert find_model("bilstm") == (run, "--model")
    monkeypatch.setenv("SENTIMENT_MODEL", "bilstm")
    assert find_model(None) == (run, "$SENTIMENT_MODEL")
    Path("bilstm").write_text("a file of that name is no model, and in nobody's way")
    assert locate_model("bilstm") == run
    assert locate_model(Path("bilstm")) == Path("bilstm"), "a Path is a path"
    Path("bilstm").unlink()
    write_minimal(Path("bilstm"))
    assert locate_model("bilstm") == Path("bilstm"), "an existing directory wins"


def test_a_run_that_is_not_finished_has_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_minimal: WriteModel
) -> None:
    monkeypatch.chdir(tmp_path)
    write_minimal(Path("runs/good"))
    write_minimal(Path("runs/.hidden"))
    Path("runs/gru.unfinished").mkdir()
    assert [(model.name, model.path) for model in known_models()] == [("good", Path("runs/good"))]
    for name, fault in {"gru": "no such", "gru.unfinished": "not a model directory"}.items():
        with pytest.raises(ModelDirectoryError, match=fault):
            ModelDirectory.open(locate_model(name))


@pytest.mark.parametrize(
    ("runs", "name", "advice"),
    [
        (["bilstm", "quick"], "Bilstn", "did you mean bilstm?"),
        (["bilstm", "quick"], "없음", "list the known names with: sentiment models list"),
        ([], "bilstm", "check the path, or train one with: sentiment train quick"),
    ],
)
def test_an_unknown_name_is_one_line_with_the_nearest(
    runs: list[str],
    name: str,
    advice: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    write_minimal: WriteModel,
) -> None:
    monkeypatch.chdir(tmp_path)
    for run in runs:
        write_minimal(Path("runs") / run)
    with pytest.raises(ModelDirectoryError) as caught:
        find_model(name)
    assert str(caught.value) == f"{name}: no such directory, and no finished run of that name under runs/; {advice}"


@pytest.mark.parametrize("name", ["some/where", "./bilstm", "runs/bilstm", ""])
def test_what_is_no_name_is_left_to_the_one_who_opens_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert locate_model(name) == Path(name)
    with pytest.raises(ModelDirectoryError):
        ModelDirectory.open(locate_model(name))


@pytest.mark.parametrize("folder", [".", "runs"])
def test_a_name_whose_replacement_was_cut_off(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(folder, ".gru.old-1234").mkdir(parents=True)
    with pytest.raises(ModelDirectoryError, match=r"its old model is \.gru\.old-1234, rename it back"):
        ModelDirectory.open(locate_model("gru"))


def test_nothing_to_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTIMENT_MODEL", "")
    with pytest.raises(ModelDirectoryError, match=r"no finished run under .*sentiment train quick"):
        find_model(None, runs=tmp_path / "runs")


def test_encoders_alone_are_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_encoder: WriteModel
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SENTIMENT_MODEL", raising=False)
    write_encoder(Path("runs/taught"))
    assert locate_model("taught") == Path("runs/taught")
    with pytest.raises(ModelDirectoryError) as caught:
        find_model(None)
    assert str(caught.value) == (
        "no model: no finished run under runs/ but encoders; train one with: sentiment train --from runs/taught, "
        "or choose one with `model` or $SENTIMENT_MODEL"
    )


def test_an_unfinished_training_is_found_by_its_path_or_the_name_of_its_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("runs/gru.unfinished").mkdir(parents=True)
    assert locate_unfinished("gru") == Path("runs/gru")
    assert locate_unfinished("gru.unfinished") == Path("runs/gru.unfinished")
    for path in ("runs/gru", "./gru", "bilstm"):
        assert locate_unfinished(path) == Path(path)
    assert locate_unfinished(".") == tmp_path
    Path("gru.unfinished").mkdir()
    assert locate_unfinished("gru") == Path("gru"), "what stands here comes first"


def test_the_default_place_is_the_first_free_name(tmp_path: Path) -> None:
    assert default_out("gru", tmp_path) == tmp_path / "gru"
    (tmp_path / "gru").mkdir()
    (tmp_path / "gru-2.unfinished").mkdir()
    assert default_out("gru", tmp_path) == tmp_path / "gru-3"


def test_the_last_encoder_is_meant_where_none_is_named(
    tmp_path: Path, write_minimal: WriteModel, write_encoder: WriteModel, change_manifest: Change
) -> None:
    runs = tmp_path / "runs"
    with pytest.raises(ModelDirectoryError, match="no encoder: none is finished under"):
        find_encoder(None, runs=runs)
    for age_days, name in enumerate(["b", "a", "c"]):
        created = datetime(2026, 5, 1, tzinfo=UTC) - timedelta(days=age_days)
        change_manifest(write_encoder(runs / name), created=created.isoformat())
    write_minimal(runs / "classifier")
    (runs / "broken").mkdir()
    (runs / "broken" / "manifest.json").write_text("{")
    path, reason = find_encoder(None, runs=runs)
    assert path == runs / "b"
    assert reason.startswith(f"the last finished encoder under {runs}/; ignored {runs}/broken/manifest.json")
    assert find_encoder("a", runs=runs) == (runs / "a", "--model")


def test_the_shipped_encoder_comes_last(tmp_path: Path, shipped: Path, write_encoder: WriteModel) -> None:
    runs = tmp_path / "runs"
    assert find_encoder(None, runs=runs) == (shipped / "korean-reviews", "the encoder that comes with sentiment")
    write_encoder(runs / "own")
    assert find_encoder(None, runs=runs)[0] == runs / "own"


def cross_validated(low: float, **supports: float) -> dict[str, object]:
    per_class = {name: {"support": support} for name, support in supports.items()}
    found = {"accuracy": 0.8, "accuracy_interval": [low, 0.9], "n": 100, "per_class": per_class}
    return {"validation": None, "cross_validation": found}


def metrics(low: float = 0.8, majority: object = 0.5, **data: object) -> dict[str, object]:
    validation = {"accuracy": 0.9, "accuracy_interval": [low, 0.95]}
    return {"validation": validation, "majority_class": {"validation_accuracy": majority}, "data": data}


@pytest.mark.parametrize(
    ("weak", "told"),
    [
        (
            metrics(is_fallback=True, asked_source="nsmc"),
            "trained only on the sample that ships with sentiment, because nsmc could not be",
        ),
        (
            metrics(low=0.45),
            r"90\.00% \(45\.00% to 95\.00%\) is not clearly better than the 50\.00% of always predicting",
        ),
        (metrics(low=0.5), "not clearly better"),
        (metrics(low=0.7, majority=0.9), "not clearly better"),
        (cross_validated(0.6, a=40, b=60), r"cross-validation accuracy of 80\.00% .* better than the 60\.00% of"),
    ],
)
def test_a_weak_run_is_passed_over_and_named(
    weak: dict[str, object], told: str, tmp_path: Path, shipped: Path, write_model: WriteModel
) -> None:
    runs = tmp_path / "runs"
    write_model(runs / "weak run", metrics=weak)
    path, reason = find_model(None, runs=runs)
    assert path == shipped / "korean-opinion"
    assert reason.startswith("the model that comes with sentiment; skipped ")
    assert re.search(rf"; skipped {runs}/weak run: it.*{told}.*; --model 'weak run' uses it", reason)
    assert find_model("weak run", runs=runs) == (runs / "weak run", "--model")
    write_model(runs / "good", metrics=metrics())
    write_model(runs / "weak again", metrics=weak)
    path, reason = find_model(None, runs=runs)
    assert (path, reason.count("skipped")) == (runs / "good", 1)


@pytest.mark.parametrize(
    "known",
    [
        metrics(),
        metrics(is_fallback=False, asked_source="sample", source="sample"),
        {},
        {"validation": None, "majority_class": {"validation_accuracy": None}, "data": None},
        metrics(majority=None),
        metrics(majority="0.95"),
        metrics(majority=10**30),
        {
            "validation": {"accuracy": 0.5, "accuracy_interval": [10**30, 2]},
            "majority_class": {"validation_accuracy": 1},
        },
        {"validation": {"accuracy": 0.5, "accuracy_interval": [None]}, "majority_class": []},
        {
            "cross_validation": {
                "accuracy": 0.5,
                "accuracy_interval": [0.4, 0.6],
                "n": 0,
                "per_class": {"a": {"support": 1}},
            }
        },
        cross_validated(0.6, a=40, b=60.5),
        {"data": {"is_fallback": "yes"}},
    ],
    ids=str,
)
def test_a_run_of_which_nothing_bad_is_known_is_the_default(
    known: dict[str, object], tmp_path: Path, shipped: Path, write_model: WriteModel
) -> None:
    write_model(tmp_path / "runs" / "own", metrics=known)
    assert find_model(None, runs=tmp_path / "runs")[0] == tmp_path / "runs" / "own"


def test_a_run_whose_metrics_are_harmed_is_ignored_and_named(
    tmp_path: Path, shipped: Path, write_model: WriteModel
) -> None:
    path = write_model(tmp_path / "runs" / "own", metrics=metrics(low=0.4)) / "metrics.json"
    path.write_bytes(path.read_bytes().replace(b"0.4", b"0.8"))
    found, reason = find_model(None, runs=tmp_path / "runs")
    assert found == shipped / "korean-opinion"
    assert f"; ignored {path}: altered" in reason


def test_weak_runs_alone_are_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_model: WriteModel) -> None:
    monkeypatch.delenv("SENTIMENT_MODEL", raising=False)
    write_model(tmp_path / "runs" / "weak", metrics=metrics(low=0.4))
    with pytest.raises(ModelDirectoryError, match=r"no model: .*; skipped .*weak: .*; --model weak uses it; train"):
        find_model(None, runs=tmp_path / "runs")


def test_a_place_that_a_command_is_advised_with_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_encoder: WriteModel
) -> None:
    monkeypatch.chdir(tmp_path)
    write_encoder(Path("runs/it's mine"))
    with pytest.raises(ModelDirectoryError) as caught:
        ModelDirectory.open(Path("runs/it's mine"))
    assert shlex.split(str(caught.value).partition("with: ")[2]) == ["sentiment", "train", "--from", "runs/it's mine"]
    with pytest.raises(ModelDirectoryError) as caught:
        find_model(None)
    advice = str(caught.value).partition("with: ")[2].partition(",")[0]
    assert shlex.split(advice) == ["sentiment", "train", "--from", "runs/it's mine"]


class TestScripts:
    @pytest.fixture(autouse=True)
    def _alone(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("SENTIMENT_MODEL", raising=False)

    def test_the_only_shipped_model_reads_both(self, shipped: Path) -> None:
        chosen = choose_model(None)
        assert chosen.path == shipped / DEFAULT_CLASSIFIER
        assert (chosen.by_script, chosen.scripts) == (None, frozenset({"Hangul", "Latin"}))

    def test_of_two_each_reads_its_own(self, shipped: Path, write_model: WriteModel) -> None:
        english = write_model(shipped / ENGLISH_CLASSIFIER)
        chosen = choose_model(None)
        assert chosen.by_script == {"Hangul": shipped / DEFAULT_CLASSIFIER, "Latin": english}
        assert chosen.scripts == frozenset({"Hangul", "Latin"})

    def test_what_the_user_chose_reads_all(
        self, shipped: Path, tmp_path: Path, write_model: WriteModel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_model(shipped / ENGLISH_CLASSIFIER)
        own, default = write_model(tmp_path / "runs" / "own"), shipped / DEFAULT_CLASSIFIER
        for model, path in ((None, own), ("own", own), (DEFAULT_CLASSIFIER, default)):
            chosen = choose_model(model)
            assert (chosen.path.resolve(), chosen.by_script, chosen.scripts) == (path.resolve(), None, None)
        monkeypatch.setenv("SENTIMENT_MODEL", DEFAULT_CLASSIFIER)
        chosen = choose_model(None)
        assert (chosen.path, chosen.by_script, chosen.scripts) == (default, None, None)
