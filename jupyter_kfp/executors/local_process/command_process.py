"""The process of a command, leader of a process group of its own."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.masked_log import MaskedLog
from jupyter_kfp.executors.local_process.private_mounts import PrivateMounts
from jupyter_kfp.executors.local_process.task_processes import HeldNamespace
from jupyter_kfp.executors.local_process.worker_process import ChildProcess
from jupyter_kfp.executors.task_executor import TaskAttempt

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def attempt_marker(attempt: TaskAttempt) -> str:
    """Value of `ATTEMPT_VARIABLE` for its processes."""
    return f"{attempt.run_id}/{attempt.attempt}/{attempt.path}"


@dataclass(frozen=True)
class CommandStart:
    """How to start a command."""

    words: Sequence[str]
    working_directory: Path
    environment: Mapping[str, str]
    log: Path
    """Receives stdout and stderr."""
    secrets: frozenset[str] = frozenset()
    """Texts that are masked in the log."""
    lock: int | None = None
    """Descriptor that it inherits."""
    cpus: Sequence[int] | None = None
    """CPUs that it may use; None: all."""
    mounts: PrivateMounts | None = None
    """File system that only it sees; None: that of everybody."""


class CommandProcess(ChildProcess):
    """A `WorkerProcess` that is any program."""

    def __init__(self, start: CommandStart) -> None:
        self._masked = MaskedLog(start.log, start.secrets) if start.secrets else None
        with start.log.open("ab") as log:
            output = log.fileno() if self._masked is None else self._masked.writer
            try:
                process = subprocess.Popen(  # noqa: S603 - the task's own command
                    list(start.words),
                    cwd=start.working_directory,
                    env=dict(start.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    pass_fds=[] if start.lock is None else [start.lock],
                    # System calls and nothing else: they need no lock that another thread may hold.
                    preexec_fn=functools.partial(_before_program, start.mounts),  # noqa: PLW1509
                )
            except (OSError, subprocess.SubprocessError) as error:
                if self._masked is not None:
                    self._masked.close_writer()
                raise _cannot_start(start, error) from None
        if self._masked is not None:
            self._masked.start()
        super().__init__(process, start.cpus)
        self._namespace = HeldNamespace(self.pid) if start.mounts else None

    @property
    def namespace(self) -> str:
        """Mounts that it shares with its children only, until it is closed; empty: it has those of everybody."""
        return self._namespace.name if self._namespace else ""

    def close(self) -> None:
        """Take leave of the process, which has ended or is about to, and finish its log."""
        super().close()
        if self._namespace is not None:
            self._namespace.close()
        if self._masked is not None:
            self._masked.close()


def ask_group_to_stop(pid: int) -> None:
    """SIGTERM to all processes of a command: a shell would not pass it on."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGTERM)


def _before_program(mounts: PrivateMounts | None) -> None:
    if mounts is not None:
        mounts.enter()
    # The wish to end with its parent does not outlive a new namespace of users.
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _cannot_start(start: CommandStart, error: OSError | subprocess.SubprocessError) -> KfpError:
    program = start.words[0] if start.words else "(none)"
    if not isinstance(error, OSError):
        return KfpError("KFP386", f"the program {program} cannot be given a file system of its own here")
    hint = None
    if error.errno == errno.E2BIG:
        longest = max(len(word.encode()) for word in start.words)
        hint = f"its longest argument has {longest:,} bytes, more than Linux allows (131,071); hand on a file instead"
    return KfpError("KFP386", f"the program {program} cannot be started: {error.strerror}", hint=hint)
