"""What a file has beside its content, kept where another takes its place."""

import os
import stat
from contextlib import suppress
from pathlib import Path

_ACCESS_LIST = "system.posix_acl_access"


def keep_attributes(descriptor: int, standing: Path) -> None:
    """Give an open file the owner, mode, access list and extended attributes of the one that it will replace.

    Only root may give files away: what can't be kept is left out, and where the group can't, its rights are.

    Raises:
        OSError: The attributes can't be read, or the mode can't be set.
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
            with suppress(OSError):  # those of the kernel are not ours to set
                os.setxattr(descriptor, name, os.getxattr(standing, name, follow_symlinks=False))
