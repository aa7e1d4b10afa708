"""The log of an active run: each event changes the state machine and is written, in this order and never one alone."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_kfp.engine.active_run import ActiveRun
from jupyter_kfp.metadata.metadata_store import MetadataStore
from jupyter_kfp.runs.events import RunEvent, RunMoved, TaskMoved

FLUSH_SECONDS = 0.05
"""Longest time that progress and metrics wait to be written, so that a step that logs in a tight loop costs one
transaction per interval. Moves do not wait."""


class EventLog:
    """Writes events of one run, many in one transaction."""

    def __init__(self, store: MetadataStore, active: ActiveRun, last_seq: int) -> None:
        self._store = store
        self._active = active
        self._last_seq = last_seq
        self._waiting: list[RunEvent] = []
        self._has_moves = False
        self._flushed_at = 0.0

    def add(self, events: Iterable[RunEvent]) -> None:
        """Apply events now; they are written at the next `flush`."""
        for event in events:
            self._active.apply(event)
            self._waiting.append(event)
            self._has_moves = self._has_moves or isinstance(event, TaskMoved | RunMoved)

    def flush(self, now: float) -> None:
        """Write what waits. Raises `KfpError` KFP411 if another process wrote to the log."""
        if self._waiting:
            self._last_seq = self._store.append(self._active.run_id, self._waiting, after_seq=self._last_seq)
            self._waiting = []
            self._has_moves = False
            self._flushed_at = now

    def flush_if_due(self, now: float) -> None:
        """Write what waits if there is a move among it, or if it has waited long enough."""
        if self._has_moves or now >= self._flushed_at + FLUSH_SECONDS:
            self.flush(now)

    def due_at(self) -> float | None:
        """When what waits must be written; None if nothing waits."""
        return self._flushed_at + FLUSH_SECONDS if self._waiting else None
