"""The rows that several models are compared on, of which none may have learned any."""

from collections.abc import Mapping

from sentiment.callbacks import Notify, silent
from sentiment.data import is_file_name
from sentiment.errors import DataError
from sentiment.evaluation.rows import (
    CROSS_VALIDATION,
    EvaluationRows,
    WantedRows,
    drawn_at_random,
    is_same_source,
    load_evaluation_rows,
    refuse_known_rows,
)
from sentiment.evaluation.training_origin import TrainingOrigin


def load_shared_rows(origins: Mapping[str, TrainingOrigin], wanted: WantedRows, notify: Notify) -> EvaluationRows:
    """Load rows to compare models on: those requested, or else the test split of what all of them were trained on.

    Of the file that a model was trained on, or of a copy, these are the rows that it held out; of a review sheet, those
    drawn at random.

    Args:
        origins: where the training rows of each model came from, by its name; one or more.
        wanted: which rows.
        notify: gets notes on downloads and on rows that cannot be used.

    Raises:
        DataError: if they are not available, none are requested and the models were trained on different rows, or a
            model was trained on some of them.
        MissingExtraError: if reading them needs a package that is not installed.
    """
    source = wanted.source
    own = [name for name in origins if source is None or is_same_source(source, origins[name].config.source)]
    own = own or _with_a_copy(origins, wanted)
    name = (own or list(origins))[0]
    for other, origin in origins.items():
        if source is None and origin.sha256 != origins[name].sha256:
            raise DataError(
                f"{other}: was trained on other rows than {name}; choose rows that neither was trained on with `data`"
            )
    chosen = load_evaluation_rows(origins[name], wanted, notify)
    if chosen.split == CROSS_VALIDATION:
        raise DataError(f"{name}: was trained on all rows of {chosen.source}; choose other rows with `data`")
    refuse_known_rows(chosen, origins[name], origins)
    return drawn_at_random(chosen, notify)[0]


def _with_a_copy(origins: Mapping[str, TrainingOrigin], wanted: WantedRows) -> list[str]:
    """Return the models whose training file has a copy in the requested one."""
    source = wanted.source
    known = [name for name, origin in origins.items() if origin.undivided_sha256 is not None]
    if source is None or not known or not is_file_name(source):
        return []
    rows = wanted.read(source, None, silent)
    return [name for name in known if origins[name].has_divided(rows)]
