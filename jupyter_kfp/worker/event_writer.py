"""The two streams that leave a worker: the log for people, events for the executor."""

from __future__ import annotations

import os
import time
from pathlib import Path

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.worker_events import EVENT_MARK, StepError, StepFailed, WorkerEvent, encode_event

_SHOWN_MARK = "\u241e"  # SYMBOL FOR RECORD SEPARATOR


class StepLog:
    """The log of a step: what its cells print, as it comes, on a file descriptor.

    It is written without a buffer, so that whoever follows it sees each piece at once. The character that marks events
    is shown as ␞.
    """

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor

    def write(self, text: str) -> None:
        """Append text."""
        self.write_bytes(text.replace(EVENT_MARK, _SHOWN_MARK).encode("utf-8", "backslashreplace"))

    def write_line(self, text: str) -> None:
        """Append text and end the line."""
        self.write(text.rstrip("\n") + "\n")

    def write_bytes(self, data: bytes) -> None:
        """Append bytes as they are."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]


def tell_failure(events: Path, error: KfpError, reason: str = "") -> None:
    """Tell the executor why an attempt failed that has no step; `reason` is a value of `runs.states.Reason`."""
    failure = StepError(code=error.code, message=error.message, hint=error.hint or "", details=error.details)
    with events.open("ab") as file:
        file.write(encode_event(StepFailed(at=now(), error=failure, reason=reason)) + b"\n")


class EventWriter:
    """Writes events, one JSON object a line, to a file or, behind the mark, into the log.

    In the log an event may stand in the middle of a line of the user's: a reader takes out everything from the mark to
    the next newline and has the user's text unchanged.
    """

    def __init__(self, log: StepLog, path: Path | None) -> None:
        self._log = log
        self._descriptor = None if path is None else _open_to_append(path)

    def write(self, event: WorkerEvent) -> None:
        """Write one event."""
        self.write_encoded(encode_event(event))

    def write_encoded(self, line: bytes) -> None:
        """Write an event that is already encoded, without newline and mark."""
        if self._descriptor is None:
            self._log.write_bytes(EVENT_MARK.encode() + line + b"\n")
        else:
            os.write(self._descriptor, line + b"\n")

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class EventTail:
    """Reads the events that a kernel appends to a file, as they come."""

    def __init__(self, path: Path, *, from_start: bool = False) -> None:
        self._path = path
        self._offset = path.stat().st_size if path.exists() and not from_start else 0

    def new_lines(self) -> list[bytes]:
        """Whole lines since the last call, without newlines."""
        if not self._path.exists() or self._path.stat().st_size == self._offset:
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole, newline, _ = data.rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        return whole.split(b"\n") if newline else []


def now() -> float:
    """Time stamp of an event."""
    return time.time()


def _open_to_append(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
