"""The models and encoders that have a name."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sentiment.errors import ModelDirectoryError
from sentiment.model_dir.manifest import MANIFEST_FILE, Manifest

RUNS = Path("runs")

SHIPPED = Path(__file__).resolve().parent.parent / "shipped"
"""The folder of the package with the models that come with it; it is only read."""

SHIPPED_CLASSIFIER, SHIPPED_ENCODER = "korean-sentiment", "korean-reviews"
"""What answers where nothing else is named, and what a training on few rows starts from."""

RUN_ORIGIN, SHIPPED_ORIGIN = "run", "shipped"


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
