"""Resolve the name of a source: a named data set, one of the hub, or a file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sentiment.callbacks import Notify
from sentiment.data.downloading.download import Progress
from sentiment.data.hub import PREFIX, open_hub
from sentiment.data.sources import open_named_split, source_info, source_names
from sentiment.errors import DataError
from sentiment.tables import Columns, Table, TableOptions, open_table, unreadable
from sentiment.wording import nearest


@dataclass(frozen=True)
class OpenedSource:
    """A source whose rows can be read.

    Attributes:
        name: as requested.
        splits: of the source; empty for a file.
        open_split: opens one of them, or the file for None.
        columns: if they are known in advance.
        renamed_labels: new names for labels in the source.
        rating_column: the column of grades, if the source has labels too and it is known in advance.
    """

    name: str
    splits: tuple[str, ...]
    open_split: Callable[[str | None], Table]
    columns: Columns = field(default_factory=Columns)
    renamed_labels: Mapping[str, str] = field(default_factory=dict)
    rating_column: str | None = None

    def default_split(self) -> str | None:
        """Return the default split to measure on: test, or the only one; None for a file.

        Raises:
            DataError: there are several, and none is named test.
        """
        if not self.splits or "test" in self.splits:
            return "test" if self.splits else None
        if len(self.splits) > 1:
            raise DataError(f"{self.name}: has no split named test; choose one of {', '.join(self.splits)}")
        return self.splits[0]


def is_file_name(source: str) -> bool:
    """Return whether a source is the path of a file, and neither a named data set nor one of the hub."""
    return not source.startswith(PREFIX) and source not in source_names()


def is_on_this_machine(source: str) -> bool:
    """Return whether the rows of a source can be read without a download."""
    if is_file_name(source):
        return True
    if source.startswith(PREFIX):
        return False
    info = source_info(source)
    return all(info.find(split) is not None for split in info.labelled_splits)


def require_source(source: str) -> None:
    """Check quickly that a source exists; `open_source` reads it.

    Raises:
        DataError: it is a missing file, or not a source at all.
    """
    if not is_file_name(source):
        return
    try:
        Path(source).stat()
    except OSError as error:
        raise (unreadable(source, error) if Path(source).suffix else _unknown(source)) from error


def open_source(source: str, options: TableOptions, notify: Notify, progress: Progress | None) -> OpenedSource:
    """Open a named data set, a file, or `hub:NAME`.

    Args:
        source: its name.
        options: for reading a file.
        notify: gets notes on what is auto-detected.
        progress: gets the bytes of a download so far.

    Raises:
        DataError: there is no such source, or an option for files is set but it is not a file.
        DownloadError: the hub cannot be reached. A named data set is downloaded only when a split is opened.
        MissingExtraError: a package is not installed.
    """
    if not is_file_name(source):
        options.refuse_all(source)
    if source.startswith(PREFIX):
        tables = open_hub(source)
        return OpenedSource(source, tuple(tables), lambda split: tables[split or "train"])
    if is_file_name(source):
        require_source(source)
        return OpenedSource(source, (), lambda split: open_table(source, options, notify=notify))  # noqa: ARG005
    info = source_info(source)
    return OpenedSource(
        source,
        info.splits,
        lambda split: open_named_split(info, split or "train", notify, progress),
        Columns(info.text_column, info.label_column),
        info.label_names,
        info.rating_column,
    )


def _unknown(source: str) -> DataError:
    names = source_names()
    meant = nearest(source, names)
    hint = f"; did you mean {meant}?" if meant else f"; pass a file, hub:NAME, or one of {', '.join(names)}"
    return DataError(f"{source}: neither a data set nor a file{hint}")
