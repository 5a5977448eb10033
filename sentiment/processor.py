"""The processor cores available to this process."""

import os

SPIN_COUNT = "1000"
"""About 10 microseconds. GNU's OpenMP spins 300 times as long."""


def wait_briefly() -> None:
    """Make threads of torch give up their core soon when they wait for each other, unless the user has chosen.

    Products as small as those of a recurrent step end within microseconds of each other, and so does the wait. But if
    another process has the core of one thread, the others would spin for its whole time slice: a training then takes
    several times as long. The environment is read when torch is loaded, so this must run earlier.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)


def available_cores() -> int:
    """Return the number of cores that this process may use: those of its container, not of the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
