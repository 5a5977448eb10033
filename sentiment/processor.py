"""What this machine offers to the process."""

import os


def available_cores() -> int:
    """Count the cores that this process may use: those of a container, not of its machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
