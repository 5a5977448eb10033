"""Bad input: one clear line on stderr, the documented exit code, no traceback, and nothing lost."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROWS = "text,label\n" + "".join(
    f"{word} {noun},{label}\n"
    for label, words in {
        "good": ["좋은", "멋진", "훌륭한", "재밌는"],
        "bad": ["나쁜", "지루한", "끔찍한", "허술한"],
    }.items()
    for word in words
    for noun in ["영화", "배우", "음악", "결말", "대사"]
)
SMALL = (
    "tokenizer: {vocab_size: 100}\n"
    "model: {embedding_size: 4, hidden_size: 4}\n"
    "training: {epochs: 1, batch_size: 8, threads: 1}\n"
)

Outcome = tuple[int, str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("SENTIMENT_DATA", "SENTIMENT_MODEL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "small.yaml").write_text(SMALL)
    return tmp_path


@pytest.fixture
def sentiment(run_command: Callable[..., Any]) -> Callable[..., Outcome]:
    """Run the command in this process: its exit code, and its last line on stderr."""

    def run(*arguments: str) -> Outcome:
        ended = run_command(*arguments)
        if ended.exit_code:
            assert ended.stdout == ""
            assert ended.stderr.count("error:") == 1
        return ended.exit_code, ended.stderr.splitlines()[-1] if ended.stderr else ""

    return run


def train(sentiment: Callable[..., Outcome], *arguments: str) -> Outcome:
    return sentiment("train", "small.yaml", "--out", "model", *arguments)


def rows_of(content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "bad.csv").write_bytes(content)


@pytest.mark.parametrize(
    ("prepare", "fault"),
    [
        pytest.param(lambda folder: None, "bad.csv", id="missing"),
        pytest.param(lambda folder: (folder / "bad.csv").mkdir(), "bad.csv", id="directory"),
        pytest.param(rows_of(b""), "bad.csv", id="no bytes"),
        pytest.param(rows_of(b"text,label\n"), "bad.csv", id="header only"),
        pytest.param(rows_of("text,label\n좋다,a\n나쁘다,a\n".encode()), "a", id="one class"),
        pytest.param(rows_of(b"text,label\n  ,a\n,b\n"), "2 without text", id="all rows empty"),
        pytest.param(rows_of(ROWS.encode() + b"\xff\xfe,good\n"), "UTF-8", id="not UTF-8"),
        pytest.param(rows_of(ROWS.encode() + b'"open,good\n'), "quote", id="unclosed quote"),
    ],
)
def test_unusable_rows(
    folder: Path, sentiment: Callable[..., Outcome], prepare: Callable[[Path], object], fault: str
) -> None:
    prepare(folder)
    before = sorted(path.name for path in folder.iterdir())
    code, line = train(sentiment, "--data", "bad.csv")
    assert code == 4, line
    assert line.startswith("error: bad.csv")
    assert fault in line
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize("column", ["--text-column", "--label-column"])
def test_a_wrong_column_names_the_right_ones(folder: Path, sentiment: Callable[..., Outcome], column: str) -> None:
    code, line = train(sentiment, "--data", "rows.csv", column, "txet")
    assert code == 4
    assert "txet" in line
    assert "text" in line
    assert "label" in line


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ROWS.encode() + "좋은\0 영화,good\n".encode(), id="NUL"),
        pytest.param(ROWS.encode() + b"x" * 2_000_000 + b",good\n", id="2 MB line"),
    ],
)
def test_rows_that_look_hostile_and_are_not(folder: Path, sentiment: Callable[..., Outcome], content: bytes) -> None:
    """Either answer is right, training or one clear line; a traceback, a hang and silence are not."""
    (folder / "bad.csv").write_bytes(content)
    code, line = train(sentiment, "--data", "bad.csv", "--set", "tokenizer.max_tokens=50")
    assert (code, line.startswith("error: bad.csv")) in {(0, False), (4, True)}, line
    assert (folder / "model" / "manifest.json").exists() == (code == 0)


@pytest.mark.parametrize(
    ("settings", "fault", "hint"),
    [
        (["--set", "training.epohcs=3"], "training.epohcs", "training.epochs"),
        (["--set", "training.epochs=many"], "training.epochs", "many"),
        (["--set", "training.epochs=0"], "training.epochs", "0"),
        (["--set", "model.cell=lsmt"], "model.cell", "lstm"),
        (["--set", "training.epochs"], "training.epochs", "="),
        (["--seed", "-1"], "training.seed", "-1"),
    ],
)
def test_bad_settings(
    folder: Path, sentiment: Callable[..., Outcome], settings: list[str], fault: str, hint: str
) -> None:
    code, line = train(sentiment, "--data", "rows.csv", *settings)
    assert code == 3, line
    assert fault in line
    assert hint in line


def test_a_config_with_an_unknown_key_is_refused_with_its_line(folder: Path, sentiment: Callable[..., Outcome]) -> None:
    (folder / "small.yaml").write_text("model:\n  hiden_size: 3\n")
    code, line = train(sentiment, "--data", "rows.csv")
    assert code == 3
    assert line.startswith("error: small.yaml:2: ")
    assert "hidden_size" in line


def test_an_existing_output_is_spared_without_force(folder: Path, sentiment: Callable[..., Outcome]) -> None:
    assert train(sentiment, "--data", "rows.csv")[0] == 0
    before = (folder / "model" / "manifest.json").read_bytes()
    code, line = train(sentiment, "--data", "rows.csv")
    assert code == 7
    assert "--force" in line
    assert (folder / "model" / "manifest.json").read_bytes() == before
    code, line = train(sentiment, "--data", "bad.csv", "--force")
    assert code == 4
    assert (folder / "model" / "manifest.json").read_bytes() == before
    assert train(sentiment, "--data", "rows.csv", "--force", "--seed", "1")[0] == 0
    assert (folder / "model" / "manifest.json").read_bytes() != before


def test_force_spares_what_is_no_model(folder: Path, sentiment: Callable[..., Outcome]) -> None:
    (folder / "model").mkdir()
    (folder / "model" / "thesis.txt").write_text("years of work")
    code, _ = train(sentiment, "--data", "rows.csv", "--force")
    assert code == 7
    assert (folder / "model" / "thesis.txt").read_text() == "years of work"


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a small file system of memory; needs the right to do so."""
    mounts: list[Path] = []

    def mount(options: str) -> Path:
        place = tmp_path / "mounted"
        place.mkdir()
        if os.geteuid() or not shutil.which("mount"):
            pytest.skip("mounting a file system needs root")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True, check=False)
        if done.returncode:
            pytest.skip("this machine does not let its root mount")
        mounts.append(place)
        return place

    yield mount
    for place in mounts:
        subprocess.run(["umount", "--lazy", place], check=True)


