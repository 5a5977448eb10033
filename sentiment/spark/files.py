"""Predict a folder of files on Spark."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.bulk import AnswerColumns, Counts, check_scripts
from sentiment.callbacks import Notify
from sentiment.errors import Interrupted
from sentiment.inference import DEFAULT_BATCH_SIZE
from sentiment.inference.by_script import ClassifierByScript
from sentiment.model_dir import ModelDirectory
from sentiment.spark.faults import as_one_line
from sentiment.spark.models import WorkerModel, WorkerModelsByScript
from sentiment.spark.output import OutputFolder
from sentiment.spark.partitions import PartitionPredictor
from sentiment.spark.places import matched
from sentiment.spark.predict import extended_plan
from sentiment.spark.reading import InputFolder
from sentiment.tables import find_text_column

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Observation, SparkSession


@dataclass(frozen=True)
class FilesRequest:
    """Files to predict on Spark.

    Attributes:
        path: A file, a folder, or a pattern, on any file system that Spark reads.
        output: The folder to write.
        model: The model directory.
        columns: The columns to add.
        text_column: The column with the texts; auto-detected if None.
        format_name: One of `sentiment.formats.FileFormat`; from the names of the files if None.
        encoding: Of text files; UTF-8 if None.
        batch_size: Most texts per batch.
        force: Whether to replace an existing output once the new one is complete, and to drop an unfinished one.
        scripts: Those that the model reads: files whose first texts are mostly in others are refused, and each text in
            another gets no prediction. None for all.
        by_script: The models that come with sentiment, among which the script of each text decides; `model` is one of
            them. None if there is no choice.
    """

    path: str
    output: str
    model: Path
    columns: AnswerColumns
    text_column: str | None = None
    format_name: str | None = None
    encoding: str | None = None
    batch_size: int = DEFAULT_BATCH_SIZE
    force: bool = False
    scripts: Collection[str] | None = None
    by_script: Mapping[str, Path] | None = None


def predict_files(request: FilesRequest, session: "SparkSession", notify: Notify) -> Counts:
    """Write the rows of files with predictions, in the same format; the output appears when it is complete.

    Args:
        request: The files and options.
        session: Runs the job; not of Spark Connect.
        notify: Gets notes on the column found.

    Returns:
        The counts of the rows; those read in several windows are not counted.

    Raises:
        DataError: The files cannot be read, their texts cannot be found, or the name of a new column is taken.
        ModelDirectoryError: The model is missing or damaged.
        OutputError: The output exists, is or meets the input, or cannot be put in place.
        SparkError: The job failed.
        Interrupted: After Ctrl-C.
    """
    with as_one_line(request.path):
        inputs = matched(request.path, session)
        output = OutputFolder.at(request.output, session, force=request.force, inputs=inputs)
        files = InputFolder.open(request.path, request.format_name, request.encoding, session)
        output.keep_clear_of(files.uris)  # links in a folder lead to files elsewhere
        answered, observation = _counted(*_answered(request, files, notify))
        output.clear()
        try:
            files.write(answered, output.unfinished)
        except KeyboardInterrupt:
            session.sparkContext.cancelAllJobs()
            output.clear()
            raise Interrupted(f"stopped; {request.output} was not written") from None
        except Exception:
            output.clear()
            raise
        output.place()
    found = observation.get
    return Counts(rows=found["rows"], written=found["rows"], empty=found["empty"])


def _answered(request: FilesRequest, files: InputFolder, notify: Notify) -> "tuple[DataFrame, str]":
    """Return the rows with predictions, and the name of the column with the probability."""
    position = find_text_column(files, request.text_column, notify)
    check_scripts(files, position, request.scripts)
    directory = ModelDirectory.open(request.model)
    by_script = request.by_script
    predictor = PartitionPredictor(
        model=WorkerModel.of(directory, on_workers=False) if by_script is None else WorkerModelsByScript.of(by_script),
        text_position=position,
        text_column=files.columns[position],
        columns=request.columns,
        batch_size=request.batch_size,
        scripts=None if request.scripts is None else frozenset(request.scripts),
    )
    labels = directory.labels if by_script is None else ClassifierByScript(by_script, threads=1).labels
    answered = extended_plan(request.path, files.frame, predictor, directory, labels)
    return answered, f"{request.columns.prefix}probability"


def _counted(frame: "DataFrame", probability: str) -> "tuple[DataFrame, Observation]":
    """Count the rows while they are written, and those without a prediction."""
    from pyspark.sql import Observation
    from pyspark.sql import functions as sql

    observation = Observation()
    is_empty = sql.col("`" + probability.replace("`", "``") + "`").isNull()
    rows = sql.count(sql.lit(1)).alias("rows")
    return frame.observe(observation, rows, sql.count_if(is_empty).alias("empty")), observation
