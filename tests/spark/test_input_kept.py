"""No run of `predict --engine spark` writes over its input, or deletes a folder that it did not make."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sentiment.bulk import AnswerColumns
from sentiment.errors import OutputError
from sentiment.spark import files
from sentiment.spark.files import FilesRequest, predict_files
from sentiment.spark.output import OutputFolder

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")

Predict = Callable[..., None]


@pytest.fixture
def predict(spark: "SparkSession", shared_tiny_model_dir: Path, tmp_path: Path) -> Predict:
    """Predict a path into a folder, both below a folder of reviews: `predict("2024/*.csv", "answered")`."""
    for year in ("2023", "2024"):
        (tmp_path / "리뷰 #1" / year).mkdir(parents=True)
        (tmp_path / "리뷰 #1" / year / "a.csv").write_text("text\ngood film\n", encoding="utf-8")

    def run(path: str, output: str, *, force: bool = True) -> None:
        root = tmp_path / "리뷰 #1"
        request = FilesRequest(
            f"{root}/{path}", f"{root}/{output}", shared_tiny_model_dir, AnswerColumns(), force=force
        )
        predict_files(request, spark, lambda _: None)

    return run


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    ("path", "output", "how"),
    [
        ("2024", "2024/", "is the input itself; choose another folder"),
        ("2024", "2023/../2024", "is the input itself"),
        ("2024/a.csv", "2024/a.csv", "is the input itself"),
        ("2024/*.csv", "2024", "contains the input .*/2024/a.csv; choose another folder"),
        ("2024/*.csv", "./", "contains the input"),
        ("{2023,2024}/a.csv", "2024", "contains the input"),
        ("202?", "2024/answered", "lies inside the input .*2024;"),
        ("2024", "2024/answered", "lies inside the input"),
        ("linked", "2024", "is the input itself"),
        ("2024", "linked", "is the input itself"),
        ("links", "2024", "contains the input"),
        ("old.unfinished", "old", "is the input itself, and the run would also write there"),
        ("old.replaced/a.csv", "old", "contains the input .*, and the run would also write there"),
    ],
)
def test_an_output_that_meets_the_input_is_refused_and_nothing_is_touched(
    predict: Predict, tmp_path: Path, path: str, output: str, how: str, force: bool
) -> None:
    reviews = tmp_path / "리뷰 #1"
    (reviews / "linked").symlink_to(reviews / "2024")
    (reviews / "links").mkdir()
    (reviews / "links" / "b.csv").symlink_to(reviews / "2024" / "a.csv")
    for name in ("old.unfinished", "old.replaced"):
        (reviews / name).mkdir()
        (reviews / name / "a.csv").write_text("text\ngood film\n", encoding="utf-8")
    before = contents(tmp_path)
    # What lies behind links in a folder is known once it is read, after an output is found to exist.
    expected = "already exists" if path == "links" and not force else how
    with pytest.raises(OutputError, match=expected) as caught:
        predict(path, output, force=force)
    assert caught.value.exit_code == 7
    assert contents(tmp_path) == before


def test_an_output_beside_the_files_of_a_pattern_is_not_part_of_the_input(predict: Predict, tmp_path: Path) -> None:
    for _ in range(2):
        predict("2024/*.csv", "2024/answered")
    assert (tmp_path / "리뷰 #1" / "2024" / "answered" / "_SUCCESS").exists()
    with pytest.raises(OutputError, match="is the input itself"):
        predict("2024/*", "2024/answered")


def test_a_folder_that_this_run_did_not_set_aside_stays(predict: Predict, tmp_path: Path) -> None:
    own = tmp_path / "리뷰 #1" / "answered.replaced"
    own.mkdir()
    (own / "notes.txt").write_text("mine", encoding="utf-8")
    predict("2024", "answered", force=False)
    assert contents(own) == {"notes.txt": b"mine"}
    before = contents(tmp_path)
    with pytest.raises(OutputError, match=r"answered\.replaced: already exists, .*; move it away, or delete it"):
        predict("2024", "answered")
    assert contents(tmp_path) == before


def test_a_folder_that_takes_that_name_while_the_job_runs_stays(
    predict: Predict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict("2024", "answered")
    own = tmp_path / "리뷰 #1" / "answered.replaced"

    class Late(OutputFolder):
        def place(self) -> None:
            own.mkdir()
            (own / "notes.txt").write_text("mine", encoding="utf-8")
            super().place()

    monkeypatch.setattr(files, "OutputFolder", Late)
    with pytest.raises(OutputError, match=r"already exists, .*; the answers are in .*answered\.unfinished"):
        predict("2024", "answered")
    assert contents(own) == {"notes.txt": b"mine"}
    assert (own.parent / "answered" / "_SUCCESS").exists()
    assert list((own.parent / "answered.unfinished").glob("part-*"))
