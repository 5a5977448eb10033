"""The shipped model that suits the rows of an evaluation, or has rows, if no model is named."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from sentiment.callbacks import silent
from sentiment.data import load_rows, source_names
from sentiment.data.behaviour import load_suite
from sentiment.evaluation.behaviour import AUTO
from sentiment.model_dir import CLASSIFIER, ModelDirectory, choose_model, shipped_models
from sentiment.tables import TableOptions
from sentiment.text.scripts import written_in

NUM_SAMPLED_TEXTS = 2_000
LEAST_SHARE_NOTED = 0.05


def find_suited_model(
    model: str | None,
    *,
    data: str | None,
    behaviour: str | None = None,
    text_column: str | None,
    label_column: str | None,
    options: TableOptions,
) -> tuple[Path, str]:
    """Choose the model to evaluate as `find_model` does, and among those that ship by the script of the rows.

    Without rows, it is the first whose own can be downloaded. If many texts are in another script, the reason says so.

    Args:
        model: the value of `--model`; None if it was omitted.
        data: the rows; None for those that the model was trained on.
        behaviour: a suite in place of rows, as for `check_behaviour`; None for rows.
        text_column: the column of `data` with the texts; auto-detected if None.
        label_column: the column of `data` with the labels; auto-detected if None.
        options: for reading `data`, if it is a file.

    Raises:
        DataError: the rows are not available, or none can be used.
        ModelDirectoryError: a name is unknown, or there is no model.
    """
    chosen = choose_model(model)
    if chosen.by_script is None:
        return chosen.path, chosen.reason
    if behaviour not in (None, AUTO):
        texts = [text for case in load_suite(behaviour).cases for text in case.texts]
    elif data is not None:
        texts = load_rows(
            data, text_column=text_column, label_column=label_column, options=options, notify=silent
        ).texts
    elif behaviour is None:
        return _with_rows_to_download() or chosen.path, chosen.reason
    else:
        return chosen.path, chosen.reason
    sample = texts[:: 1 + len(texts) // NUM_SAMPLED_TEXTS]
    script, others = _script_of(sample, chosen.by_script)
    return chosen.by_script[script], f"{chosen.reason}{_note(others, len(sample), chosen.by_script)}"


def _with_rows_to_download() -> Path | None:
    for shipped in shipped_models():
        if shipped.kind() == CLASSIFIER and ModelDirectory.open(shipped.path).config.data.source in source_names():
            return shipped.path
    return None


def _script_of(texts: list[str], scripts: Mapping[str, Path]) -> tuple[str, dict[str, int]]:
    """Return the script of most texts, the first if none is written in any, and the number of texts in each other."""
    counts = Counter(script for text in texts if (script := written_in(text, scripts)) is not None)
    first, *others = counts.most_common() or [(next(iter(scripts)), 0)]
    return first[0], dict(others)


def _note(others: Mapping[str, int], num_texts: int, scripts: Mapping[str, Path]) -> str:
    """Say how many texts another model is for, if more than a few."""
    return "".join(
        f"; {n / num_texts:.0%} of the texts are in {script} letters, which {scripts[script].name} is for"
        for script, n in others.items()
        if n >= LEAST_SHARE_NOTED * num_texts
    )
