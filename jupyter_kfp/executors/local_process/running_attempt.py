"""An attempt that runs: its events as they come, its limits, and its end."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

import msgspec

from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.attempt_files import AttemptFiles
from jupyter_kfp.executors.local_process.attempt_result import Stopped
from jupyter_kfp.executors.local_process.resource_limits import ResourceLimits
from jupyter_kfp.executors.local_process.worker_process import (
    WorkerProcess,
    kill_tree,
    resident_bytes,
)
from jupyter_kfp.executors.task_executor import TaskEnded, TaskLaunch, TaskReport
from jupyter_kfp.runs.run import RunError, TaskArtifact
from jupyter_kfp.runs.states import Reason
from jupyter_kfp.spec.worker_events import (
    ArtifactLogged,
    CellFinished,
    CellStarted,
    StepFailed,
    WorkerEvent,
    decode_event,
)
from jupyter_kfp.worker.event_writer import EventTail

_MEMORY_SECONDS = 0.25
"""How often the memory of an attempt with a limit is looked at, while it is far from it."""
_FILLED_BYTES = 2 << 30
"""What one process can fill in a second: near its limit an attempt is looked at before it can be far beyond."""


@dataclass(frozen=True)
class EnforcedLimits:
    """What an attempt may use, and how long it may take to end when it is over."""

    resources: ResourceLimits
    grace_seconds: float


class AttemptKind(Protocol):
    """What differs between a step of a notebook and a command of its own."""

    label: str
    """How messages call it, such as ``step "train"``."""
    name: str
    """The step or task alone."""

    def ask_to_stop(self, pid: int) -> None:
        """Let it end by itself."""

    def tidy(self, pid: int, stopped: Stopped | None) -> None:
        """End processes that it left behind, once it has ended or was stopped."""

    def logged_artifact(self, event: ArtifactLogged) -> TaskArtifact | None:
        """Store what was logged; None if it is gone. Raises `KfpError` if it cannot be stored."""

    def undeclared_artifact(self) -> TaskArtifact | None:
        """Store what is kept beside declared outputs; None if there is nothing. Raises `KfpError` as before."""

    def ended(self, status: int, failed: StepFailed | None, stopped: Stopped | None) -> TaskEnded:
        """The end, with all outputs. Problems with the store become a failed attempt, never an exception."""

    def not_stored(self, error: KfpError) -> TaskEnded:
        """The end of what went well, but for something that could not be stored."""

    def last_events(self) -> list[WorkerEvent]:
        """What is to be told with the end; asked after `ended`."""


class RunningAttempt:
    """One launched attempt; `check` is called again and again until it reports the end."""

    def __init__(
        self,
        launch: TaskLaunch,
        files: AttemptFiles,
        process: WorkerProcess,
        kind: AttemptKind,
        limits: EnforcedLimits,
    ) -> None:
        self.launch = launch
        self.process = process
        self._kind = kind
        self._limits = limits
        self._tail = EventTail(files.events, from_start=True)
        self._started = time.monotonic()
        self._kill_at: float | None = None
        self._next_look = self._started
        self._stopped: Stopped | None = None
        self._failed: StepFailed | None = None
        self._cell: int | None = None
        """Number of the cell that runs; None before the first, between cells and after the last."""
        self._not_stored: KfpError | None = None

    def check(self) -> TaskReport | None:
        """News since the last call; None if there are none."""
        status = self.process.poll()
        events, artifacts = self._read_events()
        if status is None:
            self._enforce()
        if status is not None:
            return self._end(status, events, artifacts)
        if not events and not artifacts:
            return None
        return TaskReport(attempt=self.launch.attempt, events=events, artifacts=artifacts)

    def stop(self, stopped: Stopped, grace_seconds: float) -> None:
        """Ask it to stop, and have it killed after the grace. The first reason counts."""
        if self._stopped is None:
            self._stopped = stopped
        deadline = time.monotonic() + grace_seconds
        self._kill_at = deadline if self._kill_at is None else min(self._kill_at, deadline)
        self._kind.ask_to_stop(self.process.pid)

    def kill(self) -> None:
        """End it at once; the end comes through `check`."""
        kill_tree(self.process.pid)

    def abandon(self) -> None:
        """End it at once; nobody will ask for its end."""
        self.kill()
        self.process.close()

    def _enforce(self) -> None:
        now = time.monotonic()
        if self._kill_at is not None:
            if now >= self._kill_at:
                self.kill()
            return
        timeout = self.launch.timeout_seconds
        if timeout is not None and now - self._started >= timeout:
            self.stop(Stopped(Reason.TIMED_OUT, self._timed_out(timeout)), self._limits.grace_seconds)
        elif self._limits.resources.memory_bytes is not None and now >= self._next_look:
            used = resident_bytes(self.process.pid)
            left = (self._limits.resources.memory_bytes - used) / _FILLED_BYTES
            self._next_look = now + min(_MEMORY_SECONDS, left)
            if used > self._limits.resources.memory_bytes:
                self._stopped = Stopped(
                    Reason.OUT_OF_MEMORY, self._out_of_memory(used, self._limits.resources.memory_bytes)
                )
                self._kill_at = now
                self.kill()

    def _read_events(self) -> tuple[list[WorkerEvent], list[TaskArtifact]]:
        events: list[WorkerEvent] = []
        artifacts = []
        for line in self._tail.new_lines():
            try:
                event = decode_event(line)
            except msgspec.MsgspecError:
                continue  # the user's code may have written there; it is their file as much as ours
            events.append(event)
            if isinstance(event, CellStarted | CellFinished):
                self._cell = event.cell if isinstance(event, CellStarted) else None
            elif isinstance(event, StepFailed):
                self._failed = event
            elif isinstance(event, ArtifactLogged):
                stored = self._store_logged(event)
                artifacts += [stored] if stored else []
        return events, artifacts

    def _store_logged(self, event: ArtifactLogged) -> TaskArtifact | None:
        try:
            return self._kind.logged_artifact(event)
        except KfpError as error:  # told when the attempt ends: the step itself goes on
            self._not_stored = self._not_stored or error
            return None

    def _end(self, status: int, events: list[WorkerEvent], artifacts: list[TaskArtifact]) -> TaskReport:
        self._kind.tidy(self.process.pid, self._stopped)
        self.process.close()
        try:
            kept = self._kind.undeclared_artifact()
            artifacts += [kept] if kept else []
        except KfpError as error:
            self._not_stored = self._not_stored or error
        ended = self._kind.ended(status, self._failed, self._stopped)
        if ended.succeeded and self._not_stored is not None:
            ended = self._kind.not_stored(self._not_stored)
        events += self._kind.last_events()
        return TaskReport(attempt=self.launch.attempt, events=events, artifacts=artifacts, ended=ended)

    def _timed_out(self, seconds: float) -> RunError:
        return self._error("KFP381", f"stopped after its timeout of {seconds:g} s", "raise its timeout")

    def _out_of_memory(self, used: int, limit: int) -> RunError:
        amount = f"used {used / 2**20:,.0f} MiB of {limit / 2**20:,.0f} MiB"
        return self._error("KFP382", f"out of its memory limit ({amount})", "raise its memory limit")

    def _error(self, code: str, what: str, hint: str) -> RunError:
        place = self._kind.label + (f", cell {self._cell}" if self._cell is not None else "")
        return RunError(code=code, message=f"{place}: {what}", step=self._kind.name, cell=self._cell, hint=hint)
