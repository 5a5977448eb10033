"""File attributes, preserved when a file is replaced."""

import os
import stat
from contextlib import suppress
from pathlib import Path

_ACCESS_LIST = "system.posix_acl_access"


def keep_attributes(descriptor: int, standing: Path) -> None:
    """Give an open file the owner, mode, access list and extended attributes of the one that it will replace.

    Only root may change the owner: what cannot be preserved is skipped; without the group, its permissions are removed.

    Raises:
        OSError: The attributes cannot be read, or the mode cannot be set.
    """
    status = standing.lstat()
    mode, keeps_group = stat.S_IMODE(status.st_mode), True
    try:
        os.fchown(descriptor, status.st_uid, status.st_gid)
    except OSError:
        mode &= 0o777
        try:
            os.fchown(descriptor, -1, status.st_gid)
        except OSError:
            mode, keeps_group = mode & ~stat.S_IRWXG, False
    os.fchmod(descriptor, mode)
    if not hasattr(os, "listxattr"):  # not on macOS
        return
    for name in os.listxattr(standing, follow_symlinks=False):
        if keeps_group or name != _ACCESS_LIST:
            with suppress(OSError):  # the kernel's own attributes cannot be set
                os.setxattr(descriptor, name, os.getxattr(standing, name, follow_symlinks=False))
