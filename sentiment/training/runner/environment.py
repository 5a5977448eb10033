"""The environment of a training, and the format of metrics.json."""

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
    """Format the number of threads of a training, including earlier ones if it was resumed with others."""
    return " after ".join(str(number) for number in (metrics["threads"], *reversed(metrics.get("earlier_threads", ()))))


def environment(config: Config, record: TrainingRecord) -> dict[str, Any]:
    """Return the machine, versions and settings of a training run, as JSON values."""
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
    """Return the text of metrics.json."""
    return json.dumps(metrics, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _peak_memory_bytes() -> int | None:
    """Return the peak resident size of this process, or None where the system does not report it."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
