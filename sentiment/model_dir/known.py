"""The models and encoders that have a name."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sentiment.errors import ModelDirectoryError
from sentiment.model_dir.manifest import MANIFEST_FILE, Manifest

RUNS = Path("runs")


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model or an encoder that can be called by its name.

    Attributes:
        name: What it is called.
        path: Its directory, not yet opened.
        origin: Where it comes from, in words.
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
    return [*finished_runs(runs)]


def finished_runs(runs: Path = RUNS) -> Iterator[KnownModel]:
    """Yield the runs that hold a manifest, sound or not, by their names."""
    for path in sorted(runs.glob(f"[!.]*/{MANIFEST_FILE}")):
        yield KnownModel(path.parent.name, path.parent, f"a finished run under {runs}/")
