"""Exit codes of a worker, and what the exit status of a process means."""

from __future__ import annotations

import signal

EXIT_FAILED = 1
EXIT_CANNOT_WRITE = 74
"""Not even the failure could be reported: the disk is full (EX_IOERR)."""
EXIT_STOPPED = 143


def describe_status(status: int | None) -> str:
    """``exit code 3``, ``killed by SIGKILL``; of a status as `subprocess.Popen` gives it."""
    if status is None:
        return "exit code unknown"
    if status >= 0:
        return f"exit code {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"
