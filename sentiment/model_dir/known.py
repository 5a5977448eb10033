"""The models and encoders that can be named."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sentiment.errors import ModelDirectoryError
from sentiment.files import UnreadableError, parse_json, read_file
from sentiment.model_dir.manifest import MANIFEST_FILE, Manifest

RUNS = Path("runs")

SHIPPED = Path(__file__).resolve().parent.parent / "shipped"
"""The package's folder of models that come with it; read-only."""

DEFAULT_CLASSIFIER = "korean-opinion"
"""The default model for predictions: texts on any subject, with a neutral class."""

FILM_CLASSIFIER = "korean-sentiment"
"""Best on Korean film reviews, negative or positive."""

ENGLISH_CLASSIFIER = "english-sentiment"
"""The default model for texts in Latin script."""

SHIPPED_ENCODER = "korean-reviews"
"""The default start of a training on Korean rows."""

ENGLISH_ENCODER = "english-reviews"
"""The default start of a training on English rows."""

SHIPPED_CLASSIFIERS = {"Hangul": DEFAULT_CLASSIFIER, "Latin": ENGLISH_CLASSIFIER}
"""The default model for each script that one is shipped for, as named by `sentiment.text.scripts`."""

SHIPPED_ENCODERS = {"Korean": SHIPPED_ENCODER, "English": ENGLISH_ENCODER}
"""The default start of a training for each language that one is shipped for, as in `sentiment.text.languages`."""

NO_START = "none"
"""The name for starting a training from random weights."""

RUN_ORIGIN, SHIPPED_ORIGIN = "run", "shipped"

UNFINISHED_SUFFIX = ".unfinished"
"""Suffix of the directory that holds the state of a training until its model directory is written."""
RECORD_FILE = "training.json"
"""File in that directory that records what was requested; with it, the training can be resumed."""
MAX_RECORD_BYTES = 64 * 2**20
MAX_STATE_STRUCTURE = 4_000_000
"""Most values and keys of that file; the metrics of cross-validation contain a confusion matrix."""


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model or an encoder that can be named.

    Attributes:
        name: Its name.
        path: Its directory, not yet opened.
        origin: `run` for a finished run of the user, `shipped` for one that comes with sentiment.
    """

    name: str
    path: Path
    origin: str

    def kind(self) -> str | None:
        """Whether it is a classifier or an encoder, from its manifest; None if that cannot be read."""
        try:
            return Manifest.read(self.path).kind
        except ModelDirectoryError:
            return None


def known_models(runs: Path = RUNS) -> list[KnownModel]:
    """List the models and encoders that can be named; of two with the same name, the first is used.

    Args:
        runs: The folder of the runs.
    """
    return [*finished_runs(runs), *shipped_models()]


def finished_runs(runs: Path = RUNS) -> Iterator[KnownModel]:
    """Yield the runs that have a manifest, valid or not, by name."""
    for path in sorted(runs.glob(f"[!.]*/{MANIFEST_FILE}")):
        yield KnownModel(path.parent.name, path.parent, RUN_ORIGIN)


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    """An unfinished training.

    Attributes:
        name: Of the run that it will become.
        path: The directory of its state.
        verb: The command of `sentiment` that resumes it; None if it was stopped before there was anything to resume.
    """

    name: str
    path: Path
    verb: str | None


def unfinished_runs(runs: Path = RUNS) -> Iterator[UnfinishedRun]:
    """Yield the unfinished trainings in the folder of the runs, by name."""
    for path in sorted(runs.glob(f"[!.]*{UNFINISHED_SUFFIX}")):
        if path.is_dir():
            yield UnfinishedRun(path.name.removesuffix(UNFINISHED_SUFFIX), path, _recorded_verb(path / RECORD_FILE))


def _recorded_verb(record: Path) -> str | None:
    try:
        content = read_file(record, MAX_RECORD_BYTES)
        fields = parse_json(content, max_structure=MAX_STATE_STRUCTURE, allow_nan=True, allow_surrogates=True)
        verb = fields["verb"]
    except (OSError, UnreadableError, KeyError, TypeError):
        return None
    return verb if verb in {"train", "pretrain"} else None


def shipped_models() -> list[KnownModel]:
    """Return what comes with sentiment, the default first; asked for name by name, so that no folder is searched."""
    names = (DEFAULT_CLASSIFIER, FILM_CLASSIFIER, ENGLISH_CLASSIFIER, SHIPPED_ENCODER, ENGLISH_ENCODER)
    paths = [SHIPPED / name for name in names]
    return [KnownModel(path.name, path, SHIPPED_ORIGIN) for path in paths if (path / MANIFEST_FILE).is_file()]


def shipped_by_script() -> dict[str, Path]:
    """Return the default model for each script; that for Hangul, the first, knows some words of the others."""
    shipped = {model.name: model.path for model in shipped_models()}
    default = shipped.get(DEFAULT_CLASSIFIER)
    return (
        {} if default is None else {script: shipped.get(name, default) for script, name in SHIPPED_CLASSIFIERS.items()}
    )


def shipped_encoder(language: str | None) -> Path | None:
    """Return the encoder for a language, None if none is shipped."""
    name = SHIPPED_ENCODERS.get(language or "")
    return next((model.path for model in shipped_models() if model.name == name), None)


def is_shipped(path: Path) -> bool:
    """Return whether a directory comes with sentiment."""
    return path.parent == SHIPPED


def called(path: Path) -> str:
    """Return how to show a model directory to people: its path, or its name if it comes with sentiment."""
    return path.name if is_shipped(path) else str(path)


def hides_shipped(asked: str, found: Path) -> bool:
    """Return whether the name of a shipped model was resolved to another directory."""
    return any(asked == model.name and found != model.path for model in shipped_models())
