"""Starting the warm process: by the process of a run, or before, by the command that will start the run.

The command compiles and opens the database first, and the process of the run comes from it by a fork; a warm process
that is started first has loaded by then what steps need. Whoever holds the channel keeps it alive: if the command
dies, or no run follows, it ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.fork_safety import checked_preload
from jupyter_kfp.executors.local_process.worker_process import (
    inherited_environment,
    kill_below,
    kill_tree,
    with_hash_seed,
)
from jupyter_kfp.settings import Settings


def forks_kernels(settings: Settings) -> bool:
    """Whether workers may be forked here at all."""
    return sys.platform == "linux" and settings.fork_kernels is not False


@dataclass
class ZygoteStart:
    """A warm process that has been started; it goes on once it has been told what to preload."""

    channel: socket.socket
    process: subprocess.Popen[bytes]
    """Child of the process that started it, which need not be the one that uses it."""
    watched: int
    """A pidfd: becomes readable when the process has ended, whoever its parent is."""
    folder: str
    """For the private folders of its workers."""

    @property
    def descriptors(self) -> tuple[int, int]:
        """What a fork has to keep open to use it."""
        return self.channel.fileno(), self.watched

    def tell(self, preload: Sequence[str]) -> None:
        """Say what to import; then it forks its first spares."""
        with contextlib.suppress(OSError):  # it has died: whoever wants a worker of it finds out
            self.channel.sendall(json.dumps({"preload": list(preload)}).encode() + b"\n")

    def let_go(self) -> None:
        """Close this process's ends; if nobody else has them, it ends by itself."""
        self.channel.close()
        os.close(self.watched)

    def end(self) -> None:
        """End it and all that it forked: it sees itself to what the cells of its workers have left behind."""
        self.channel.close()
        if not self._has_ended(0.0):
            kill_below(self.process.pid)
        self._forget()

    def discard(self) -> None:
        """Kill one that was never used, whatever it is doing."""
        self.channel.close()
        if not self._has_ended(0.0):
            kill_tree(self.process.pid)
        self._forget()

    def _has_ended(self, seconds: float | None) -> bool:
        return bool(select.select([self.watched], [], [], seconds)[0])

    def _forget(self) -> None:
        self._has_ended(None)
        with contextlib.suppress(ChildProcessError):  # somebody else's child
            self.process.wait()
        os.close(self.watched)
        shutil.rmtree(self.folder, ignore_errors=True)


def start_zygote(settings: Settings, *, quiet: bool = False) -> ZygoteStart:
    """Start it; with `quiet` what it says is lost until it is given a log."""
    folder = tempfile.mkdtemp(prefix="kfp-")  # short: paths of sockets have a limit
    channel, theirs = socket.socketpair()
    mode = "force" if settings.fork_kernels is True else "safe"
    command = [sys.executable, "-m", "jupyter_kfp.executors.local_process.zygote"]
    command += [str(theirs.fileno()), str(settings.spare_kernels), mode, folder, "first"]
    output = subprocess.DEVNULL if quiet else None
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=[theirs.fileno()],
            env={**with_hash_seed(inherited_environment()), "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
            start_new_session=True,  # Ctrl-C in a terminal, and its end, are for the command
        )
    return ZygoteStart(channel, process, os.pidfd_open(process.pid), folder)


def start_early(settings: Settings) -> ZygoteStart | None:
    """Start it for a run that will most likely follow; None if that run would not use it."""
    try:
        checked_preload(settings.preload_modules)
    except KfpError:
        return None  # the run itself says so
    return start_zygote(settings, quiet=True) if forks_kernels(settings) else None
