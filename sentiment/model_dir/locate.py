"""Which model directory a command means when none is named, and where the next one goes."""

import os
from itertools import count
from pathlib import Path

from sentiment.errors import ModelDirectoryError
from sentiment.model_dir.manifest import CLASSIFIER, MANIFEST_FILE, Manifest

MODEL_VARIABLE = "SENTIMENT_MODEL"
RUNS = Path("runs")
UNFINISHED_SUFFIX = ".unfinished"
"""Ends the name of the directory in which a training keeps its checkpoint until its model directory stands."""


def find_model(model: str | None, *, runs: Path = RUNS) -> tuple[Path, str]:
    """Choose the model directory: the one named, else `$SENTIMENT_MODEL`, else the last finished run.

    Args:
        model: What `--model` said, None where it was left out.
        runs: The folder with the runs; the last one is that with the latest `created` in its manifest.

    Returns:
        Its path, not yet opened, and why it was chosen, in words for stderr.

    Raises:
        ModelDirectoryError: None is named and no run is finished.
    """
    if model is not None:
        return Path(model), "--model"
    if named := os.environ.get(MODEL_VARIABLE):
        return Path(named), f"${MODEL_VARIABLE}"
    finished: list[tuple[float, Path]] = []
    ignored: list[str] = []
    for path in sorted(runs.glob(f"[!.]*/{MANIFEST_FILE}")):
        try:
            manifest = Manifest.read(path.parent)
            if manifest.kind == CLASSIFIER:
                finished.append((manifest.created.timestamp(), path.parent))
        except ModelDirectoryError as error:
            ignored.append(str(error))
    ignored_note = "".join(f"; ignored {fault}" for fault in ignored)
    if not finished:
        raise ModelDirectoryError(
            f"no model: no finished run under {runs}/{ignored_note}; "
            f"train one with: sentiment train quick, or name one with --model or ${MODEL_VARIABLE}"
        )
    return max(finished)[1], f"the last finished run under {runs}/{ignored_note}"


def default_out(config_name: str, runs: Path = RUNS) -> Path:
    """Return the first free name of `runs/<config>`, `runs/<config>-2` and so on.

    A name is taken if something stands there, or if an unfinished training is on its way there.
    """
    names = (config_name if number == 1 else f"{config_name}-{number}" for number in count(1))
    return next(runs / name for name in names if not _is_taken(runs / name))


def _is_taken(path: Path) -> bool:
    return os.path.lexists(path) or os.path.lexists(path.with_name(path.name + UNFINISHED_SUFFIX))
