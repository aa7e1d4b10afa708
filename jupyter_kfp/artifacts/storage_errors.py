"""What the operating system says about disks, told to the user."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_kfp.errors import KfpError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NOT_PERMITTED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@contextmanager
def storage_errors(folder: Path, action: str, *, needed: int | None = None) -> Iterator[None]:
    """Turn `OSError` into `KfpError`: KFP403 disk full, KFP404 no permission, KFP401 not found, KFP405 anything else.

    `action` completes the sentence "cannot ..."; `needed` is the number of bytes that were to be written.
    """
    try:
        yield
    except OSError as error:
        raise _explain(error, folder, action, needed) from error


def format_bytes(size: int) -> str:
    """Bytes as people read them, ``1.5 GiB``."""
    amount = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def _explain(error: OSError, folder: Path, action: str, needed: int | None) -> KfpError:
    path = str(error.filename or folder)
    if error.errno in _FULL:
        return _disk_full(error, folder, action, needed)
    if error.errno in _NOT_PERMITTED:
        read_only = error.errno == errno.EROFS
        return KfpError(
            "KFP404",
            f"cannot {action}: {path} {'is on a read-only file system' if read_only else 'may not be accessed'}",
            hint="check who owns it, or set JUPYTER_KFP_HOME to a folder that you may write",
            details={"path": path},
        )
    if error.errno == errno.ENOENT:
        return KfpError("KFP401", f"cannot {action}: {path} does not exist", details={"path": path})
    return KfpError("KFP405", f"cannot {action}: {path}: {error.strerror or error}", details={"path": path})


def _disk_full(error: OSError, folder: Path, action: str, needed: int | None) -> KfpError:
    free = _free_bytes(folder)
    room = "" if free is None else f", {format_bytes(free)} are free"
    need = "" if needed is None else f", {format_bytes(needed)} are needed"
    what = "a file may not grow so large here" if error.errno == errno.EFBIG else "the disk is full"
    return KfpError(
        "KFP403",
        f"cannot {action}: {what} ({folder}{need}{room})",
        hint="free space, remove old runs with `jupyter kfp delete`, or set JUPYTER_KFP_HOME to a larger disk",
        details={"path": str(folder), "needed": needed, "free": free},
    )


def _free_bytes(folder: Path) -> int | None:
    for place in (folder, *folder.parents):
        if place.exists():
            return shutil.disk_usage(place).free
    return None
