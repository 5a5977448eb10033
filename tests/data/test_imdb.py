"""The data set imdb: from the unpacked archive to the rows that are trained, tested and pretrained on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from sentiment.config import DataConfig
from sentiment.data import ABSENT, load_pretraining_texts, load_rows, load_splits, source_info, source_names
from sentiment.data.pretraining_texts import RESERVED_SOURCES
from sentiment.errors import DataError

Run = Callable[..., Any]

FILES = {
    **{f"train/neg/{n}_{n % 4 + 1}.txt": f"A dull film, number {n}.<br /><br />Avoid it." for n in range(20)},
    **{f"train/pos/{n}_{n % 4 + 7}.txt": f"A great film, number {n}." for n in range(20)},
    "train/unsup/0_0.txt": "A film, I think.",
    "train/unsup/10_0.txt": "  Great   FILM of the test ",
    "train/unsup/9_0.txt": "A great film, number 3.",
    "test/neg/0_1.txt": "Bad film of the test",
    "test/pos/0_10.txt": "Great film of the test",
}


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The unpacked folder, and a machine that has no data set."""
    folder = tmp_path / "aclImdb"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.delenv("SENTIMENT_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _name: tmp_path / "cache")
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def built(raw: Path, run_command: Run) -> Path:
    """Where the data set is looked for, built."""
    outcome = run_command("data", "build", "imdb", str(raw))
    assert outcome.exit_code == 0, outcome.stderr
    return raw.parent / "cache" / "data" / "imdb"


def silent(_line: str) -> None:
    """Hear nothing."""


def test_every_split_is_written_to_a_file_of_its_own(raw: Path, run_command: Run) -> None:
    (raw / "train" / "neg" / "._0_1.txt").write_bytes(b"\xff of a Mac")
    out = raw.parent / "out" / "imdb"
    outcome = run_command("data", "build", "imdb", str(raw), "--out", str(out))
    files = [out / name for name in ("train.parquet", "test.parquet", "unlabelled.parquet")]
    assert outcome.stdout.splitlines() == [str(file) for file in files]
    assert f"WARNING: {raw}: contains 45 reviews instead of 100,000" in outcome.stderr
    assert "train.parquet: 40 reviews written" in outcome.stderr
    train, test, unlabelled = (pq.read_table(file).to_pylist() for file in files)
    assert train[2] == {
        "id": "neg-00002",
        "text": "A dull film, number 2.\nAvoid it.",
        "rating": 3,
        "label": "negative",
    }
    assert [row["id"] for row in train] == [f"{name}-{n:05d}" for name in ("neg", "pos") for n in range(20)]
    assert [(row["rating"], row["label"]) for row in test] == [(1, "negative"), (10, "positive")]
    assert unlabelled == [
        {"id": "unsup-00000", "text": "A film, I think."},
        {"id": "unsup-00009", "text": "A great film, number 3."},
        {"id": "unsup-00010", "text": "Great   FILM of the test"},
    ]


def test_files_are_replaced_with_force_only(built: Path, raw: Path, run_command: Run) -> None:
    (built / "train.parquet").unlink()
    before = (built / "test.parquet").read_bytes()
    again = run_command("data", "build", "imdb", str(raw))
    assert again.exit_code == 7
    assert again.stderr.startswith(f"error: {built / 'test.parquet'}: already exists; choose another place with --out")
    assert not (built / "train.parquet").exists()
    assert run_command("data", "build", "imdb", str(raw), "--force").exit_code == 0
    assert (built / "train.parquet").exists()
    assert (built / "test.parquet").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("train/neg/0_9.txt", b"", "a review in neg cannot have 9 stars"),
        ("test/pos/0_4.txt", b"", "a review in pos cannot have 4 stars"),
        ("train/unsup/7_5.txt", b"", "a review in unsup cannot have 5 stars"),
        ("test/pos/notes.txt", b"", "its name is not ID_STARS.txt"),
        ("train/unsup/7_0.txt", b"ab\xff", "not UTF-8 (invalid start byte at byte 2)"),
    ],
)
def test_a_file_that_is_no_review_is_one_clear_line(
    raw: Path, run_command: Run, name: str, content: bytes, fault: str
) -> None:
    (raw / name).write_bytes(content)
    outcome = run_command("data", "build", "imdb", str(raw))
    assert outcome.exit_code == 4
    assert outcome.stderr.startswith(f"error: {raw / name}: {fault}")
    assert outcome.stderr.count("\n") == 1
    assert not [path for path in (raw.parent / "cache").rglob("*") if path.is_file()]


def test_a_folder_that_is_missing_or_empty_is_said(raw: Path, run_command: Run) -> None:
    above = run_command("data", "build", "imdb", str(raw.parent))
    assert above.exit_code == 4
    assert above.stderr == (
        f"error: {raw.parent / 'train' / 'neg'}: no such folder; pass the unpacked folder aclImdb of "
        "https://ai.stanford.edu/~amaas/data/sentiment/\n"
    )
    for file in (raw / "train" / "unsup").iterdir():
        file.unlink()
    assert f"{raw / 'train' / 'unsup'}: contains no reviews" in run_command("data", "build", "imdb", str(raw)).stderr


