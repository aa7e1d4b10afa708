"""The other end of `interpreter`: one prepared process for this one, started when it is first needed."""

from __future__ import annotations

import atexit
import functools
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
from interpreter import RunReport, RunRequest

_SERVE = "import sys; sys.path.insert(0, sys.argv[1]); import interpreter; interpreter.serve(int(sys.argv[2]))"
"""Not as a script: ``__main__`` is the notebook."""


class PreparedProcess:
    """Runs requests, one after another."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair()
        folder = str(Path(__file__).parent)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SERVE, folder, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=environment,
            )
        self._answers = self._channel.makefile("rb")

    def run(self, request: RunRequest) -> RunReport:
        """Run it; a process that dies or does not end is an outcome as well."""
        path = Path(request.report)
        self._channel.sendall(msgspec.json.encode(request) + b"\n")
        answer = self._answers.readline()
        assert answer, "the prepared process is gone"
        outcome = json.loads(answer)
        if outcome == 0:
            return msgspec.json.decode(path.read_bytes(), type=RunReport)
        errors = path.with_suffix(".err")
        return RunReport(died=f"{outcome}: {errors.read_text() if errors.exists() else ''}")

    def close(self) -> None:
        """End it."""
        self._answers.close()
        self._channel.close()
        self._process.wait()


@functools.cache
def prepared_process() -> PreparedProcess:
    """The one of this process; it ends with it."""
    process = PreparedProcess()
    atexit.register(process.close)
    return process
