"""The processor cores available to this process."""

import os

SPIN_COUNT = "1000"
"""About 10 microseconds. GNU's OpenMP spins 300 times as long."""

CACHED_KERNELS = "8"
"""oneDNN makes a kernel for each length of a batch, and keeps 1,024. Making one again takes next to no time."""

REPEATABLE_PRODUCTS = ":4096:8"
"""The memory with which cuBLAS gives the same bits each time."""

MOST_THREADS = 1024
"""As many cores as the largest machines have; more is a typing error, and may exhaust the process."""


def set_up_torch() -> None:
    """Make torch share cores and memory, repeat a GPU's products and log errors only, unless the user chose otherwise.

    Its libraries read this when torch is loaded.

    Products as small as those of a recurrent step end within microseconds of each other, and so does the wait of one
    thread for another. But if another process has the core of one thread, the others would spin for its whole time
    slice: a training then takes several times as long.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", CACHED_KERNELS)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", REPEATABLE_PRODUCTS)
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # a lost connection is a warning of twenty lines


def available_cores() -> int:
    """Return the number of cores that this process may use: those of its container, not of the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def limit_tokenizer_threads(threads: int | None) -> None:
    """Set the number of threads of tokenizers, before their first parallel work: they read it once."""
    if threads is not None:
        os.environ.setdefault("RAYON_NUM_THREADS", str(threads))


def tokenize_on_the_calling_thread() -> None:
    """Disable threads in tokenizers, if the caller's threads already use all cores."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
