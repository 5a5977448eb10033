"""`predict --engine`: what reads the file."""

from collections.abc import Mapping
from typing import Annotated, Literal

import typer

Engine = Literal["local", "spark"]
EngineOption = Annotated[
    Engine,
    typer.Option(
        "--engine",
        help="What reads --file: this process, or Apache Spark (extra `spark`), for folders of Parquet, CSV or JSONL "
        "and any URI that Spark reads.",
    ),
]
MasterOption = Annotated[
    str | None,
    typer.Option(
        "--master",
        metavar="URL",
        help="Where Spark runs: yarn, spark://host:7077, k8s://..., or local for this machine.",
        show_default="as Spark is configured, else all cores of this machine",
    ),
]
_NOT_WITH_SPARK = (
    *("sheet", "header_row", "max_record_characters", "threads", "rejects", "resume", "in_place"),
    *("summary", "by", "report", "review", "review_rows"),
)


def check_engine_options(given: Mapping[str, str], parameters: Mapping[str, object]) -> None:
    """Refuse options that would have no effect.

    Args:
        given: The options on the command line, by name.
        parameters: The values of all.

    Raises:
        typer.BadParameter: There are such options, or one is missing.
    """
    if parameters["engine"] != "spark":
        if "master" in given:
            raise typer.BadParameter("needs --engine spark", param_hint=given["master"])
        return
    for name in ("file", "output"):
        if name not in given or parameters[name] == "-":
            raise typer.BadParameter(f"needs --{name}, a file or a folder", param_hint="--engine spark")
    for name in _NOT_WITH_SPARK:
        if name in given:
            raise typer.BadParameter("cannot be combined with --engine spark", param_hint=given[name])
