"""The run's side of its warm process."""

from __future__ import annotations

import contextlib
import json
import select
import socket
from typing import Any

from jupyter_kfp.executors.local_process.worker_process import WorkerStart
from jupyter_kfp.executors.local_process.zygote_start import ZygoteStart

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
    """Asks the warm process for workers."""

    def __init__(self, start: ZygoteStart, *, is_early: bool = False) -> None:
        """Take over a started one; one that was started early is given this process's log."""
        self._start = start
        self._channel = start.channel
        if is_early:
            with contextlib.suppress(OSError):  # it has died: the first launch finds out
                socket.send_fds(self._channel, [b'{"log": true}\n'], [2])
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
        self.is_lost = True
        self._start.end()
