"""Predictions on a Spark data frame against those of `Classifier`."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sentiment import Classifier
from sentiment.errors import DataError, ModelDirectoryError
from sentiment.model_dir import known
from sentiment.spark import predict

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# PySpark warns of a pandas that this path does not use.
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")

TEXTS = ["이 영화 정말 최고예요", None, "", " \n", "good film", "ㅋ" * 700, "배우가 아깝다\t😀", "bad film"] * 3
WriteModel = Callable[..., Path]


@pytest.fixture(scope="module")
def frame(spark: "SparkSession") -> "DataFrame":
    """Texts beside columns whose names Spark could misread, and of several types."""
    rows = [(number, text, [text, None], number % 2 == 0) for number, text in enumerate(TEXTS)]
    named = spark.createDataFrame(rows, "id bigint, text string, parts array<string>, even boolean")
    return named.withColumnRenamed("parts", "a.b `c`").withColumnRenamed("even", "id")


class TestAnswers:
    def test_they_are_those_of_the_classifier(self, frame: "DataFrame", shared_tiny_model_dir: Path) -> None:
        classifier = Classifier.load(shared_tiny_model_dir)
        answered = predict(
            frame, "text", model=shared_tiny_model_dir, all_probabilities=True, unsure_below=0.52, fingerprint=True
        )
        assert answered.columns == [
            *("id", "text", "a.b `c`", "id", "predicted_label", "predicted_probability", "predicted_reason"),
            *("predicted_probability_negative", "predicted_probability_positive", "predicted_model_fingerprint"),
        ]
        assert answered.schema.fields[:4] == frame.schema.fields
        rows = sorted(answered.collect())
        expected = classifier.predict([text or "" for text in TEXTS], unsure_below=0.52)
        assert {prediction.label for prediction in expected} == {"negative", "positive", None}
        for number, (row, text, prediction) in enumerate(zip(rows, TEXTS, expected, strict=True)):
            assert (*row[:4], row[4]) == (number, text, [text, None], number % 2 == 0, prediction.label)
            assert row[9] == classifier.fingerprint
            if prediction.probabilities is None:
                assert row[5:9] == (None, "empty", None, None)
            else:
                assert row[5] == pytest.approx(prediction.probability, abs=1e-6)
                assert row[6] == (None if prediction.label else "unsure")
                assert row[7:9] == pytest.approx(tuple(prediction.probabilities.values()), abs=1e-6)

    @pytest.mark.parametrize("size", [1, 0])
    def test_the_size_of_record_batches_does_not_matter(
        self, spark: "SparkSession", frame: "DataFrame", shared_tiny_model_dir: Path, size: int
    ) -> None:
        answered = predict(frame, "text", model=shared_tiny_model_dir, explain=True)
        expected = sorted(answered.collect())
        assert expected[0].predicted_because
        spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", size)
        try:
            assert sorted(predict(frame, "text", model=shared_tiny_model_dir, explain=True).collect()) == expected
        finally:
            spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")

    def test_a_model_that_comes_with_sentiment_is_found_on_the_workers(
        self, frame: "DataFrame", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(known, "SHIPPED", Path(known.__file__).parents[1] / "shipped")
        rows = sorted(predict(frame, "text", model="korean-sentiment").collect())
        expected = Classifier.load("korean-sentiment").predict([text or "" for text in TEXTS])
        assert [row.predicted_label for row in rows] == [prediction.label for prediction in expected]

    def test_those_of_spark_connect_are_the_same(
        self, spark: "SparkSession", remote: "SparkSession", shared_tiny_model_dir: Path
    ) -> None:
        query = "SELECT id, IF(id = 3, NULL, CONCAT('good film', id)) AS text FROM RANGE(9)"
        local, distant = (
            sorted(predict(session.sql(query), "text", model=shared_tiny_model_dir).collect())
            for session in (spark, remote)
        )
        assert distant == local
        assert local[3].predicted_label is None

    def test_a_stream_gets_the_same(
        self, spark: "SparkSession", frame: "DataFrame", shared_tiny_model_dir: Path, tmp_path: Path
    ) -> None:
        texts = frame.select("text")
        texts.write.parquet(str(tmp_path / "in"))
        stream = predict(
            spark.readStream.schema("text string").parquet(str(tmp_path / "in")), "text", model=shared_tiny_model_dir
        )
        writing = stream.writeStream.format("parquet").option("path", str(tmp_path / "out"))
        writing.option("checkpointLocation", str(tmp_path / "state")).trigger(
            availableNow=True
        ).start().awaitTermination()
        expected = predict(texts, "text", model=shared_tiny_model_dir).collect()
        found = spark.read.parquet(str(tmp_path / "out")).collect()
        assert sorted(map(repr, found)) == sorted(map(repr, expected))


class TestOnTheDriver:
    """What is wrong is said before a job is planned."""

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"text_column": "texts"}, DataError, "no column is named 'texts'; did you mean 'text'"),
            ({"text_column": "id"}, DataError, "more than one column is named 'id'"),
            ({"text_column": "a.b `c`"}, DataError, "contains array<string>, not text"),
            ({"column_prefix": "", "all_probabilities": True}, DataError, "more than one column 'label'"),
            ({"model": "no-such-model"}, ModelDirectoryError, "no-such-model"),
            ({"max_error": 0.05}, ModelDirectoryError, "sentiment calibrate"),
            ({"max_error": 0.05, "unsure_below": 0.5}, ValueError, "cannot be combined"),
            ({"batch_size": 0}, ValueError, "batch_size is 0"),
            ({"threads": 0}, ValueError, "threads is 0"),
            ({"unsure_below": 1.5}, ValueError, "unsure_below is 1.5"),
        ],
    )
    def test_a_wrong_argument(
        self,
        frame: "DataFrame",
        shared_tiny_model_dir: Path,
        arguments: dict[str, object],
        error: type[Exception],
        message: str,
    ) -> None:
        taken = _with_label(frame) if "column_prefix" in arguments else frame
        with pytest.raises(error, match=message.replace("`", ".")):
            predict(taken, **({"text_column": "text", "model": shared_tiny_model_dir} | arguments))  # type: ignore[arg-type]

    def test_rows_that_are_no_data_frame_of_spark(self, shared_tiny_model_dir: Path) -> None:
        with pytest.raises(TypeError, match="is of type list"):
            predict(["good film"], "text", model=shared_tiny_model_dir)  # type: ignore[arg-type]

    def test_an_altered_model(self, frame: "DataFrame", tmp_path: Path, write_model: WriteModel) -> None:
        altered = write_model(tmp_path / "altered", texts=("texts of its own",))
        (altered / "model.onnx").write_bytes(b"other")
        with pytest.raises(ModelDirectoryError, match="altered"):
            predict(frame, "text", model=altered)


class TestOnTheWorkers:
    def test_another_model_at_the_same_path_is_refused(
        self, frame: "DataFrame", tiny_model_dir: Path, write_model: WriteModel
    ) -> None:
        from pyspark.errors import PythonException

        answered = predict(frame, "text", model=tiny_model_dir, model_on_workers=True)
        write_model(tiny_model_dir, texts=("quite other texts",), replace=True)
        with pytest.raises(PythonException, match=r"ModelDirectoryError: .*another model of this name than the driver"):
            answered.count()

    def test_a_model_that_is_not_there(self, frame: "DataFrame", tiny_model_dir: Path) -> None:
        from pyspark.errors import PythonException

        answered = predict(frame, "text", model=tiny_model_dir, model_on_workers=True)
        shutil.rmtree(tiny_model_dir)
        with pytest.raises(PythonException, match=r"ModelDirectoryError: .*no such model directory"):
            answered.count()


def _with_label(frame: "DataFrame") -> "DataFrame":
    return frame.select("text").withColumnRenamed("text", "Label").selectExpr("Label", "Label AS text")
