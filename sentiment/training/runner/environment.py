"""The environment of a training."""

import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from sentiment.config import Config
from sentiment.distribution import installed_version
from sentiment.training.state.record import TrainingRecord

LIBRARIES = ("torch", "numpy", "tokenizers", "onnxruntime")


def shown_place(metrics: Mapping[str, Any]) -> str:
    """Format what a training ran on, including earlier threads, processes and devices if it was resumed with others.

    Early figures name neither processes nor device: there were one process and the CPU.
    """

    def shown(name: str, default: object = None) -> str:
        values = (metrics.get(name, default), *reversed(metrics.get(f"earlier_{name}", ())))
        return " after ".join(map(str, values))

    parts = [f"{shown('threads')} threads"]
    if (processes := shown("processes", 1)) != "1":
        parts.append(f"{processes} processes")
    if (device := shown("device", "cpu")) != "cpu":
        parts.append(device)
    return ", ".join(parts)


def environment(config: Config, record: TrainingRecord) -> dict[str, Any]:
    """Return the machine, versions and settings of a training run, as JSON values."""
    return {
        "peak_memory_bytes": _peak_memory_bytes(),
        "seed": config.training.seed,
        **record.place,
        "command": record.command,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {"sentiment": installed_version()} | {library: version(library) for library in LIBRARIES},
    }


def _peak_memory_bytes() -> int | None:
    """Return the peak resident size of this process, or None where the system does not report it."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
