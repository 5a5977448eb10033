"""From data to the directories in the wheel, with small stand-ins for all."""

import contextlib
import csv
import json
import os
import runpy
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import rebuild_shipped
import shipping
from sentiment.data import load_rows
from sentiment.errors import ModelDirectoryError, OutputError
from sentiment.evaluation import evaluate
from sentiment.inference import Classifier
from sentiment.inference.verification import verify_model
from sentiment.model_dir import ModelDirectory, staged_model_dir
from sentiment.training.state.unfinished import hold
from trainings import SENTIMENT

if TYPE_CHECKING:
    from .conftest import Command

Rebuild = Callable[[list[str]], str]

ROOT = Path(__file__).parents[2]
REBUILD = ROOT / "scripts" / "release" / "rebuild_shipped.py"
OPINIONS, CLASSIFIER, ENCODER = "korean-opinion", "korean-sentiment", "korean-reviews"
SHIPPED_FOR = "the model that comes with sentiment for texts in"
ENGLISH_CLASSIFIER, ENGLISH_ENCODER = "english-sentiment", "english-reviews"
CLASSIFIERS, ENCODERS = (CLASSIFIER, OPINIONS, ENGLISH_CLASSIFIER), (ENCODER, ENGLISH_ENCODER)
SMALL = """
tokenizer: {vocab_size: 300}
model: {embedding_size: 24, hidden_size: 24, pooling: [mean, last]}
training: {epochs: 1, batch_size: 64, threads: 1}
data: {max_training_rows: 150}
"""
PRETRAINING = "pretraining: {language_model: 1, rating: 0, negatives: 50, sources: [sample]}\n"


def rebuild(folder: Path, *arguments: str) -> list[str]:
    """Return the command that makes them all in a folder of their own."""
    experiments = ["--pretraining", str(folder / "pre.yaml"), "--training", str(folder / "small.yaml")]
    experiments += ["--english-pretraining", str(folder / "pre.yaml"), "--english", "sample"]
    places = ["--work", str(folder / "work"), "--into", str(folder / "into")]
    data = ["--films", "sample", "--comments", str(folder / "comments.csv"), "--unlabelled", str(folder / "more.txt")]
    made = ["--sentences", "60", "--written", str(folder / "written.csv")]
    made += ["--english-written", str(folder / "english.csv")]
    return [sys.executable, str(REBUILD), *experiments, *data, *made, *places, *arguments]


def write_experiments(folder: Path, training: str = "epochs: 1") -> None:
    text = SMALL.replace("epochs: 1", training)
    (folder / "small.yaml").write_text(text)
    (folder / "pre.yaml").write_text(text + PRETRAINING)
    rows = load_rows("sample", notify=lambda _line: None)
    labelled = zip(rows.texts, rows.labels, strict=True)
    facts = ((f"{number}번 버스는 {number}시에 출발합니다", "neutral") for number in range(60))
    with (folder / "comments.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "sentiment"), *labelled, *facts])
    (folder / "written.csv").write_text("text,label\n또 갈게요,positive\n다시는 안 가요,negative\n", encoding="utf-8")
    (folder / "english.csv").write_text("text,label\nworth it,positive\nnever again,negative\n", encoding="utf-8")
    (folder / "more.txt").write_text("오늘은 비가 옵니다\n정말 화가 납니다\n", encoding="utf-8")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, command: "Command") -> dict[str, str]:
    return command.environment() | {"XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}


@pytest.fixture(scope="module")
def rebuild_here(environment: dict[str, str], command: "Command") -> Rebuild:
    """Run the script in this process, and its commands too, as torch takes longer to load than they to work.

    What it returns is what the commands told on standard error.
    """
    told: list[str] = []

    def output_of(arguments: Sequence[str], cwd: Path) -> bytes:
        ended = command.run_here(arguments[len(SENTIMENT) :], cwd)
        assert ended.returncode == 0, ended.stderr
        told.append(ended.stderr)
        return ended.stdout.encode()

    def run(arguments: Sequence[str], cwd: Path) -> None:
        if list(arguments[: len(SENTIMENT)]) == SENTIMENT:
            output_of(arguments, cwd)
            return
        with contextlib.chdir(cwd), patch.object(sys, "argv", list(arguments[1:])):
            runpy.run_path(arguments[1], run_name="__main__")

    def rebuild_here(arguments: list[str]) -> str:
        told.clear()
        with (
            patch.object(rebuild_shipped, "run_command", run),
            patch.object(rebuild_shipped, "command_output", output_of),
            patch.object(sys, "argv", arguments[1:]),
            patch.dict(os.environ, environment, clear=True),
        ):
            rebuild_shipped.main()
        return "".join(told)

    return rebuild_here


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, rebuild_here: Rebuild) -> Path:
    """A folder with the work and the five directories."""
    folder = tmp_path_factory.mktemp("rebuilt")
    write_experiments(folder)
    rebuild_here(rebuild(folder, "--set", "training.epochs=1"))
    return folder


