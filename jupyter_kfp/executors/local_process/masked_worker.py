"""A worker that knows secrets: its log is masked as that of a command."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from jupyter_kfp.executors.local_process.masked_log import MaskedLog
from jupyter_kfp.executors.local_process.worker_process import WorkerProcess, WorkerStart


class MaskedWorker:
    """A `WorkerProcess` whose output goes through this process."""

    def __init__(self, worker: WorkerProcess, log: MaskedLog) -> None:
        self._worker = worker
        self._log = log
        self.pid = worker.pid

    def poll(self) -> int | None:
        """Exit status."""
        return self._worker.poll()

    def fileno(self) -> int | None:
        """That of the worker."""
        return self._worker.fileno()

    def close(self) -> None:
        """Take leave of the worker, and finish its log."""
        self._worker.close()
        self._log.close()


def start_masked(
    start: WorkerStart, secrets: frozenset[str], launch: Callable[[WorkerStart], WorkerProcess]
) -> WorkerProcess:
    """Start a worker with `launch`, and mask secrets in its log if there are any. Raises what `launch` raises."""
    if not secrets:
        return launch(start)
    log = MaskedLog(start.log, secrets)
    log.start(keep_writer=True)
    try:
        return MaskedWorker(launch(dataclasses.replace(start, log=log.writing_path)), log)
    except BaseException:
        log.close()
        raise
