"""Decides how a worker starts: forked from a warm process, or as a new one."""

from __future__ import annotations

from jupyter_kfp.executors.local_process.worker_process import SpawnedWorker, WorkerProcess, WorkerStart
from jupyter_kfp.settings import Settings


class WorkerLauncher:
    """Starts workers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def warm_up(self) -> None:
        """Load what forked workers need."""

    def start(self, start: WorkerStart) -> WorkerProcess:
        """Start a worker. Raises `KfpError` KFP383 if that is impossible."""
        return SpawnedWorker(start)

    def fileno(self) -> int | None:
        """Descriptor on which news of forked workers comes; None without them."""
        return None

    def close(self) -> None:
        """Stop helpers."""
