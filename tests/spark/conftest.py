"""One Spark session for all tests of the room: starting a JVM takes seconds."""

import os
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.ports import free_port

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"
"""Options of a JVM that ends before its code is worth optimising."""


@pytest.fixture(scope="session")
def spark() -> "Iterator[SparkSession]":
    """A session of two tasks at once, whose JVM also serves Spark Connect."""
    missing = "pyspark" if find_spec("pyspark") is None else "" if shutil.which("java") else "java"
    if missing:
        assert not os.environ.get("CI"), f"{missing} is missing"
        pytest.skip(f"{missing} is not installed")
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        options: dict[str, bool | float | int | str | None] = {
            "spark.connect.grpc.binding.port": free_port(),
            "spark.driver.extraJavaOptions": QUICK_START,
            "spark.log.level": "OFF",
            "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
            "spark.sql.shuffle.partitions": 1,
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        session = SparkSession.builder.master("local[2]").config(map=options).getOrCreate()
        yield session
        session.stop()


@pytest.fixture(scope="session")
def remote(spark: "SparkSession") -> "Iterator[SparkSession]":
    """A client of Spark Connect."""
    from pyspark.sql.connect.session import SparkSession as RemoteSession

    port = spark.conf.get("spark.connect.grpc.binding.port")
    session = RemoteSession(connection=f"sc://127.0.0.1:{port}")
    yield session  # type: ignore[misc]  # its class repeats all of the other's
    session.client.close()
