"""Data sets of the Hugging Face hub, loaded with datasets."""

import logging
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sentiment.errors import DataError, DownloadError, MissingExtraError
from sentiment.tables import SAMPLE_ROWS, Sample, TableRow

if TYPE_CHECKING:
    import datasets

PREFIX = "hub:"
"""Prefix of the name of a hub data set: `hub:NAME` or `hub:NAME@CONFIG`."""

_BATCH_ROWS = 1_000
_CONNECT_S = 5.0
_LOGGERS = ("datasets", "huggingface_hub", "fsspec", "httpx", "urllib3")
_CELL_TYPES = {"string", "large_string", "bool", "int8", "int16", "int32", "int64", "float32", "float64"}


class HubTable:
    """The rows of one split of a hub data set."""

    is_typed = True
    repeated_headers = ()

    def __init__(self, name: str, dataset: "datasets.Dataset") -> None:
        self.name = name
        self._dataset = dataset
        self.columns: list[str] = dataset.column_names

    def sample(self) -> Sample:
        """Return the cells of the first rows, with None for those that are neither texts nor numbers."""
        names = [name for name in self.columns if getattr(self._dataset.features[name], "dtype", None) in _CELL_TYPES]
        rows = self._dataset.select_columns(names).with_format(None)[:SAMPLE_ROWS]
        num_rows = min(SAMPLE_ROWS, len(self._dataset))
        return list(zip(*(rows.get(name, [None] * num_rows) for name in self.columns), strict=True))

    def rows(self, text_column: int, others: Sequence[int] = ()) -> Iterator[TableRow]:
        """Yield text and other cells of each row; a class is given by its name, and class -1 is a missing label."""
        names = [self.columns[column] for column in (text_column, *others)]
        class_names = [getattr(self._dataset.features[name], "names", None) for name in names]
        number = 0
        for batch in self._dataset.select_columns(names).with_format(None).iter(_BATCH_ROWS):
            for text, *cells in zip(*(batch[name] for name in names), strict=True):
                number += 1
                where = f"{self.name}: row {number:,}"
                if not isinstance(text, str | None):
                    yield TableRow(where, None, fault="holds no text")
                    continue
                named = zip(cells, class_names[1:], strict=True)
                yield TableRow(where, text, [_class_name(cell, known) if known else cell for cell, known in named])


def _class_name(number: int | None, names: list[str]) -> str | None:
    return None if number is None or number < 0 else names[number]


def open_hub(source: str) -> Mapping[str, HubTable]:
    """Open the splits of `hub:NAME` or `hub:NAME@CONFIG`, by name.

    Raises:
        DataError: the hub has no such data set, or it has no training split.
        DownloadError: the hub cannot be reached.
        MissingExtraError: datasets is not installed.
    """
    try:
        import datasets
        from datasets.exceptions import DatasetsError
    except ImportError:
        raise MissingExtraError("datasets", "train") from None
    name, _, config = source.removeprefix(PREFIX).partition("@")
    if not name:
        raise DataError(f"{source}: does not name a data set; write hub:NAME or hub:NAME@CONFIG")
    try:
        with _silent(), _without_retries():
            splits: dict[str, Any] = dict(datasets.load_dataset(name, config or None))
    except ConnectionError as error:
        raise DownloadError(
            f"{source}: the hub cannot be reached ({_first_line(error)}); check the connection"
        ) from error
    except (OSError, ValueError, DatasetsError) as error:
        raise DataError(f"{source}: cannot be loaded ({_first_line(error)}); check its name on the hub") from error
    except RuntimeError as error:  # it has a loading script, which datasets does not run
        raise DataError(
            f"{source}: cannot be loaded ({_first_line(error)}); choose a data set that is stored as files"
        ) from error
    if "train" not in splits:
        raise DataError(f"{source}: has no split called train, only {', '.join(splits)}; choose another data set")
    return {split: HubTable(source, dataset) for split, dataset in splits.items()}


@contextmanager
def _without_retries() -> Iterator[None]:
    """Restrict datasets to its cache if the hub cannot be reached: otherwise it would retry for half a minute."""
    import datasets
    from huggingface_hub import constants

    was_offline = constants.HF_HUB_OFFLINE, datasets.config.HF_HUB_OFFLINE
    try:
        if not any(was_offline) and not _is_reachable(constants.ENDPOINT):
            constants.HF_HUB_OFFLINE = datasets.config.HF_HUB_OFFLINE = True
        yield
    finally:
        constants.HF_HUB_OFFLINE, datasets.config.HF_HUB_OFFLINE = was_offline


def _is_reachable(address: str) -> bool:
    """Return whether a server responds, with any status."""
    try:
        urllib.request.urlopen(address, timeout=_CONNECT_S).close()  # noqa: S310  (the user sets it by HF_ENDPOINT)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@contextmanager
def _silent() -> Iterator[None]:
    """Silence progress bars, retries and warnings of datasets: the caller decides what is shown."""
    import datasets

    shows_bars = datasets.is_progress_bar_enabled()
    levels = {logger: logger.level for logger in map(logging.getLogger, _LOGGERS)}
    datasets.disable_progress_bars()
    for logger in levels:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)
        if shows_bars:
            datasets.enable_progress_bars()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
