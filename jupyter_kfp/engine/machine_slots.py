"""How many tasks run on this machine at once, all runs together, and that no run gets less than its share.

A slot is a file in one folder, held by a lock of the operating system: when a process ends, however it ends, its slots
are free. Each run keeps a record there, locked for as long as its process lives: how many slots it holds, and whether
it waits for more. A run takes a slot only if no run that waits holds fewer.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from jupyter_kfp.ids import RunId

_RECORD = struct.Struct("=id")
_STALE_SECONDS = 5.0
"""A run that waits says so again and again; one that did not for so long is stopped, or busy with something else."""


class MachineSlots:
    """The slots as one run sees them."""

    def __init__(self, folder: Path, run_id: RunId, limit: int) -> None:
        """Nothing is opened before the first slot is taken."""
        self._folder = folder
        self._run_id = run_id
        self._limit = max(limit, 1)
        self._held: list[int] = []
        self._record: int | None = None
        self.waits = False
        """Whether it wants more than it got."""

    @property
    def held(self) -> int:
        """Slots that this run has."""
        return len(self._held)

    def take(self, wanted: int) -> int:
        """Take up to so many slots, in addition to those that are held; returns how many it got.

        If there are fewer, the run waits for the rest: call again soon. Raises OSError if the folder cannot be used.
        """
        if wanted <= 0:
            if self.waits:
                self._write_record(waits=False)
            return 0
        if self._record is None:
            self._open_record()
        got = 0
        with self._alone():
            others = self._waiting_others()
            while got < wanted and not any(held < self.held for held in others):
                slot = self._free_slot()
                if slot is None:
                    break
                self._held.append(slot)
                got += 1
            self._write_record(waits=got < wanted)
        return got

    def keep(self, count: int) -> None:
        """Give back all but so many."""
        if self.held > count:
            for slot in self._held[count:]:
                os.close(slot)
            del self._held[count:]
            self._write_record(waits=self.waits)

    def close(self) -> None:
        """Give back everything."""
        self.waits = False
        self.keep(0)
        if self._record is not None:
            with contextlib.suppress(FileNotFoundError):
                self._record_path.unlink()
            os.close(self._record)
            self._record = None

    @property
    def _record_path(self) -> Path:
        return self._folder / "runs" / self._run_id

    def _open_record(self) -> None:
        self._record_path.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self._record = os.open(self._record_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._record, fcntl.LOCK_EX)

    def _write_record(self, *, waits: bool) -> None:
        self.waits = waits
        if self._record is not None:
            os.pwrite(self._record, _RECORD.pack(self.held, time.monotonic() if waits else 0.0), 0)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time looks and takes."""
        descriptor = os.open(self._folder / "mutex", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _waiting_others(self) -> list[int]:
        """How many slots each of the other runs holds that wait for one."""
        found = []
        for name in os.listdir(self._folder / "runs"):  # noqa: PTH208 - names suffice
            if name == self._run_id:
                continue
            record = self._read_record(self._folder / "runs" / name)
            if record is not None and time.monotonic() - record[1] < _STALE_SECONDS:
                found.append(record[0])
        return found

    def _read_record(self, path: Path) -> tuple[int, float] | None:
        """Held slots, and when the run last said that it waits (0: it does not); None if its process is gone."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            if _lock(descriptor):
                path.unlink(missing_ok=True)
                return None
            data = os.pread(descriptor, _RECORD.size, 0)
            return _RECORD.unpack(data) if len(data) == _RECORD.size else None
        finally:
            os.close(descriptor)

    def _free_slot(self) -> int | None:
        for number in range(self._limit):
            path = self._folder / f"slot-{number}"
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            if _lock(descriptor):
                return descriptor
            os.close(descriptor)
        return None


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
