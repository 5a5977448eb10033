"""Start Spark for the command line."""

import os
import sys
import warnings
from typing import TYPE_CHECKING

from sentiment.errors import MissingExtraError, SparkError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_CONFIGURED_BY = ("PYSPARK_GATEWAY_PORT", "PYSPARK_SUBMIT_ARGS", "SPARK_CONF_DIR", "SPARK_HOME")
"""Set where Spark was started or configured by the user: `spark-submit` sets the first."""
_REMOTE = "sc://"


def start_session(master: str | None, *, show_progress: bool) -> "SparkSession":
    """Start Spark, or join the one that `spark-submit` has started.

    Its log is silent unless Spark is configured by the user: a failed job is told by its error.

    Args:
        master: Where the job runs, as in `local[4]`, `yarn` or `spark://host:7077`; None for the configured one, or
            all cores of this machine.
        show_progress: Whether to draw Spark's progress bar on standard error.

    Raises:
        MissingExtraError: PySpark is not installed.
        SparkError: Spark does not start, or `master` is of Spark Connect.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise MissingExtraError("pyspark", "spark") from None
    if (master or "").startswith(_REMOTE) or "SPARK_REMOTE" in os.environ:
        raise SparkError(
            "Spark Connect cannot rename the finished output; choose another `master`, or use sentiment.spark.predict"
        )
    builder = SparkSession.builder.appName("sentiment predict")
    builder = builder.config("spark.ui.showConsoleProgress", str(show_progress).lower())
    if not any(name in os.environ for name in _CONFIGURED_BY):
        builder = builder.config("spark.log.level", "OFF")
        if master is None or master.startswith("local"):
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # by default, the python3 of the PATH
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)  # not used
            return (builder if master is None else builder.master(master)).getOrCreate()
    except PySparkException as error:
        first_line = str(error).partition("\n")[0]
        raise SparkError(
            f"Spark does not start ({first_line}); it needs Java 17 or later, found by JAVA_HOME or PATH"
        ) from error
