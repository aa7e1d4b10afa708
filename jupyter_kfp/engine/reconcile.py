"""Runs whose process is gone: they are resumed, or failed if that does not help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from jupyter_kfp.engine.run_lock import LOCK_FILE, RunLock
from jupyter_kfp.engine.stored_run import load_active_run
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import RunId
from jupyter_kfp.metadata.metadata_store import MetadataStore
from jupyter_kfp.runs.events import NoteAdded, RunEvent, RunMoved
from jupyter_kfp.runs.run import RunError
from jupyter_kfp.runs.states import FINISHED, Reason, RuntimeState

MAX_RESUMPTIONS = 3
"""A run whose process dies so often without a single task ending is failed: whatever kills it would do so for ever."""
UNFINISHED = tuple(state for state in RuntimeState if state not in FINISHED)

StartProcess = Callable[[RunId, RunLock], None]


def reconcile(store: MetadataStore, runs_folder: Path, now: float, start: StartProcess) -> list[RunId]:
    """Settle every unfinished run whose process is gone; returns those that were resumed.

    Costs one query if no run is unfinished.
    """
    return [
        run_id for run_id, lock in _abandoned(store, runs_folder) if settle_abandoned(store, run_id, lock, now, start)
    ]


def settle_abandoned(store: MetadataStore, run_id: RunId, lock: RunLock, now: float, start: StartProcess) -> bool:
    """Resume a run whose lock we hold, or fail it. Returns whether it was resumed; the lock is given away."""
    if store.get_run(run_id).state in FINISHED:  # it ended between the look and the lock
        lock.release()
        return False
    try:
        stored = load_active_run(store, run_id)
    except KfpError as error:
        fail_unreadable(store, run_id, error, now)
        lock.release()
        return False
    if stored.active.resumptions >= MAX_RESUMPTIONS:
        error_of_run = RunError(
            code="KFP303",
            message=f"the run's process died {MAX_RESUMPTIONS + 1} times without a step coming to its end",
            hint="process.log in the run's folder may say why; `jupyter kfp retry` starts it again",
        )
        store.append(run_id, stored.active.abort(Reason.RUN_PROCESS_DIED, error_of_run, now), after_seq=stored.last_seq)
        lock.release()
        return False
    note: RunEvent = NoteAdded(
        at=now, text="the run's process was gone; the run was resumed", reason=Reason.RUN_PROCESS_DIED
    )
    store.append(run_id, [note], after_seq=stored.last_seq)
    start(run_id, lock)
    return True


def fail_unreadable(store: MetadataStore, run_id: RunId, error: KfpError, now: float) -> None:
    """End a run that cannot even be read, because its spec or log does not make sense to this version."""
    failed = RunError(code=error.code, message=error.message, hint=error.hint or "")
    moved = RunMoved(at=now, state=RuntimeState.FAILED, reason=Reason.NOT_SUPPORTED, error=failed)
    store.append(run_id, [moved], after_seq=store.last_seq(run_id))


def _abandoned(store: MetadataStore, runs_folder: Path) -> Iterator[tuple[RunId, RunLock]]:
    for run in store.list_runs(states=UNFINISHED, limit=1000):
        folder = runs_folder / run.run_id
        if not (folder / LOCK_FILE).exists():  # a run of another machine that shares the database
            continue
        lock = RunLock.acquire(folder)
        if lock is not None:
            yield run.run_id, lock
