"""The models and encoders that have a name."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sentiment.errors import ModelDirectoryError
from sentiment.files import UnreadableError, parse_json, read_file
from sentiment.model_dir.manifest import MANIFEST_FILE, Manifest

RUNS = Path("runs")

SHIPPED = Path(__file__).resolve().parent.parent / "shipped"
"""The folder of the package with the models that come with it; it is only read."""

SHIPPED_CLASSIFIER, SHIPPED_ENCODER = "korean-sentiment", "korean-reviews"
"""What answers where nothing else is named, and what a training on few rows starts from."""

SHIPPED_SCRIPTS = frozenset({"Hangul", "Latin"})
"""What the shipped classifier learned to read, as `sentiment.text.scripts` calls it."""

NO_START = "none"
"""What a training starts from that starts at random weights."""

RUN_ORIGIN, SHIPPED_ORIGIN = "run", "shipped"

UNFINISHED_SUFFIX = ".unfinished"
"""Ends the name of the directory in which a training keeps its checkpoint until its model directory stands."""
RECORD_FILE = "training.json"
"""Says in that directory what the training was asked to do, and that it can be resumed."""
MAX_RECORD_BYTES = 64 * 2**20
MAX_STATE_STRUCTURE = 4_000_000
"""Values and keys; the figures of cross-validation hold a confusion matrix."""


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model or an encoder that can be called by its name.

    Attributes:
        name: What it is called.
        path: Its directory, not yet opened.
        origin: `run` for a finished run of the user, `shipped` for one that comes with sentiment.
    """

    name: str
    path: Path
    origin: str

    def kind(self) -> str | None:
        """Read whether it is a classifier or an encoder; None where its manifest cannot be read."""
        try:
            return Manifest.read(self.path).kind
        except ModelDirectoryError:
            return None


def known_models(runs: Path = RUNS) -> list[KnownModel]:
    """List the models and encoders that a name can mean; where two have one name, the first is meant.

    Args:
        runs: The folder with the runs.
    """
    return [*finished_runs(runs), *shipped_models()]


def finished_runs(runs: Path = RUNS) -> Iterator[KnownModel]:
    """Yield the runs that hold a manifest, sound or not, by their names."""
    for path in sorted(runs.glob(f"[!.]*/{MANIFEST_FILE}")):
        yield KnownModel(path.parent.name, path.parent, RUN_ORIGIN)


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    """A training that has not ended.

    Attributes:
        name: Of the run to come.
        path: The directory with its state.
        verb: The command of `sentiment` that resumes it; None where it was stopped before there was anything to
            resume.
    """

    name: str
    path: Path
    verb: str | None


def unfinished_runs(runs: Path = RUNS) -> Iterator[UnfinishedRun]:
    """Yield the trainings of the runs' folder that have not ended, by their names."""
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
    """Return what comes with sentiment, the classifier first; asked for name by name, so that no folder is searched."""
    paths = [SHIPPED / name for name in (SHIPPED_CLASSIFIER, SHIPPED_ENCODER)]
    return [KnownModel(path.name, path, SHIPPED_ORIGIN) for path in paths if (path / MANIFEST_FILE).is_file()]


def is_shipped(path: Path) -> bool:
    """Whether a directory comes with sentiment."""
    return path.parent == SHIPPED


def called(path: Path) -> str:
    """Return what people call a model directory: its path, or its name where it comes with sentiment."""
    return path.name if is_shipped(path) else str(path)


def hides_shipped(asked: str, found: Path) -> bool:
    """Whether a name that a model of sentiment has led to another one."""
    return any(asked == model.name and found != model.path for model in shipped_models())
