"""What a whole command costs, with all processes that it leaves behind; Linux only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import subprocess
import sys
import time
from pathlib import Path


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent ended: the run's process counts too."""
    pr_set_child_subreaper = 36
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_child_subreaper, 1, 0, 0, 0)


def timed(command: list[str], environment: dict[str, str], folder: Path) -> tuple[float, float]:
    """Wall seconds from command to exit, and CPU seconds of everything that it started. Ends if the command fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, check=False, env=environment, cwd=folder, capture_output=True, text=True)
    wall = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    with contextlib.suppress(ChildProcessError):  # all that the command left behind
        while True:
            os.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
