"""Decides how a worker starts: forked from a warm process, or as a new one."""

from __future__ import annotations

from jupyter_kfp.executors.local_process.fork_safety import checked_preload, environment_differs
from jupyter_kfp.executors.local_process.worker_process import SpawnedWorker, WorkerProcess, WorkerStart
from jupyter_kfp.executors.local_process.zygote_client import ZygoteClient
from jupyter_kfp.executors.local_process.zygote_start import ZygoteStart, forks_kernels, start_zygote
from jupyter_kfp.settings import Settings


class WorkerLauncher:
    """Starts workers."""

    def __init__(self, settings: Settings, early: ZygoteStart | None = None) -> None:
        """Use a warm process that was started early, if there is one."""
        self._settings = settings
        self._may_fork = forks_kernels(settings)
        self._zygote = None if early is None else ZygoteClient(early, is_early=True)

    def warm_up(self) -> None:
        """Start the warm process, unless it runs already. Raises `KfpError` KFP394 for modules it must not load."""
        if self._may_fork and self._zygote is None:
            preload = checked_preload(self._settings.preload_modules)
            started = start_zygote(self._settings)
            started.tell(preload)
            self._zygote = ZygoteClient(started)

    def start(self, start: WorkerStart) -> WorkerProcess:
        """Start a worker. Raises `KfpError` KFP383 if that is impossible."""
        if not self._may_fork or environment_differs(start.environment):
            return SpawnedWorker(start)
        self.warm_up()
        assert self._zygote is not None
        worker = self._zygote.launch(start)
        if worker is None:
            # It died, as by a stray signal or for want of memory: this step starts alone, the next finds a new one.
            self._zygote.close()
            self._zygote = None
            return SpawnedWorker(start)
        return worker

    def fileno(self) -> int | None:
        """Descriptor on which news of forked workers comes; None without them."""
        return None if self._zygote is None else self._zygote.fileno()

    def close(self) -> None:
        """End the warm process and all that it forked."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None
