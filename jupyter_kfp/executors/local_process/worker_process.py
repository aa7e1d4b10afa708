"""A worker's process as its executor sees it, however it was started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from jupyter_kfp.errors import KfpError

HASH_SEED = "PYTHONHASHSEED"


@dataclass(frozen=True)
class WorkerStart:
    """How to start a worker."""

    arguments: Sequence[str]
    """Of ``python -m jupyter_kfp.worker``."""
    kernel: str
    """Name of the kernelspec that the step wants."""
    working_directory: str
    environment: Mapping[str, str]
    log: Path
    """Receives stdout and stderr."""
    modules: Sequence[str] = ()
    """Names of the user's own modules that go with the step."""
    cpus: Sequence[int] | None = None
    """CPUs that the step may use; None: all."""


def inherited_environment() -> dict[str, str]:
    """Environment variables of this process that its workers get too."""
    # ipykernel does not capture what child processes print if it believes that it is itself under test.
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


def with_hash_seed(environment: Mapping[str, str]) -> dict[str, str]:
    """Environment in which text hashes alike in all steps: a set that one has made has the same order in the next."""
    return {HASH_SEED: "0", **environment}


class WorkerProcess(Protocol):
    """A started worker, leader of its own process group."""

    pid: int

    def poll(self) -> int | None:
        """Exit status as `subprocess.Popen` gives it; None while it runs."""

    def fileno(self) -> int | None:
        """Descriptor that becomes readable when the process may have ended; None if there is none of its own."""

    def close(self) -> None:
        """Forget it, after its end or a kill."""


class ChildProcess:
    """A `WorkerProcess` that this process has started and waits for."""

    def __init__(self, process: subprocess.Popen[bytes], cpus: Sequence[int] | None) -> None:
        self._process = process
        self.pid = process.pid
        self._descriptor = os.pidfd_open(self.pid) if sys.platform == "linux" else None
        if cpus is not None:
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(self.pid, cpus)

    def poll(self) -> int | None:
        """Exit status."""
        return self._process.poll()

    def fileno(self) -> int | None:
        """A pidfd on Linux."""
        return self._descriptor

    def close(self) -> None:
        """Take leave of the process, which has ended or is about to."""
        self._process.wait()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class SpawnedWorker(ChildProcess):
    """A worker in a new Python process."""

    def __init__(self, start: WorkerStart) -> None:
        command = [sys.executable, "-m", "jupyter_kfp.worker", "--parent", str(os.getpid()), *start.arguments]
        with start.log.open("ab") as log:
            try:
                process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
                    command,
                    cwd=start.working_directory,
                    env=with_hash_seed(start.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise KfpError("KFP383", f"the worker cannot be started: {error.strerror}: {error.filename}") from error
        super().__init__(process, start.cpus)


def descendants(pid: int) -> list[psutil.Process]:
    """All processes below one, as far as they can be seen."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def resident_bytes(pid: int) -> int:
    """Memory of a process and all below it, in bytes; shared pages count once for each."""
    total = 0
    processes = descendants(pid)
    with contextlib.suppress(psutil.NoSuchProcess):
        processes.append(psutil.Process(pid))
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            total += process.memory_info().rss
    return total


def ask_to_stop(pid: int) -> None:
    """SIGTERM to the worker alone: it interrupts its kernel, saves the notebook and ends."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def kill_tree(pid: int) -> None:
    """Kill a worker's group and everything below it, also what left the group."""
    below = descendants(pid)
    kill_group(pid)
    _kill(below)


def kill_below(pid: int) -> None:
    """Kill everything below a process, but not the process itself."""
    _kill(descendants(pid))


def _kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def kill_group(pid: int) -> None:
    """Kill what is left in the process group that a worker led."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
