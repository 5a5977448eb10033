"""Read the rows to check."""

from sentiment.callbacks import Notify
from sentiment.data import LabelledTexts, is_file_name, load_rows, source_info, source_names, spelled_like
from sentiment.tables import TableOptions


def load_parts(
    source: str,
    test: str | None,
    text_column: str | None,
    label_column: str | None,
    options: TableOptions,
    notify: Notify,
) -> tuple[LabelledTexts, LabelledTexts | None]:
    """Load the rows to check as they are found, and the test rows; neither needs labels.

    Args:
        source: of the rows: a named data set, whose training split is read, a file or hub:NAME.
        test: of the test rows; None for the test split of a named data set, if it has one.
        text_column: in both; auto-detected if None.
        label_column: in both; auto-detected if None.
        options: for reading files.
        notify: gets notes on downloads, on columns found, and on rows left out.

    Raises:
        DataError: rows are not available, or none can be used.
        MissingExtraError: reading them needs a package that is not installed.
    """

    def load(name: str, split: str | None, used: TableOptions) -> LabelledTexts:
        return load_rows(
            name,
            text_column=text_column,
            label_column=label_column,
            split=split,
            options=used,
            as_found=True,
            needs_label=False,
            notify=notify,
        )

    is_file = is_file_name(source)
    test_is_file = test is not None and is_file_name(test)
    rows = load(source, None if is_file else "train", options if is_file or not test_is_file else TableOptions())
    if test is not None:
        of_test = options.for_another(test) if is_file and test_is_file else options if test_is_file else TableOptions()
        return rows, spelled_like(rows, load(test, None, of_test), notify)
    has_test = source in source_names() and "test" in source_info(source).splits
    return rows, load(source, "test", TableOptions()) if has_test else None
