"""The models that come with the package are found after everything that is the user's own, and never written to."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment import Classifier
from sentiment.cli.models import complete_model, complete_model_or_encoder
from sentiment.errors import ModelDirectoryError
from sentiment.model_dir import WEIGHTS_FILE, find_model, known_models, locate_model, staged_model_dir

Run = Callable[..., Any]
WriteModel = Callable[..., Path]
CLASSIFIER, ENCODER = "korean-opinion", "korean-reviews"
HIDES = "; it hides the one of this name that comes with sentiment"


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.delenv("SENTIMENT_MODEL", raising=False)


@pytest.fixture
def without_weights(shipped: Path) -> Path:
    """The shipped classifier as it is: it can answer and no more."""
    source = shipped / CLASSIFIER
    files = {path.name: path.read_bytes() for path in source.iterdir()}
    with staged_model_dir(source, labels=("negative", "positive"), replace=True) as stage:
        for name in files.keys() - {WEIGHTS_FILE, "manifest.json"}:
            (stage / name).write_bytes(files[name])
    return source


def state(folder: Path) -> dict[Path, tuple[int, int, bytes]]:
    """Return every file with its number, the time of its last change, and its bytes."""
    paths = [folder, *folder.rglob("*")]
    return {
        path: (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in paths
    }


def test_it_answers_where_there_is_nothing_else(shipped: Path, run_command: Run) -> None:
    outcome = run_command("predict", "좋다 good", "bad film")
    assert outcome.exit_code == 0
    assert outcome.stderr == f"model: {CLASSIFIER} (the model that comes with sentiment)\n"
    assert len(outcome.stdout.splitlines()) == 2
    assert (
        outcome.stdout == run_command("predict", "좋다 good", "bad film", "--model", str(shipped / CLASSIFIER)).stdout
    )


def test_everything_of_the_user_comes_first(
    shipped: Path, write_model: WriteModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_model(None)[0] == shipped / CLASSIFIER
    run = write_model(Path("runs/mine"))
    assert find_model(None) == (run, "the last finished run under runs/")
    monkeypatch.setenv("SENTIMENT_MODEL", CLASSIFIER)
    assert find_model(None) == (shipped / CLASSIFIER, "$SENTIMENT_MODEL")
    assert find_model("mine") == (run, "--model")


def test_a_run_that_cannot_be_read_is_told_when_it_is_passed_over(shipped: Path, write_model: WriteModel) -> None:
    (write_model(Path("runs/mine")) / "manifest.json").write_text("{")
    path, reason = find_model(None)
    assert path == shipped / CLASSIFIER
    assert reason.startswith("the model that comes with sentiment; ignored runs/mine/manifest.json: not valid JSON")


def test_encoders_of_the_user_do_not_answer(shipped: Path, write_encoder: WriteModel) -> None:
    write_encoder(Path("runs/taught"))
    assert find_model(None)[0] == shipped / CLASSIFIER


def test_a_shipped_encoder_alone_answers_nothing(shipped: Path) -> None:
    (shipped / CLASSIFIER).rename(shipped / "elsewhere")
    with pytest.raises(ModelDirectoryError, match="no model: no finished run under runs/; train one with"):
        find_model(None)


@pytest.mark.parametrize("place", ["runs/korean-opinion", "korean-opinion"])
def test_the_users_own_of_the_same_name_wins_and_this_is_told(
    place: str, shipped: Path, write_model: WriteModel, run_command: Run
) -> None:
    assert find_model(CLASSIFIER) == (shipped / CLASSIFIER, "--model")
    mine = write_model(Path(place))
    assert find_model(CLASSIFIER) == (mine, f"--model{HIDES}")
    assert find_model(f"./{place}") == (mine, "--model"), "a path says clearly what is meant"
    assert run_command("predict", "good", "--model", CLASSIFIER).stderr == f"model: {place} (--model{HIDES})\n"


def test_a_model_that_is_not_shipped_hides_nothing(write_model: WriteModel) -> None:
    write_model(Path(f"runs/{CLASSIFIER}"))
    assert find_model(CLASSIFIER)[1] == "--model"


def test_python_knows_it_by_name(shipped: Path) -> None:
    assert locate_model(CLASSIFIER) == shipped / CLASSIFIER
    assert Classifier.load(CLASSIFIER).labels == ("negative", "positive")
    with pytest.raises(ModelDirectoryError, match="did you mean korean-opinion"):
        locate_model("korean-opinon")


def test_models_tells_them_apart(shipped: Path, write_model: WriteModel, run_command: Run) -> None:
    write_model(Path(f"runs/{CLASSIFIER}"))
    lines = [line.split("\t") for line in run_command("models", "list").stdout.splitlines()]
    assert [(line[0], line[1], line[6], line[8]) for line in lines] == [
        (CLASSIFIER, "classifier", f"runs/{CLASSIFIER}", "run"),
        (CLASSIFIER, "classifier", str(shipped / CLASSIFIER), f"shipped; hidden by runs/{CLASSIFIER}"),
        (ENCODER, "encoder", str(shipped / ENCODER), "shipped"),
    ]
    assert "origin\tcomes with sentiment\n" in run_command("models", "show", ENCODER).stdout
    assert "origin\t" not in run_command("models", "show", CLASSIFIER).stdout
    assert '"is_shipped": true' in run_command("models", "show", ENCODER, "--json").stdout
    assert run_command("models", "verify", ENCODER).exit_code == 0
    assert complete_model("korean") == [CLASSIFIER]
    assert complete_model_or_encoder("korean") == [CLASSIFIER, ENCODER]
    assert [model.origin for model in known_models()] == ["run", "shipped", "shipped"]


def test_the_encoder_gives_no_answer_and_says_what_it_is_for(shipped: Path, run_command: Run) -> None:
    outcome = run_command("predict", "good", "--model", ENCODER)
    assert (outcome.exit_code, outcome.stderr.splitlines()[-1]) == (
        5,
        f"error: {ENCODER}: an encoder, which has no classes; "
        f"train a model from it with: sentiment train --from {ENCODER}",
    )


def test_no_training_starts_from_a_model_without_weights(
    without_weights: Path, shipped: Path, run_command: Run
) -> None:
    shutil.rmtree(shipped / ENCODER)
    assert run_command("models", "verify", CLASSIFIER).exit_code == 0
    outcome = run_command("train", "quick", "--data", "sample", "--from", CLASSIFIER)
    assert (outcome.exit_code, outcome.stdout) == (5, "")
    assert outcome.stderr.splitlines()[-1] == (
        f"error: {CLASSIFIER}: a model without model.safetensors, which cannot be trained further; "
        f"start from an encoder, as in: sentiment train --from {ENCODER}"
    )
    assert not Path("runs").exists()


def test_what_hides_the_encoder_is_told(shipped: Path, write_encoder: WriteModel, run_command: Run) -> None:
    write_encoder(Path(f"runs/{ENCODER}"))
    told = run_command("train", "quick", "--data", "sample", "--from", ENCODER).stderr
    assert f"starting from runs/{ENCODER}, which hides the {ENCODER} that comes with sentiment" in told


def test_nothing_is_ever_written_there(shipped: Path, tmp_path: Path, run_command: Run) -> None:
    before = state(shipped)
    for path in (shipped, *shipped.iterdir()):
        path.chmod(0o555)  # of no effect for root: the comparison below is the proof
    try:
        Path("rows.csv").write_text("text,label\ngood,positive\nbad,negative\n")
        table = ("--file", "rows.csv", "--output", "answered.csv")
        commands: list[tuple[str, ...]] = [
            ("predict", "good"), ("predict", *table), ("models", "list"), ("models", "show"), ("models", "verify"),
            ("eval", "--model", CLASSIFIER, "--data", "rows.csv"),
        ]  # fmt: skip
        for command in commands:
            run_command(*command)
        # A name never leads a training there: it goes to runs/, or to a path that the user wrote.
        refused = run_command("train", "quick", "--data", "sample", "--from", ENCODER, "--out", str(shipped / ENCODER))
        assert refused.exit_code == 7
    finally:
        for path in (shipped, *shipped.iterdir()):
            path.chmod(0o755)
    assert state(shipped) == before
    assert list(shipped.parent.iterdir()) == [shipped]
