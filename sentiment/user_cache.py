"""The user's cache folder, if there is one."""

from pathlib import Path

import platformdirs


def user_cache() -> Path | None:
    """Return the folder for reproducible files, which may not exist; None for a user without a home directory."""
    try:
        return platformdirs.user_cache_path("sentiment")
    except RuntimeError:  # no HOME, and a user id unknown to the system, as in some containers
        return None
