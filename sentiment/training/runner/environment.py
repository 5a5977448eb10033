"""What every training tells of itself: on what and how it ran, and how its figures are written."""

import json
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from sentiment.config import Config
from sentiment.distribution import installed_version
from sentiment.training.state.record import TrainingRecord

LIBRARIES = ("torch", "numpy", "tokenizers", "onnxruntime")


def shown_threads(metrics: Mapping[str, Any]) -> str:
    """Tell the number of threads of a training, and those that it went on from."""
    return " after ".join(str(number) for number in (metrics["threads"], *reversed(metrics.get("earlier_threads", ()))))


def environment(config: Config, record: TrainingRecord) -> dict[str, Any]:
    """Tell on what, and how, a training was run, as JSON values."""
    return {
        "peak_memory_bytes": _peak_memory_bytes(),
        "seed": config.training.seed,
        "threads": record.threads,
        "earlier_threads": record.earlier_threads or [],
        "command": record.command,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {"sentiment": installed_version()} | {library: version(library) for library in LIBRARIES},
    }


def metrics_json(metrics: dict[str, Any]) -> str:
    """Write the figures as they stand in metrics.json."""
    return json.dumps(metrics, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _peak_memory_bytes() -> int | None:
    """Return the largest resident size of this process so far, or None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
