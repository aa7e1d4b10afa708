"""Whose run is it? The process of a run holds a lock on a file in the run's folder for as long as it lives.

The kernel of the operating system releases the lock when the process ends, however it ends, so that a lock that can
be had means a process that is gone: no process id is written down that another process could have by now.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path

from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import RunId

LOCK_FILE = "lock"
_ENDING_SECONDS = 15.0
"""How long the process of a finished run may take to stop its helpers and let go of the run."""


class RunLock:
    """A held lock. It belongs to the open file, so a child process that inherits the file holds it too."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @classmethod
    def acquire(cls, folder: Path) -> RunLock | None:
        """Take the lock of the run in this folder, which is made if missing; None if another process has it.

        Raises `KfpError` KFP453 if the folder cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise KfpError(
                "KFP453",
                f"the run's folder {folder} cannot be written: {error.strerror}",
                hint="check who owns it, or set JUPYTER_KFP_HOME to another folder",
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return None
            raise
        return cls(descriptor)

    def sign(self) -> None:
        """Write this process's id into the file, for people who look; nothing is decided by it."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Close the file; the lock is free when every process that inherited it has done so."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def hold(folder: Path, run_id: RunId) -> RunLock:
    """Take the lock of a run. Raises `KfpError` KFP454 if another process has it, and KFP453."""
    lock = RunLock.acquire(folder)
    if lock is None:
        raise KfpError("KFP454", f"run {run_id[:8]} is held by another process", hint="try again in a moment")
    return lock


def hold_when_free(folder: Path, run_id: RunId) -> RunLock:
    """The same for a run that has ended, whose process may take a moment to go."""
    deadline = time.monotonic() + _ENDING_SECONDS
    while time.monotonic() < deadline:
        lock = RunLock.acquire(folder)
        if lock is not None:
            return lock
        time.sleep(0.02)
    return hold(folder, run_id)
