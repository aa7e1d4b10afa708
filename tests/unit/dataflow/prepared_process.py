"""The other end of `interpreter`: prepared processes for this one, started when they are first needed."""

from __future__ import annotations

import atexit
import functools
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from interpreter import RunReport, RunRequest

_SERVE = (
    "import sys; sys.path.insert(0, sys.argv[1]); import interpreter; interpreter.serve(int(sys.argv[2]), sys.argv[3:])"
)
"""Not as a script: ``__main__`` is the notebook."""
_PRELOADED: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "sklearn|scipy|matplotlib|statsmodels|seaborn",
        ("numpy", "pandas", "matplotlib.backends.backend_agg", "sklearn.cluster", "sklearn.linear_model"),
    ),
    ("numpy|pandas", ("numpy", "pandas")),
    ("", ()),
)
"""What is loaded before the fork, if the notebook has such a word; a large process takes longer to fork. Without
pyplot: importing that is what a cell may leave to another."""


class PreparedProcess:
    """Runs requests, one after another."""

    def __init__(self, preloaded: Sequence[str]) -> None:
        self._channel, theirs = socket.socketpair()
        folder = str(Path(__file__).parent)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SERVE, folder, str(theirs.fileno()), *preloaded],
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


def prepared_process(sources: Iterable[str]) -> PreparedProcess:
    """The one of this process for a notebook with these cells; it ends with this process."""
    text = "\n".join(sources)
    return _process(next(preloaded for words, preloaded in _PRELOADED if re.search(words, text)))


@functools.cache
def _process(preloaded: tuple[str, ...]) -> PreparedProcess:
    process = PreparedProcess(preloaded)
    atexit.register(process.close)
    return process