def test_an_output_that_is_read_only(
    folder: Path, sentiment: Callable[..., Outcome], mounted: Callable[[str], Path]
) -> None:
    place = mounted("ro,size=64k")
    code, line = sentiment("train", "small.yaml", "--data", "rows.csv", "--out", str(place / "model"))
    assert code == 7, line
    assert line.startswith(f"error: {place / 'model'}")


@pytest.mark.parametrize("size", ["4k", "24k", "40k"])
def test_a_full_disk(
    folder: Path, sentiment: Callable[..., Outcome], mounted: Callable[[str], Path], size: str
) -> None:
    place = mounted(f"size={size}")
    code, line = sentiment("train", "small.yaml", "--data", "rows.csv", "--out", str(place / "model"))
    assert code == 7, line
    assert "space" in line
    assert not (place / "model").exists()


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        pytest.param(lambda file: file.write_bytes(file.read_bytes()[:-9]), "model.onnx", id="truncated"),
        pytest.param(lambda file: file.unlink(), "model.onnx", id="missing"),
    ],
)
def test_a_harmed_model(
    tiny_model_dir: Path, sentiment: Callable[..., Outcome], harm: Callable[[Path], None], fault: str
) -> None:
    harm(tiny_model_dir / "model.onnx")
    code, line = sentiment("predict", "좋다", "--model", str(tiny_model_dir))
    assert code == 5
    assert fault in line


def test_a_model_of_a_newer_format(tiny_model_dir: Path, sentiment: Callable[..., Outcome]) -> None:
    path = tiny_model_dir / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format_version": 99}))
    code, line = sentiment("predict", "좋다", "--model", str(tiny_model_dir))
    assert code == 5
    assert "99" in line


def test_a_missing_model_says_how_to_get_one(folder: Path, sentiment: Callable[..., Outcome]) -> None:
    code, line = sentiment("predict", "좋다")
    assert code == 5
    assert "sentiment train" in line
    code, line = sentiment("predict", "좋다", "--model", "nowhere")
    assert code == 5
    assert line.startswith("error: nowhere")


@pytest.mark.parametrize("arguments", [("predict", "좋다", "--model"), ("train", "--resume"), ("models", "show")])
def test_a_name_that_no_file_system_takes(
    folder: Path, sentiment: Callable[..., Outcome], arguments: tuple[str, ...]
) -> None:
    code, line = sentiment(*arguments, "x" * 300)
    assert code in {5, 6}
    assert "File name too long" in line
