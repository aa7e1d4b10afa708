"""Which attempt of which run printed what belongs to a task."""

from __future__ import annotations

import contextlib

from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.task_executor import TaskAttempt
from jupyter_kfp.ids import RunId, TaskPath
from jupyter_kfp.metadata.metadata_store import MetadataStore


def logged_attempt(store: MetadataStore, run_id: RunId, path: TaskPath) -> TaskAttempt:
    """The newest attempt of a task, or that whose outputs it has. Raises `KfpError` KFP213 if there is no such task."""
    found = [task for task in store.tasks(run_id) if task.path == path]
    if not found:
        raise KfpError("KFP213", f"run {run_id[:8]} has no task {path!r}")
    origin = found[0].origin
    if origin is None:
        return TaskAttempt(run_id, path, found[0].attempt)
    if origin.attempt == 0:  # it was taken from a run that had it from another
        with contextlib.suppress(KfpError):
            return logged_attempt(store, origin.run_id, origin.path)
    return TaskAttempt(origin.run_id, origin.path, origin.attempt)
