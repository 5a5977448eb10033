"""Find the model directory of a name, the default one, and the path of the next one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from shlex import quote

from sentiment.errors import ModelDirectoryError
from sentiment.model_dir.known import (
    DEFAULT_CLASSIFIER,
    RUNS,
    SHIPPED_ENCODER,
    UNFINISHED_SUFFIX,
    finished_runs,
    hides_shipped,
    is_shipped,
    known_models,
    shipped_by_script,
    shipped_models,
)
from sentiment.model_dir.manifest import ENCODER, MANIFEST_FILE, Manifest, interrupted_replacement
from sentiment.model_dir.summary import ModelSummary
from sentiment.wording import nearest

MODEL_VARIABLE = "SENTIMENT_MODEL"
LONGEST_NAME_BYTES = 200
"""Longest name of a run: file systems allow 255 bytes, including suffixes."""


def find_model(model: str | None, *, runs: Path = RUNS) -> tuple[Path, str]:
    """Choose the model directory: the named one, `$SENTIMENT_MODEL`, the last run with a classifier, the shipped one.

    A run that was trained on the sample in place of other data, or that may be no better than always predicting one
    label, is skipped unless it is named.

    Args:
        model: The value of `--model`, a path or a name; None if it was omitted.
        runs: The folder of the runs; the last one is that with the latest `created` in its manifest.

    Returns:
        Its path, not yet opened, and why it was chosen, as text for stderr.

    Raises:
        ModelDirectoryError: A name is unknown, or none is given, no run is finished and no model is shipped.
    """
    if model is not None:
        return _named(model, "--model", runs)
    if named := os.environ.get(MODEL_VARIABLE):
        try:
            path, reason = _named(os.path.expanduser(named), f"${MODEL_VARIABLE}", runs)  # noqa: PTH111
            if not (path / MANIFEST_FILE).is_file():
                Manifest.read(path)  # its error names what is at the path
        except ModelDirectoryError as error:  # the name is not visible on the command line
            raise ModelDirectoryError(f"${MODEL_VARIABLE}: {error}") from error
        return path, reason
    finished = _FinishedRuns.read(runs)
    ignored = finished.ignored
    for _, path in sorted(finished.classifiers, reverse=True):
        if fault := _fault_of_default(path):
            ignored += fault
        else:
            return path, f"the last finished run under {runs}/{ignored}"
    for shipped in shipped_models():
        if shipped.name == DEFAULT_CLASSIFIER:
            return shipped.path, f"the model that comes with sentiment{ignored}"
    raise _no_model(runs, finished, ignored)


@dataclass(frozen=True)
class ChosenModel:
    """The model that a command uses.

    A shipped model is used for texts of any kind if none is named, so it is limited to scripts that it has learned; of
    several, the script of a text decides.

    Attributes:
        path: Its directory, not yet opened.
        reason: Why it was chosen, as text for stderr.
        by_script: The shipped models among which the script of a text decides; None if there is no choice.
        scripts: Those whose texts are predicted; None for all.
    """

    path: Path
    reason: str
    by_script: Mapping[str, Path] | None = None
    scripts: frozenset[str] | None = None


def choose_model(model: str | None) -> ChosenModel:
    """Choose the model directory as `find_model` does, or the shipped ones for the scripts of the texts.

    Args:
        model: The value of `--model`, a path or a name; None if it was omitted.

    Raises:
        ModelDirectoryError: As for `find_model`.
    """
    path, reason = find_model(model)
    if model is not None or os.environ.get(MODEL_VARIABLE) or not is_shipped(path):
        return ChosenModel(path, reason)
    shipped = shipped_by_script()
    if len(set(shipped.values())) > 1:
        return ChosenModel(path, reason, shipped, frozenset(shipped))
    return ChosenModel(path, reason, None, frozenset(script for script, each in shipped.items() if each == path))


def _fault_of_default(run: Path) -> str:
    """Return why a run must not be the default model, as text to append; empty if it may be."""
    try:
        weakness = ModelSummary.read(run).weakness
    except ModelDirectoryError as error:
        return f"; ignored {error}"
    return f"; skipped {run}: {weakness}; --model {quote(run.name)} uses it" if weakness else ""


def _named(path_or_name: str, reason: str, runs: Path) -> tuple[Path, str]:
    path = locate_model(path_or_name, runs=runs)
    hidden = "; it hides the one of this name that comes with sentiment" if hides_shipped(path_or_name, path) else ""
    return path, f"{reason}{hidden}"


def _no_model(runs: Path, finished: "_FinishedRuns", ignored: str) -> ModelDirectoryError:
    encoders = sorted(path for _, path in finished.encoders)
    found = f"no finished run under {runs}/{' but encoders' if encoders else ''}"
    remedy = f"sentiment train --from {quote(str(encoders[-1]))}" if encoders else "sentiment train quick"
    return ModelDirectoryError(
        f"no model: {found}{ignored}; train one with: {remedy}, or choose one with `model` or ${MODEL_VARIABLE}"
    )


@dataclass(frozen=True)
class _FinishedRuns:
    """The finished runs, each with the time at which it was written.

    Attributes:
        ignored: the faults of those that cannot be read, as text to append; empty without faults.
    """

    classifiers: list[tuple[float, Path]]
    encoders: list[tuple[float, Path]]
    ignored: str

    @classmethod
    def read(cls, runs: Path) -> "_FinishedRuns":
        """Read the manifests of all runs."""
        classifiers: list[tuple[float, Path]] = []
        encoders: list[tuple[float, Path]] = []
        ignored = ""
        for run in finished_runs(runs):
            try:
                manifest = Manifest.read(run.path)
            except ModelDirectoryError as error:
                ignored += f"; ignored {error}"
                continue
            kind = encoders if manifest.kind == ENCODER else classifiers
            kind.append((manifest.created.timestamp(), run.path))
        return cls(classifiers, encoders, ignored)


def find_encoder(model: str | None, *, runs: Path = RUNS) -> tuple[Path, str]:
    """Choose the encoder directory: the named one, the last finished run that is an encoder, the shipped one.

    Args:
        model: The value of `--model`, a path or a name; None if it was omitted.
        runs: The folder of the runs.

    Returns:
        Its path, not yet opened, and why it was chosen, as text for stderr.

    Raises:
        ModelDirectoryError: A name is unknown, or none is given and there is no encoder.
    """
    if model is not None:
        return _named(model, "--model", runs)
    finished = _FinishedRuns.read(runs)
    if finished.encoders:
        return max(finished.encoders)[1], f"the last finished encoder under {runs}/{finished.ignored}"
    for shipped in shipped_models():
        if shipped.name == SHIPPED_ENCODER:
            return shipped.path, f"the encoder that comes with sentiment{finished.ignored}"
    raise ModelDirectoryError(
        f"no encoder: none is finished under {runs}/{finished.ignored}; make one with: sentiment pretrain, or "
        "choose one with `model`"
    )


def locate_model(path_or_name: str | Path, *, runs: Path = RUNS) -> Path:
    """Resolve a path or a name: an existing directory of that path, else a run of that name, else a shipped model.

    Args:
        path_or_name: A path, or a name without a path separator; a `Path` is always a path.
        runs: The folder of the runs.

    Returns:
        A path, not yet opened; if it does not exist, opening it will fail.

    Raises:
        ModelDirectoryError: It is an unknown name.
    """
    path = Path(path_or_name)
    if isinstance(path_or_name, Path) or not _is_name(path_or_name) or path.is_dir():
        return path
    known = known_models(runs)
    for model in known:
        if model.name == path_or_name:
            return model.path
    for place in (path, runs / path_or_name):
        if os.path.lexists(place) or interrupted_replacement(place):
            return place
    raise _unknown(path_or_name, [model.name for model in known], runs)


def locate_unfinished(path_or_name: str, *, runs: Path = RUNS) -> Path:
    """Resolve an unfinished training: the one at that path, else that of the run of this name.

    Args:
        path_or_name: Its future model directory, the `.unfinished` sibling of that, or the name of either.
        runs: The folder of the runs.

    Returns:
        A path, not yet opened; if there is no unfinished training, resuming will fail.
    """
    path = Path(path_or_name)
    if not path.name:  # "." and "/" are existing folders
        path = path.resolve()
    elsewhere = runs / path.name
    if not _is_name(path_or_name) or _is_unfinished(path) or not _is_unfinished(elsewhere):
        return path
    return elsewhere


def default_out(config_name: str, runs: Path = RUNS) -> Path:
    """Return the first free name of `runs/<config>`, `runs/<config>-2` and so on.

    A name is taken if something exists there, or if an unfinished training will be written there.
    """
    names = (config_name if number == 1 else f"{config_name}-{number}" for number in count(1))
    return next(runs / name for name in names if not _is_taken(runs / name))


def unfinished_path(out: Path) -> Path:
    """Return the directory for the state of the training of `out`."""
    return out.with_name(out.name + UNFINISHED_SUFFIX)


def resume_command(verb: str, out: Path) -> str:
    """Return the command that resumes the training of `out`, quoted for a shell."""
    return f"sentiment {verb} --resume {quote(str(out))}"


def out_path(directory: Path) -> Path:
    """Return the future model directory of `directory`, which is either that or its unfinished sibling."""
    return directory.with_name(directory.name.removesuffix(UNFINISHED_SUFFIX))


def _is_unfinished(path: Path) -> bool:
    return unfinished_path(out_path(path)).is_dir()


def _is_taken(path: Path) -> bool:
    return os.path.lexists(path) or os.path.lexists(unfinished_path(path))


def _is_name(text: str) -> bool:
    has_separator = any(separator in text for separator in (os.sep, os.altsep) if separator)
    return bool(text) and not has_separator and len(text.encode("utf-8", "surrogatepass")) <= LONGEST_NAME_BYTES


def _unknown(name: str, known: list[str], runs: Path) -> ModelDirectoryError:
    """Return an error that a name is unknown, with the name that was probably meant."""
    fault = f"{name}: no such directory, and no finished run of that name under {runs}/"
    if meant := nearest(name, known):
        return ModelDirectoryError(f"{fault}; did you mean {meant}?")
    if known:
        return ModelDirectoryError(f"{fault}; list the known names with: sentiment models list")
    return ModelDirectoryError(f"{fault}; check the path, or train one with: sentiment train quick")
