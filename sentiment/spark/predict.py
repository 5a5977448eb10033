"""Predict the rows of a Spark data frame."""

import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.bulk import DEFAULT_PREFIX, AnswerColumns
from sentiment.errors import DataError, MissingExtraError
from sentiment.inference import DEFAULT_BATCH_SIZE
from sentiment.model_dir import ModelDirectory, locate_model
from sentiment.spark.models import WorkerModel, send
from sentiment.spark.partitions import PartitionPredictor, numbered
from sentiment.tables import ColumnFinder, listed

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

DATA_FRAME = "the data frame"


def predict(
    df: "DataFrame",
    text_column: str,
    *,
    model: str | Path,
    model_on_workers: bool = False,
    column_prefix: str = DEFAULT_PREFIX,
    all_probabilities: bool = False,
    explain: bool = False,
    max_error: float | None = None,
    unsure_below: float | None = None,
    fingerprint: bool = False,
    batch_size: int = DEFAULT_BATCH_SIZE,
    threads: int | None = None,
) -> "DataFrame":
    """Add predictions to a data frame, as `sentiment predict --file` adds them to a file.

    Nothing is computed before the result is used: this only checks model and columns, and extends the plan by one
    `mapInArrow`, without a shuffle. The data frame may be of Spark Connect, or a stream. Each Python worker loads the
    model once and keeps it for later tasks. The workers need sentiment with the extra `tables`.

    Args:
        df: Any data frame whose columns Spark can send to Python as Arrow.
        text_column: The column with the texts. Where a text is null or empty, the new columns are null.
        model: A model directory or a name, as in `Classifier.load`. It is sent to the workers, unless it comes with
            sentiment.
        model_on_workers: Whether every worker has the model directory at this path already; then it is not sent.
        column_prefix: Prefix of the names of the added columns: `label` and `probability`.
        all_probabilities: Whether to add a column for each class.
        explain: Whether to add the words that mattered most, which costs some 20 further predictions a row.
        max_error: The largest share of wrong labels; unsure rows get none. For a model from `sentiment calibrate`.
        unsure_below: The lowest probability of a label; it promises nothing.
        fingerprint: Whether to add `model_fingerprint`, a SHA-256 over the model.
        batch_size: Most texts per batch. It affects speed and memory.
        threads: Batches that run at the same time in a task; one for each of its cores (`spark.task.cpus`) if None.

    Returns:
        The data frame with its columns unchanged, and the new ones behind them.

    Raises:
        DataError: There is no such column or it holds no text, a new name is taken, or no threshold keeps `max_error`.
        MissingExtraError: PySpark or pyarrow is not installed.
        ModelDirectoryError: The model is missing or damaged, or `max_error` is set and it was not calibrated.
        TypeError: `df` is not a data frame of Spark.
        ValueError: An argument is out of range, or both `max_error` and `unsure_below` are set.
    """
    _check_frame(df)
    _check_numbers(batch_size, threads, max_error, unsure_below)
    directory = ModelDirectory.open(locate_model(model))
    if max_error is not None:
        from sentiment.inference.abstention import Promise

        unsure_below = Promise.of(directory, max_error).threshold
    columns = AnswerColumns(column_prefix, all_probabilities, explain, unsure_below)
    position = ColumnFinder(DATA_FRAME, df.columns).named(text_column).position
    worker_model = WorkerModel.of(directory, on_workers=model_on_workers)
    predictor = PartitionPredictor(worker_model, position, text_column, columns, batch_size, threads, fingerprint)
    return extended_plan(DATA_FRAME, df, predictor, directory, directory.labels)


def extended_plan(
    name: str, df: "DataFrame", predictor: PartitionPredictor, directory: ModelDirectory, labels: Sequence[str]
) -> "DataFrame":
    """Return a data frame with the columns of a predictor added.

    Args:
        name: Of the data frame, for messages.
        df: The rows.
        predictor: For each partition.
        directory: Of its model, which is sent to the workers if they do not have it.
        labels: Names of the classes.

    Raises:
        DataError: The column does not hold texts, or a new name is taken.
        ModelDirectoryError: A file of the model is missing or altered.
    """
    _check_type(name, df.schema, predictor)
    schema = _extended(name, df, predictor, tuple(labels))
    if predictor.model.is_sent:
        send(directory, df.sparkSession)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)  # not used here
        answered = df.toDF(*numbered(len(df.columns))).mapInArrow(predictor, _with_numbers(schema))
    return answered.toDF(*schema.names)


def _check_frame(df: object) -> None:
    try:
        import pyarrow  # noqa: F401  (PySpark's error names another package to install)
        from pyspark.sql import DataFrame
    except ImportError as error:
        raise MissingExtraError(str(error.name).partition(".")[0], "spark") from None
    if not isinstance(df, DataFrame):
        raise TypeError(f"df must be a data frame of Spark, and is of type {type(df).__name__}")


def _check_numbers(batch_size: int, threads: int | None, max_error: float | None, unsure_below: float | None) -> None:
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; it must be 1 or more")
    if threads is not None and threads < 1:
        raise ValueError(f"threads is {threads}; it must be 1 or more, or None for one per core of a task")
    if max_error is not None and unsure_below is not None:
        raise ValueError("max_error cannot be combined with unsure_below: it finds the threshold itself")
    for name, share in (("max_error", max_error), ("unsure_below", unsure_below)):
        if share is not None and not 0 <= share <= 1:
            raise ValueError(f"{name} is {share}; it must be from 0 to 1")


def _check_type(name: str, schema: "StructType", predictor: PartitionPredictor) -> None:
    from pyspark.sql.types import CharType, StringType, VarcharType

    kind = schema.fields[predictor.text_position].dataType
    if not isinstance(kind, StringType | CharType | VarcharType):
        raise DataError(
            f"{name}: column {predictor.text_column!r} contains {kind.simpleString()}, not text; choose another one "
            "with `text_column`, or cast it to string"
        )


def _extended(name: str, df: "DataFrame", predictor: PartitionPredictor, labels: tuple[str, ...]) -> "StructType":
    """Return the schema with the new columns.

    Raises:
        DataError: A new name is taken.
    """
    from pyspark.sql.types import DoubleType, StringType, StructField, StructType

    types = predictor.column_types(labels)
    is_exact = str(df.sparkSession.conf.get("spark.sql.caseSensitive")).lower() == "true"
    key = str if is_exact else str.lower
    times = Counter(map(key, [*df.columns, *types]))
    if taken := [column for column in types if times[key(column)] > 1]:
        raise DataError(
            f"{name}: would have more than one column {listed(taken)}; choose other names with `column_prefix`"
        )
    added = [StructField(column, StringType() if kind is str else DoubleType()) for column, kind in types.items()]
    return StructType([*df.schema.fields, *added])


def _with_numbers(schema: "StructType") -> "StructType":
    from pyspark.sql.types import StructField, StructType

    names = numbered(len(schema))
    return StructType(
        [
            StructField(name, field.dataType, field.nullable, field.metadata)
            for name, field in zip(names, schema.fields, strict=True)
        ]
    )
