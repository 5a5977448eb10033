"""`predict --engine spark`: folders of files in, the same rows with predictions out."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment import Classifier
from sentiment.bulk import AnswerColumns, Counts
from sentiment.errors import DataError, OutputError, SparkError
from sentiment.model_dir import known
from sentiment.spark import session as spark_session
from sentiment.spark.faults import as_one_line
from sentiment.spark.files import FilesRequest, predict_files
from sentiment.spark.session import start_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")

Predict = Callable[..., Counts]


@pytest.fixture
def predict(spark: "SparkSession", shared_tiny_model_dir: Path, tmp_path: Path) -> Predict:
    """Predict a folder into `out`: `predict(path, force=True)`."""

    def run(path: Path, output: str = "out", **options: object) -> Counts:
        request = FilesRequest(str(path), f"{tmp_path}/{output}", shared_tiny_model_dir, AnswerColumns(), **options)  # type: ignore[arg-type]
        return predict_files(request, spark, lambda _: None)

    return run


def written(folder: Path) -> list[Path]:
    """Return the files of an output that is complete, without those that Hadoop hides."""
    assert (folder / "_SUCCESS").exists()
    assert not list(folder.parent.glob("out.*"))
    return sorted(path for path in folder.iterdir() if path.name.startswith("part-"))


def csv_rows(paths: list[Path]) -> list[dict[str, str]]:
    contents = [path.read_bytes().decode() for path in paths]
    return [row for content in contents for row in csv.DictReader(io.StringIO(content, newline=""))]


def test_cells_of_csv_stay_as_they_are(predict: Predict, shared_tiny_model_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_bytes('번호,리뷰\r\n01," 정말 ""최고"" \n두 번째 줄"\r\n2,\r\n'.encode())
    (folder / "b.csv").write_bytes("번호,리뷰\n3,good film\n".encode())
    assert predict(folder) == Counts(rows=3, written=3, empty=1)
    rows = {row["번호"]: row for row in csv_rows(written(tmp_path / "out"))}
    assert {number: row["리뷰"] for number, row in rows.items()} == {
        "01": ' 정말 "최고" \n두 번째 줄',
        "2": "",
        "3": "good film",
    }
    for row in rows.values():
        (expected,) = Classifier.load(shared_tiny_model_dir).predict([row["리뷰"]])
        assert row["predicted_label"] == (expected.label or "")
        assert float(row["predicted_probability"] or -1) == pytest.approx(expected.probability or -1, abs=1e-6)


def test_quotes_of_tsv_are_characters(predict: Predict, tmp_path: Path) -> None:
    lines = ['1\t"good film\t5', '2\t""\t', "3\t a\\\\b \t'", '4\t"bad" film"\t"5"', "5\t\t0"]
    (tmp_path / "in.tsv").write_text("id\ttext\tstars\n" + "".join(line + "\n" for line in lines), encoding="utf-8")
    assert predict(tmp_path / "in.tsv") == Counts(rows=5, written=5, empty=1)
    (path,) = written(tmp_path / "out")
    header, *found = path.read_text(encoding="utf-8").splitlines()
    assert header == "id\ttext\tstars\tpredicted_label\tpredicted_probability"
    assert [line.rsplit("\t", 2)[0] for line in found] == lines


def test_csv_in_another_encoding_is_refused_until_it_is_named(predict: Predict, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes("리뷰,작성자\n똠방각하 최고,가\n".encode("cp949"))
    with pytest.raises(DataError, match="not UTF-8; set `encoding`"):
        predict(tmp_path / "in.csv", text_column=None)
    with pytest.raises(DataError, match="unknown encoding 'klingon'"):
        predict(tmp_path / "in.csv", encoding="klingon")
    predict(tmp_path / "in.csv", encoding="cp949")
    assert [row["리뷰"] for row in csv_rows(written(tmp_path / "out"))] == ["똠방각하 최고"]


def test_a_table_without_rows(predict: Predict, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "in.parquet")
    assert predict(tmp_path / "in.parquet") == Counts()
    assert pq.read_table(tmp_path / "out").column_names == ["text", "predicted_label", "predicted_probability"]


def test_a_small_file_keeps_all_cores_busy(predict: Predict, tmp_path: Path) -> None:
    """Spark alone would make one task of it: half a megabyte is little to read, and much to predict."""
    with pq.ParquetWriter(tmp_path / "in.parquet", pa.schema([("text", pa.string())])) as writer:
        for group in range(8):
            numbers = range(group * 2_000, (group + 1) * 2_000)
            writer.write_table(pa.table({"text": [f"good film {number} {number * 7919:032b}" for number in numbers]}))
    predict(tmp_path / "in.parquet")
    tasks = [pq.read_table(path).num_rows for path in written(tmp_path / "out")]
    assert sum(tasks) == 16_000
    assert len(tasks) >= 4
    assert max(tasks) <= 4_000


def test_values_of_json_stay_as_they_are(predict: Predict, tmp_path: Path) -> None:
    rows = [{"text": "good film", "tags": {"a": [1, None]}, "n": None}, {"text": None, "tags": None, "n": 10**18}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert predict(tmp_path / "in.jsonl").empty == 1
    (path,) = written(tmp_path / "out")
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [{key: row[key] for key in ("text", "tags", "n")} for row in found] == rows
    assert found[1]["predicted_label"] is None


def test_the_script_of_each_row_chooses_among_models_that_the_workers_find(
    predict: Predict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "SHIPPED", Path(known.__file__).parents[1] / "shipped")
    texts = ["이 영화 정말 최고예요", "What a waste of time.", "こんにちは", None, "A wonderful film", "돈이 아까워요"]
    pq.write_table(pa.table({"text": texts}), tmp_path / "in.parquet")
    by_script = known.shipped_by_script()
    counts = predict(tmp_path / "in.parquet", by_script=by_script, scripts=frozenset(by_script))
    assert counts == Counts(rows=6, written=6, empty=2)
    answered = pq.read_table(tmp_path / "out").to_pydict()
    rows = dict(zip(answered["text"], answered["predicted_probability"], strict=True))
    models = {script: Classifier.load(path, threads=1) for script, path in by_script.items()}
    for script, text in [("Hangul", texts[0]), ("Latin", texts[1]), ("Latin", texts[4]), ("Hangul", texts[5])]:
        assert rows[text] == pytest.approx(models[script].predict([text or ""])[0].probability, abs=1e-6)
    assert (rows[texts[2]], rows[None]) == (None, None)


def test_files_mostly_in_a_script_that_is_not_read_are_refused(predict: Predict, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["こんにちは", "さようなら", "good film"]}), tmp_path / "in.parquet")
    with pytest.raises(DataError, match="written in Hiragana, and the model that comes with sentiment reads Hangul"):
        predict(tmp_path / "in.parquet", scripts=frozenset({"Hangul"}))
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_an_output_is_replaced_only_if_that_is_wanted(predict: Predict, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["good film"]}), tmp_path / "in.parquet")
    predict(tmp_path / "in.parquet")
    first = written(tmp_path / "out")
    content = first[0].read_bytes()
    with pytest.raises(OutputError, match=r"already exists; .* replace it with `force`"):
        predict(tmp_path / "in.parquet")
    assert written(tmp_path / "out") == first
    (tmp_path / "out.unfinished").mkdir()
    predict(tmp_path / "in.parquet", force=True)
    second = written(tmp_path / "out")
    assert second != first
    assert second[0].read_bytes() == content


@pytest.mark.parametrize("output", ["out/", "out/.", "out//./"])
def test_what_stands_behind_the_name_of_the_output_names_it_too(predict: Predict, tmp_path: Path, output: str) -> None:
    pq.write_table(pa.table({"text": ["good film"]}), tmp_path / "in.parquet")
    predict(tmp_path / "in.parquet", output)
    assert len(written(tmp_path / "out")) == 1


def test_an_unfinished_output_is_told(predict: Predict, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["good film"]}), tmp_path / "in.parquet")
    (tmp_path / "out.unfinished").mkdir()
    with pytest.raises(OutputError, match="cut off, or is still at work; start over with `force`"):
        predict(tmp_path / "in.parquet")


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("in.csv", "id,text\n1,good film,more\n", SparkError, "Malformed CSV record: 1,good film,more"),
        ("in.jsonl", '{"text": "good film"}\n{"text":\n', SparkError, "Spark job failed: .*end-of-input"),
        ("in.parquet", "PAR?", SparkError, "is not a Parquet file"),
        ("in.xlsx", "PK", DataError, "Spark does not read xlsx"),
        ("in.rows", "text\n", DataError, "do not show the format; set it with `format`"),
        ("in.csv", "id,text,Predicted_Label\n1,good,x\n", DataError, "in.csv: would have more than one column"),
    ],
)
def test_a_job_that_cannot_be_done_is_one_line_and_leaves_nothing(
    predict: Predict, tmp_path: Path, name: str, content: str, error: type[Exception], message: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(error, match=message) as caught:
        predict(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_files_that_are_not_there(predict: Predict, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none: no such file or folder"):
        predict(tmp_path / "none")


def test_an_error_of_a_worker_keeps_its_kind() -> None:
    from pyspark.errors import PySparkException

    lines = (
        "Traceback (most recent call last):\nsentiment.errors.DataError: column 'a' contains bytes; mend it\n\tat org"
    )
    with pytest.raises(DataError, match=r"^in: column 'a' contains bytes; mend it$"), as_one_line("in"):
        raise PySparkException(lines)
    absent = "pickle.py\nModuleNotFoundError: No module named 'sentiment'\n"
    with pytest.raises(SparkError, match="in: the Python of the workers has no package sentiment"), as_one_line("in"):
        raise PySparkException(absent)


class TestCommand:
    def test_it_prints_a_summary(
        self,
        spark: "SparkSession",
        run_command: Callable[..., Any],
        shared_tiny_model_dir: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(spark_session, "start_session", lambda *_, **__: spark)
        monkeypatch.setattr(type(spark), "stop", lambda _: None)
        pq.write_table(pa.table({"text": ["good film", None]}), tmp_path / "in.parquet")
        words = ["--file", str(tmp_path / "in.parquet"), "--output", str(tmp_path / "out") + "/"]
        done = run_command("predict", "--engine", "spark", *words, "--model", str(shared_tiny_model_dir))
        assert (done.exit_code, done.stdout) == (0, "")
        assert done.stderr.endswith("in.parquet: 2 rows in = 2 out + 0 rejected; 1 without a text have no answer\n")
        assert pq.read_table(tmp_path / "out").column_names[1:] == ["predicted_label", "predicted_probability"]

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--engine", "spark", "good film"], "needs --file"),
            (["--engine", "spark", "--file", "in.csv"], "needs --output"),
            (["--engine", "spark", "--file", "in.csv", "--output", "-"], "needs --output"),
            (["--master", "yarn", "--file", "in.csv"], "needs --engine spark"),
            (
                ["--engine", "spark", "--file", "a", "--output", "b", "--resume"],
                "cannot be combined with --engine spark",
            ),
        ],
    )
    def test_options_without_effect(self, run_command: Callable[..., Any], words: list[str], message: str) -> None:
        done = run_command("predict", *words)
        assert done.exit_code == 2
        assert message in done.stderr


def test_spark_connect_is_refused_by_the_command(spark: "SparkSession") -> None:
    with pytest.raises(SparkError, match=r"use sentiment\.spark\.predict"):
        start_session("sc://host", show_progress=False)
