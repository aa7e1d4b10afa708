"""The run's side of its warm process."""

from __future__ import annotations

import json
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from jupyter_kfp.executors.local_process.worker_process import WorkerStart, inherited_environment, kill_tree

_START_SECONDS = 60.0
LOST = -9
"""Status of a worker whose warm process died: it was killed with it."""


class ForkedWorker:
    """A worker that the warm process forked."""

    def __init__(self, client: ZygoteClient, number: int, pid: int) -> None:
        self.pid = pid
        self._client = client
        self._number = number

    def poll(self) -> int | None:
        """Exit status."""
        self._client.receive()
        return self._client.status(self._number)

    def fileno(self) -> int | None:
        """News come through the channel of the warm process."""
        return None

    def close(self) -> None:
        """Nothing of its own is open."""


class ZygoteClient:
    """Starts the warm process and asks it for workers."""

    def __init__(self, *, spares: int, force_fork: bool, preload: Sequence[str] = ()) -> None:
        self._folder = tempfile.mkdtemp(prefix="kfp-")  # short: paths of sockets have a limit
        self._channel, theirs = socket.socketpair()
        command = [sys.executable, "-m", "jupyter_kfp.executors.local_process.zygote"]
        command += [str(theirs.fileno()), str(spares), "force" if force_fork else "safe", self._folder, *preload]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
                command, cwd="/", stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=_environment()
            )
        self._received = b""
        self._started: dict[int, dict[str, Any]] = {}
        self._ended: dict[int, int] = {}
        self._numbers = 0
        self.is_lost = False

    def launch(self, start: WorkerStart) -> ForkedWorker | None:
        """Have a worker started; None if the warm process is gone."""
        self._numbers += 1
        number = self._numbers
        request = {
            "arguments": list(start.arguments),
            "working_directory": start.working_directory,
            "environment": dict(start.environment),
            "log": str(start.log),
            "cpus": None if start.cpus is None else list(start.cpus),
        }
        message = json.dumps(
            {"number": number, "kernel": start.kernel, "modules": list(start.modules), "request": request}
        )
        try:
            self._channel.sendall(message.encode() + b"\n")
        except OSError:
            self.is_lost = True
        while number not in self._started and not self.is_lost:
            self.receive(timeout=_START_SECONDS)
        started = self._started.pop(number, None)
        return None if started is None else ForkedWorker(self, number, started["pid"])

    def receive(self, timeout: float = 0.0) -> None:
        """Take in what the warm process has said."""
        while not self.is_lost and select.select([self._channel], [], [], timeout)[0]:
            try:
                data = self._channel.recv(1 << 16)
            except ConnectionError:
                data = b""
            if not data:
                self.is_lost = True
                return
            *lines, self._received = (self._received + data).split(b"\n")
            for line in lines:
                message = json.loads(line)
                if "started" in message:
                    self._started[message["started"]] = message
                else:
                    self._ended[message["ended"]] = message["status"]
            timeout = 0.0

    def status(self, number: int) -> int | None:
        """Exit status of a worker; None while it runs."""
        if number in self._ended:
            return self._ended[number]
        return LOST if self.is_lost else None

    def fileno(self) -> int | None:
        """The channel; None once the warm process is gone."""
        return None if self.is_lost else self._channel.fileno()

    def close(self) -> None:
        """End the warm process and all that it forked."""
        self._channel.close()
        self.is_lost = True
        kill_tree(self._process.pid)
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _environment() -> dict[str, str]:
    return {**inherited_environment(), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