def is_held(unfinished: Path) -> bool:
    """Whether a process is training there."""
    try:
        with hold(unfinished):
            return False
    except OutputError:
        return True


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_only_what_is_needed_ships(built: Path) -> None:
    common = {"config.yaml", "tokenizer.json", "metrics.json", "README.md", "manifest.json"}
    assert names(built / "into") == {*CLASSIFIERS, *ENCODERS}
    for name in CLASSIFIERS:
        assert names(built / "into" / name) == common | {"model.onnx"}
    for name in ENCODERS:
        assert names(built / "into" / name) == common | {"model.safetensors"}
    for name in (*CLASSIFIERS, *ENCODERS):
        verify_model(built / "into" / name)
    source, target = (built / place / CLASSIFIER / "model.onnx" for place in ("work", "into"))
    assert source.read_bytes() == target.read_bytes()
    weights = load_file(built / "into" / ENCODER / "model.safetensors")
    assert {weight.dtype for weight in weights.values()} == {torch.float16}
    assert ModelDirectory.open(built / "into" / CLASSIFIER).config.export.precision == "int8"


def test_an_encoder_of_float32_ships_as_float16(tmp_path: Path) -> None:
    source = ROOT / "tests" / "formats" / "encoder-1"
    shipping.ship(source, tmp_path / ENCODER)
    whole, half = (load_file(path / "model.safetensors") for path in (source, tmp_path / ENCODER))
    assert half.keys() == whole.keys()
    assert all(torch.equal(half[name], weight.half()) for name, weight in whole.items())
    assert ModelDirectory.open(tmp_path / ENCODER, allow_encoder=True).config.export.weights == "float16"


def test_cards_tell_the_figures_of_the_record(built: Path) -> None:
    report = json.loads((built / "work" / rebuild_shipped.REPORTS[CLASSIFIER]).read_text())
    card = (built / "into" / CLASSIFIER / "README.md").read_text(encoding="utf-8")
    low, high = report["accuracy_interval"]
    assert f"| accuracy | {report['accuracy']:.2%} (95 % interval {low:.2%} to {high:.2%}) |" in card
    assert f"| ECE | {report['ece']:.4f} |" in card
    assert f"{report['baselines']['character n-gram linear']['metrics']['accuracy']:.2%}" in card
    assert f"{report['n']}행에서 측정한 정확도는 {report['accuracy']:.2%}입니다" in card
    for name in (*CLASSIFIERS, *ENCODERS):
        card = card_of(built / "into" / name)
        assert "CC0-1.0" in card
        assert "## Limits" in card


def card_of(model: Path) -> str:
    """Return the card, which must list the other files as they are."""
    directory = ModelDirectory.open(model, allow_encoder=True)
    card = directory.read("README.md").decode()
    for file, record in directory.manifest.files.items():
        assert (f"| {file} | {record.size_bytes:,} | `{record.sha256}` |" in card) == (file != "README.md"), file
    return card


@pytest.mark.parametrize("name", [*CLASSIFIERS, *ENCODERS])
def test_cards_in_the_package_list_the_files_beside_them(name: str) -> None:
    card_of(ROOT / "sentiment" / "shipped" / name)


