"""What it takes to repeat a report: the command, the model and the versions."""

import platform
import shlex
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version

from sentiment.distribution import installed_version


def repeat_facts(command: Sequence[str], model_sha256: str | None = None) -> dict[str, str]:
    """Return the facts by a key of the wording; without a model, none of it."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "onnxruntime", "tokenizers"))
    return {
        "command": shlex.join(command),
        **({} if model_sha256 is None else {"model_sha256": model_sha256}),
        "versions": f"sentiment {installed_version()}, Python {platform.python_version()}, {libraries}",
        "made": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