def test_info_shows_the_licence_and_the_figures_of_the_labelled_rows(built: Path, run_command: Run) -> None:
    lines = dict(line.split("\t", 1) for line in run_command("data", "info", "imdb").stdout.splitlines() if line)
    assert lines["licence"] == "none stated; cite Maas et al. 2011"
    assert lines["unlabelled rows"] == str(built / "unlabelled.parquet")
    assert lines["label negative"] == "20\t1"
    assert lines["label positive"] == "20\t1"


def test_it_is_trained_tested_and_pretrained_on(built: Path, run_command: Run) -> None:
    settings = ("model.embedding_size=8", "model.hidden_size=8", "tokenizer.vocab_size=60", "training.epochs=1")
    small = ["--threads", "1", *(word for setting in settings for word in ("--set", setting))]
    trained = run_command("train", "rnn", "--data", "imdb", *small, "--out", "model")
    assert trained.exit_code == 0, trained.stderr
    tested = run_command("eval", "--data", "imdb", "--model", "model")
    assert tested.exit_code == 0, tested.stderr
    assert "imdb test" in tested.stderr + tested.stdout
    pretrained = run_command("pretrain", "--data", "imdb", *small, "--out", "encoder")
    assert pretrained.exit_code == 0, pretrained.stderr
    assert "imdb: 43 texts, of which 1 equal a test text and are left out" in pretrained.stderr
    assert "nsmc" not in pretrained.stderr


@pytest.mark.parametrize("seed", [0, 3])
def test_a_pretraining_learns_the_stars_of_no_validation_text_and_no_test_text(built: Path, seed: int) -> None:
    config = DataConfig(validation_fraction=0.2, split_seed=seed)
    training = load_splits(config.model_copy(update={"source": "imdb"}), allow_fallback=False, notify=silent)
    texts = load_pretraining_texts(["imdb"], config, silent)
    assert (texts.num_read, texts.num_reserved) == ({"imdb": 43}, {"imdb": 1})
    assert texts.texts[-2:] == ["A film, I think.", "A great film, number 3."]
    assert (texts.grade_values, texts.class_names) == ((1, 2, 3, 4, 7, 8, 9, 10), ())
    has_grade = texts.grades != ABSENT
    is_validation = np.isin(texts.texts, training.validation.texts)
    assert is_validation[:40].sum() == 8
    assert has_grade.tolist() == [*~is_validation[:40], False, False]
    assert [texts.grade_values[grade] for grade in texts.grades[has_grade]] == [
        int(name.split("_")[1].removesuffix(".txt"))
        for name, validated in zip([*FILES][:40], is_validation, strict=False)
        if not validated
    ]


def test_a_pretraining_on_its_rows_needs_its_test_rows(built: Path, run_command: Run) -> None:
    (built / "test.parquet").unlink()
    outcome = run_command("pretrain", "--data", "imdb")
    assert outcome.exit_code == 4
    assert outcome.stderr.splitlines()[-1].startswith("error: imdb: test.parquet is not on this machine")


def test_its_test_texts_are_left_out_of_own_files(built: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("GREAT film of the test\n아주 다른 글이고 아주 긴 글\n", encoding="utf-8")
    assert load_pretraining_texts([str(own)], DataConfig(), silent).texts == ["아주 다른 글이고 아주 긴 글"]


@pytest.mark.parametrize(
    ("text", "told"),
    [("A film.", ["imdb"]), ("좋은 영화", ["nsmc"]), ("よい映画です", []), ("12345", ["nsmc", "imdb"])],
)
def test_a_missing_test_set_is_told_where_texts_may_be_of_its_language(
    raw: Path, tmp_path: Path, text: str, told: list[str]
) -> None:
    own = tmp_path / "own.txt"
    own.write_text(f"{text}\n", encoding="utf-8")
    lines: list[str] = []
    load_pretraining_texts([str(own)], DataConfig(), lines.append)
    notes = [line for line in lines if "not compared with the test texts of" in line]
    assert [line.split("the test texts of ")[1].split(",")[0] for line in notes] == told
    assert all(source_info(name).way_to_get_it in note for name, note in zip(told, notes, strict=True))


def test_every_data_set_with_a_test_split_is_reserved() -> None:
    assert {name for name in source_names() if "test" in source_info(name).splits} == {*RESERVED_SOURCES}


def test_rows_without_labels_are_no_rows_to_evaluate_on(built: Path) -> None:
    assert load_rows("imdb", notify=silent).name == "imdb test"
    with pytest.raises(DataError, match="imdb unlabelled: no column is named 'label'"):
        load_rows("imdb", split="unlabelled", notify=silent)