def test_what_was_shipped_before_gets_a_new_card_and_keeps_its_calibration(built: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / OPINIONS
    before = ModelDirectory.open(built / "into" / OPINIONS)
    scales, biases = (1.0, 2.0, 3.0), (0.1, 0.2, 0.3)
    with staged_model_dir(source, labels=before.labels, replace=False, scales=scales, biases=biases) as stage:
        for name in names(before.path) - {"manifest.json"}:
            (stage / name).write_bytes(before.read(name))
        (stage / "config.yaml").write_bytes(before.read("config.yaml") + b"# of an earlier version\n")
    report = json.loads((built / "work" / rebuild_shipped.REPORTS[OPINIONS]).read_text())
    shipping.ship(source, target, report | {"model_sha256": ModelDirectory.open(source).fingerprint()})
    after = ModelDirectory.open(target)
    assert (after.manifest.scales, after.manifest.biases) == (scales, biases)
    assert after.metrics()["shipped_from"] == before.metrics()["shipped_from"]
    assert after.read("config.yaml").endswith(b"# of an earlier version\n")
    card_of(target)


def test_records_hold_no_path_of_this_machine(tmp_path: Path) -> None:
    source, old = tmp_path / "trained", ROOT / "tests" / "formats" / "classifier-1"
    with staged_model_dir(source, labels=("negative", "positive"), replace=False) as stage:
        for name in ("config.yaml", "tokenizer.json", "model.onnx", "model.safetensors"):
            (stage / name).write_bytes((old / name).read_bytes())
        metrics = json.loads((old / "metrics.json").read_text())
        metrics["command"] = ["sentiment", "train", "--out", "/home/someone/runs/bilstm", "--set", "a.b=1"]
        metrics["started_from"]["path"] = "/home/someone/runs/encoder"
        metrics["teacher"] = {"path": "/home/someone/answers.parquet", "agreement": 0.9, "weight": 0.8}
        metrics["teacher"] |= {"matched": 1_000, "added": 200, "left_out": 3}
        (stage / "metrics.json").write_text(json.dumps(metrics))
    report = evaluate(source, data="sample", cache=tmp_path / "cache", notify=lambda _line: None).to_dict()
    shipping.ship(source, tmp_path / CLASSIFIER, json.loads(json.dumps(report, default=str)))
    directory = ModelDirectory.open(tmp_path / CLASSIFIER)
    written = json.loads(directory.read("metrics.json"))
    assert written["command"] == ["sentiment", "train", "--out", "bilstm", "--set", "a.b=1"]
    assert written["started_from"]["path"] == "encoder"
    assert "from a teacher, answers.parquet: it answers 1,000 of the rows" in directory.read("README.md").decode()
    for name in directory.manifest.files:
        assert str(tmp_path).encode() not in directory.read(name)
        assert b"/home/someone" not in directory.read(name)


@pytest.mark.parametrize("report", [None, {}, {"model_sha256": "0" * 64}])
def test_a_report_of_another_model_is_refused(tmp_path: Path, report: dict[str, Any] | None) -> None:
    with pytest.raises(ModelDirectoryError, match="not the model that the report is of; measure it with"):
        shipping.ship(ROOT / "tests" / "formats" / "classifier-1", tmp_path / CLASSIFIER, report)
    assert not list(tmp_path.iterdir())


def test_what_is_too_large_does_not_ship(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipping.ship(built / "work" / ENCODER, tmp_path / ENCODER)
    before = (tmp_path / ENCODER / "manifest.json").read_bytes()
    monkeypatch.setattr(shipping, "MAX_BYTES", 10_000)
    with pytest.raises(OutputError, match="more than the 0 that may ship; train a smaller one"):
        shipping.ship(built / "work" / ENCODER, tmp_path / ENCODER)
    assert (tmp_path / ENCODER / "manifest.json").read_bytes() == before
    assert names(tmp_path) == {ENCODER}


def test_what_stands_is_not_made_again(built: Path, environment: dict[str, str]) -> None:
    before = (built / "work" / CLASSIFIER / "manifest.json").read_bytes()
    # What is to be placed is placed each time.
    stages = [stage.name for stage in rebuild_shipped.STAGES if stage.result is not None]
    arguments = rebuild(built, "--stages", *stages)
    ended = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == [f"{stage}: done already" for stage in stages]
    assert (built / "work" / CLASSIFIER / "manifest.json").read_bytes() == before


def test_what_is_older_than_its_origin_is_made_again(built: Path) -> None:
    script = runpy.run_path(str(REBUILD))
    stages = {stage.name: stage for stage in script["STAGES"]}
    is_done, work = script["is_done"], built / "work"
    assert {name for name, stage in stages.items() if not is_done(stage, work)} == {"place", "place-english"}
    later = (work / CLASSIFIER / "manifest.json").stat().st_mtime_ns + 1
    manifest = work / ENCODER / "manifest.json"
    before = manifest.stat()
    os.utime(manifest, ns=(later, later))
    try:
        states = [is_done(stages[name], work) for name in ("pretrain", "films", "pretrain-english", "english")]
        assert states == [True, False, True, True]
    finally:
        os.utime(manifest, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_one_that_was_killed_goes_on(tmp_path: Path, environment: dict[str, str], rebuild_here: Rebuild) -> None:
    write_experiments(tmp_path, "epochs: 3, checkpoint_interval_s: 0")
    arguments = rebuild(tmp_path, "--stages", "pretrain")
    killed = subprocess.Popen(
        arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    state = tmp_path / "work" / f"{ENCODER}.unfinished" / "state.json"
    patience = time.monotonic() + 100
    while not state.exists() and killed.poll() is None and time.monotonic() < patience:
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    while is_held(state.parent):  # what the script had started is killed too, and takes a moment to go
        assert time.monotonic() < patience
        time.sleep(0.01)
    assert not (tmp_path / "work" / ENCODER).exists(), "it was killed too late to prove anything"
    assert f"resuming {ENCODER} after step" in rebuild_here(arguments)
    verify_model(tmp_path / "work" / ENCODER)


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Path:
    """The folder with a wheel and an sdist of this project with the stand-ins in their place."""
    folder = tmp_path_factory.mktemp("archives")
    copy, left_out = folder / "project", {".git", "tests", "shipped", "__pycache__", "runs", "dist"}
    for source in (*(ROOT / "sentiment").rglob("*"), *(ROOT / "configs").rglob("*"), *ROOT.iterdir()):
        place = source.relative_to(ROOT)
        if source.is_file() and not set(place.parts) & left_out:
            (copy / place).parent.mkdir(parents=True, exist_ok=True)
            (copy / place).write_bytes(source.read_bytes())
    for source in (built / "into").rglob("*.*"):
        if source.is_file():
            target = copy / "sentiment" / "shipped" / source.relative_to(built / "into")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    build = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder / "dist")]
    ended = subprocess.run(build, cwd=copy, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return folder / "dist"


@pytest.fixture(scope="module")
def installed(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    (wheel,) = archives.glob("*.whl")
    folder = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_wheel_and_sdist_hold_every_byte(built: Path, archives: Path, installed: Path) -> None:
    (sdist,) = archives.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        in_sdist = {name.partition("/")[2] for name in archive.getnames()}
    files = [path for path in (built / "into").rglob("*") if path.is_file()]
    assert len(files) == 6 * len((*CLASSIFIERS, *ENCODERS))
    for path in files:
        place = Path("sentiment", "shipped", path.relative_to(built / "into"))
        assert (installed / place).read_bytes() == path.read_bytes()
        assert place.as_posix() in in_sdist


def test_an_installation_answers_at_once_and_trains_from_the_encoder(
    built: Path, installed: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        # Of the installation alone: its folder comes before the checkout.
        paths = os.pathsep.join([str(installed), *(path for path in sys.path if path != str(ROOT))])
        command = [sys.executable, "-m", "sentiment", *arguments]
        changed = environment | {"PYTHONPATH": paths}
        return subprocess.run(command, cwd=tmp_path, env=changed, capture_output=True, text=True, check=False)

    answered = run("predict", "이 영화 정말 최고예요", "--json", "--all-probabilities")
    assert (answered.returncode, answered.stderr) == (0, f"model: {OPINIONS} ({SHIPPED_FOR} Hangul)\n")
    expected = Classifier.load(built / "work" / OPINIONS).probabilities(["이 영화 정말 최고예요"])[0]
    np.testing.assert_allclose(list(json.loads(answered.stdout)["probabilities"].values()), expected, atol=1e-5)
    assert str(installed) in run("models", "verify").stdout
    (tmp_path / "my.csv").write_text("text,label\n" + "정말 좋아요,좋음\n돈이 아까워요,싫음\n" * 30, encoding="utf-8")
    (tmp_path / "small.yaml").write_text(SMALL)
    trained = run("train", "small.yaml", "--from", ENCODER, "--data", "my.csv", "--out", "mine")
    assert trained.returncode == 0, trained.stderr
    metrics: Any = json.loads((tmp_path / "mine" / "metrics.json").read_text())
    assert metrics["started_from"]["path"] == ENCODER
    assert f"Started from the weights of {ENCODER}\n" in (tmp_path / "mine" / "README.md").read_text()


def test_the_page_tells_what_ships(built: Path) -> None:
    script: dict[str, Callable[..., str]] = runpy.run_path(str(ROOT / "scripts" / "release" / "ship_model.py"))
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    assert script["page_with_table"](page, ROOT / "sentiment" / "shipped") == page
    told = script["page_with_table"](page, built / "into")
    assert f"| `{ENCODER}` | encoder | 0.0 | read " in told
    assert all(f"| `{name}` | classifier | 0.0 | " in told for name in CLASSIFIERS)
    assert "None has been placed yet" not in told
    assert told.partition("<!--")[0] == page.partition("<!--")[0]
