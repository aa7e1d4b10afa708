"""Where logged things go: files into a folder, events as lines at the end of a file."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from pathlib import Path

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.worker_events import WorkerEvent, encode_event

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class LogSink:
    """A folder for files, and a file of events, one JSON object a line; both made when first needed.

    Any thread, and any process forked by the user's code, may log: a line is one write to a file opened for appending,
    which the system never mixes with another. All methods raise `KfpError` KFP329 if the disk is full or not writable.
    """

    def __init__(self, folder: Path, events: Path | None) -> None:
        self._folder = folder.absolute()
        self._events = None if events is None else events.absolute()
        self._lock = threading.Lock()

    @staticmethod
    def now() -> float:
        """Seconds since the epoch."""
        return time.time()

    def append(self, event: WorkerEvent) -> None:
        """Add an event."""
        if self._events is None:
            return
        line = encode_event(event) + b"\n"
        try:
            self._events.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._events, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _failure(self._events, error) from error

    def write(self, content: bytes, name: str, suffix: str) -> Path:
        """Keep bytes as a file named after what was logged; returns its path."""
        target = self._reserve(name, suffix)
        try:
            target.write_bytes(content)
        except OSError as error:
            target.unlink(missing_ok=True)
            raise _failure(target, error) from error
        return target

    def keep(self, source: Path, name: str) -> Path:
        """Copy a file or folder as it is now; returns the path of the copy."""
        suffix = "" if source.is_dir() or Path(name).suffix == source.suffix else source.suffix
        target = self._reserve(name, suffix)
        try:
            if source.is_dir():
                shutil.copytree(source, target / source.name)
                return target / source.name
            shutil.copyfile(source, target)
        except (OSError, shutil.Error) as error:
            raise _failure(target, error) from error
        return target

    def _reserve(self, name: str, suffix: str) -> Path:
        """A new place: ``<number>/<name>`` inside the folder, so that one name may be logged again."""
        readable = _UNSAFE.sub("-", name).strip("-.")[:80] or "logged"
        try:
            with self._lock:
                self._folder.mkdir(parents=True, exist_ok=True)
                number = sum(1 for _ in self._folder.iterdir()) + 1
                while True:
                    place = self._folder / str(number)
                    try:
                        place.mkdir()
                    except FileExistsError:  # Made by another process of the step.
                        number += 1
                        continue
                    break
        except OSError as error:
            raise _failure(self._folder, error) from error
        return place / (readable if readable.endswith(suffix) else readable + suffix)


def _failure(path: Path, error: Exception) -> KfpError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return KfpError("KFP329", f"cannot log to {path}: {reason}", hint="see whether the disk is full")
