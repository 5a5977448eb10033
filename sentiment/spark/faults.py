"""What went wrong in Spark, as one line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sentiment.errors import DataError, SentimentError, SparkError

_OURS = re.compile(r"^sentiment(?:\.\w+)*\.(\w+): (.+)$", re.MULTILINE)
_CAUSE = re.compile(r"^(?:Caused by: |: )?(?:[\w$]+\.)+([\w$]+(?:Exception|Error))(?:: (.+))?$", re.MULTILINE)
_NO_PACKAGE = re.compile(
    r"^ModuleNotFoundError: No module named '(sentiment|pyarrow|onnxruntime|numpy|tokenizers)", re.MULTILINE
)
_SQLSTATE = re.compile(r" SQLSTATE: \w+$")
_MISSING = "PATH_NOT_FOUND"


@contextmanager
def as_one_line(name: str) -> Iterator[None]:
    """Convert errors of Spark, the JVM and the Python workers into one of one line.

    Args:
        name: Of the input, for the message.

    Raises:
        SentimentError: As raised by a worker; `DataError` if there is no input; else `SparkError`.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import AnalysisException, PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        if isinstance(error, AnalysisException) and error.getCondition() == _MISSING:
            raise DataError(f"{name}: no such file or folder") from error
        raise _translated(name, str(error)) from error


def _translated(name: str, message: str) -> SentimentError:
    if raised := _OURS.search(message):
        kind = next((kind for kind in _kinds(SentimentError) if kind.__name__ == raised[1]), SparkError)
        error = kind.__new__(kind)  # some have other arguments than the message
        error.args = (f"{name}: {raised[2]}",)
        return error
    if missing := _NO_PACKAGE.search(message):
        return SparkError(
            f"{name}: the Python of the workers has no package {missing[1]}; install sentiment with its extra `tables` "
            "there, or send an environment with the job"
        )
    causes = [cause[2] or cause[1] for cause in _CAUSE.finditer(message)]
    line = causes[-1] if causes else message.partition("\n")[0]
    return SparkError(f"{name}: the Spark job failed: {_SQLSTATE.sub('', line)}")


def _kinds(kind: type[SentimentError]) -> Iterator[type[SentimentError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds(below)
