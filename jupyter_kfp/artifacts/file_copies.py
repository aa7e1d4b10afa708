"""Files from one place to another, as cheaply as the file system can."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

_CHUNK = 1 << 30
# What copy_file_range answers where it does not work, e.g. between some file systems.
_NO_RANGE_COPY = frozenset({errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM})
# What link answers where there can be none: other device, no links here, too many, not the owner.
_NO_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS})

READ_ONLY = 0o444
READ_ONLY_EXECUTABLE = 0o555


def copy_file(source: Path, destination: Path, *, mode: int) -> None:
    """Copy the bytes (sharing them on file systems that can); `destination` must not exist and gets `mode`."""
    with source.open("rb") as reader, destination.open("xb") as writer:
        if not _copy_range(reader.fileno(), writer.fileno()):
            shutil.copyfileobj(reader, writer, 1 << 20)
        os.fchmod(writer.fileno(), mode)


def link_or_copy(source: Path, destination: Path, *, mode: int) -> None:
    """Make `source` appear at `destination`: a hard link if possible, then a symbolic link, then a copy with `mode`."""
    try:
        destination.hardlink_to(source)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        try:
            destination.symlink_to(source)
        except OSError as second:
            if second.errno not in _NO_LINK:
                raise
            copy_file(source, destination, mode=mode)


def hard_link_or_copy(source: Path, destination: Path, *, mode: int) -> None:
    """Like `link_or_copy`, for places that must not depend on `source` staying where it is."""
    try:
        destination.hardlink_to(source)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        copy_file(source, destination, mode=mode)


def _copy_range(reader: int, writer: int) -> bool:
    """Whether all was copied inside the kernel; if not, both files stand where the rest is to be copied."""
    if not hasattr(os, "copy_file_range"):
        return False
    copied = 0
    try:
        while count := os.copy_file_range(reader, writer, _CHUNK):
            copied += count
    except OSError as error:
        if error.errno in _NO_RANGE_COPY:
            return False
        raise
    # Some virtual file systems answer 0 for files that are not empty.
    return copied > 0 or os.fstat(reader).st_size == 0
