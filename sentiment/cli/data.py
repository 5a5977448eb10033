"""`sentiment data`."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.cli.command import CommandApp, expand_home, expanded_path
from sentiment.cli.console import notify, print_path, print_table, progress_bar
from sentiment.cli.data_check import check_command
from sentiment.cli.table_options import (
    EncodingOption,
    FormatOption,
    HeaderRowOption,
    LabelColumnOption,
    MaxRecordCharactersOption,
    SheetOption,
    TextColumnOption,
    table_options,
)
from sentiment.wording import on_one_line

if TYPE_CHECKING:
    from sentiment.data import LabelledTexts, SourceInfo

data_app = CommandApp(no_args_is_help=True, help="List, describe, check, download and build data sets.")
data_app.command("check")(check_command)

NOT_HERE = "not here"


def complete_source(incomplete: str) -> list[str]:
    """Return the named data sets with a prefix, for shell completion."""
    from sentiment.data import source_names

    return [name for name in source_names() if name.startswith(incomplete)]


@data_app.command("list")
def list_command() -> None:
    """List the named data sets: rows, licence and place; tab-separated when piped.

    Example: sentiment data list
    """
    from sentiment.data import source_info, source_names

    _notify_missing_folder()
    sources = [source_info(name) for name in source_names()]
    rows = [
        [source.name, _number(source.num_rows), source.licence, _place(source), source.description]
        for source in sources
    ]
    print_table(["name", "rows", "licence", "found", "description"], rows, numeric=(1,))


@data_app.command("info")
def info_command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE",
            parser=expand_home,
            help="A named data set, a file, or hub:NAME.",
            autocompletion=complete_source,
        ),
    ],
    text_column: TextColumnOption = None,
    label_column: LabelColumnOption = None,
    sheet: SheetOption = None,
    header_row: HeaderRowOption = None,
    format_name: FormatOption = None,
    encoding: EncodingOption = None,
    max_record_characters: MaxRecordCharactersOption = None,
) -> None:
    """Describe a data set: rows, classes, faults, repeated and contradictory texts. No named data set is downloaded.

    Example: sentiment data info sample
    """
    from sentiment.data import load_rows, source_info, source_names

    options = table_options(format_name, encoding, sheet, header_row, max_record_characters)
    read = partial(load_rows, text_column=text_column, label_column=label_column, options=options, notify=notify)
    if name not in source_names():
        rows = read(name)
        _print_figures({rows.name: rows})
        return
    options.refuse_all(name)
    source = source_info(name)
    about = [["name", source.name], ["description", source.description]]
    about += [["licence", source.licence], ["homepage", source.homepage]]
    places = {split: source.find(split) for split in source.splits}
    about += [[f"{split} rows", str(path or NOT_HERE)] for split, path in places.items()]
    print_table(["", ""], about)
    if None in places.values():
        _notify_missing_folder()
        notify(f"{name} is {NOT_HERE}; {source.way_to_get_it}")
        return
    typer.echo()
    _print_figures({split: read(name, split=split) for split in source.labelled_splits})


@data_app.command("download")
def download_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A named data set.", autocompletion=complete_source)],
) -> None:
    """Download the missing files of a data set, check them, and print where they are.

    They are looked for in $SENTIMENT_DATA/NAME, then in the user's cache, where downloads are stored.
    SENTIMENT_NSMC_URL names a mirror: the address of a folder with the files of nsmc.

    Example: sentiment data download sample
    """
    from sentiment.data import download_source

    with progress_bar(name, "bytes") as bar:
        paths = download_source(
            name, notify=notify, progress=lambda done, total: bar.update(done, total=total, description=name)
        )
    for path in paths:
        print_path(path)


@data_app.command("build")
def build_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A named data set.", autocompletion=complete_source)],
    raw: Annotated[Path, typer.Argument(metavar="RAW", parser=expanded_path, help="The folder of its raw files.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            parser=expanded_path,
            help="The file to write; for imdb, the folder for its three files.",
            show_default="the user's cache",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files, once the new ones are complete.")] = False,
) -> None:
    """Build a data set from its raw files, and print where it was written.

    For naver-movie-reviews, RAW is the folder raw of a clone of https://github.com/e9t/nsmc. The reviews of nsmc, and
    those that equal one of its test texts, are left out.

    For imdb, RAW is the folder aclImdb, unpacked from the archive at https://ai.stanford.edu/~amaas/data/sentiment/.

    Example: sentiment data build naver-movie-reviews nsmc/raw
    """
    from sentiment.data.building import build_source

    for path in build_source(name, raw, out, replace=force, notify=notify):
        print_path(path)


def _notify_missing_folder() -> None:
    from sentiment.data import data_folder

    folder = data_folder()
    if folder is not None and not folder.is_dir():
        notify(f"$SENTIMENT_DATA: {folder}: no such folder; check its path")


def _place(source: "SourceInfo") -> str:
    """Return the folder of a data set's files, for people."""
    paths = [source.find(split) for split in source.splits]
    if not source.files and not source.built_files:
        return "with sentiment"
    return ", ".join(dict.fromkeys(str(path.parent) if path else NOT_HERE for path in paths))


def _print_figures(rows_by_title: "dict[str, LabelledTexts]") -> None:
    """Print the statistics of several sets of rows, one per column."""
    from sentiment.data import describe, rows_also_in, sorted_labels

    statistics = {title: describe(rows) for title, rows in rows_by_title.items()}
    labels = sorted_labels({label for figures in statistics.values() for label in figures.rows_per_label})
    table: dict[str, list[int | None]] = {
        "rows read": [figures.counts.read for figures in statistics.values()],
        "rows used": [figures.counts.used for figures in statistics.values()],
        "without text": [figures.counts.empty for figures in statistics.values()],
        "without label": [figures.counts.unlabelled for figures in statistics.values()],
        "malformed": [figures.counts.malformed for figures in statistics.values()],
    }
    for label in labels:
        table[f"label {on_one_line(label)}"] = [figures.rows_per_label.get(label, 0) for figures in statistics.values()]
    table["repeated texts"] = [figures.repeated for figures in statistics.values()]
    table["texts with more than one label"] = [figures.contradictory for figures in statistics.values()]
    if len(rows_by_title) > 1:
        known = set(rows_by_title["train"].texts)
        table["texts also in train"] = [
            None if title == "train" else len(rows_also_in(rows.texts, known)) for title, rows in rows_by_title.items()
        ]
    lines = [["", *statistics]] + [[name, *map(_number, numbers)] for name, numbers in table.items()]
    print_table([""] * len(lines[0]), lines, numeric=range(1, len(lines[0])))


def _number(number: int | None) -> str:
    """Format a number with thousands separators for people, without for programs."""
    if number is None:
        return ""
    return f"{number:,}" if sys.stdout.isatty() else str(number)
