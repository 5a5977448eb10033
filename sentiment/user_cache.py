"""The folder of the user's cache, where there is one."""

from pathlib import Path

import platformdirs


def user_cache() -> Path | None:
    """Return the folder for what can be made again, which need not exist; None for a user without a home directory."""
    try:
        return platformdirs.user_cache_path("sentiment")
    except RuntimeError:  # no HOME, and a user id that the system does not know, as in some containers
        return None
