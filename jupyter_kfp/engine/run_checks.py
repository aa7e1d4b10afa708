"""What must hold before anything of a run is written: the place, and the kernels."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from jupyter_kfp.engine.kernel_environment import kernel_environment
from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.errors import KfpError

MIN_FREE_BYTES = 100_000_000


def make_home(home: Path) -> None:
    """Make the home folder if it is missing. Raises `KfpError` KFP451 if it cannot be made or written."""
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(home, error.strerror or str(error)) from None
    if not os.access(home, os.W_OK | os.X_OK):
        raise _unusable(home, "it is read-only")


def check_home(home: Path) -> None:
    """See that a run has room in the home folder. Raises `KfpError` KFP451, KFP452 (the disk is nearly full)."""
    make_home(home)
    free = shutil.disk_usage(home).free
    if free < MIN_FREE_BYTES:
        raise KfpError(
            "KFP452",
            f"only {free / 1e6:.0f} MB are free on the disk of {home}; a run needs {MIN_FREE_BYTES / 1e6:.0f} MB",
            hint="free space, remove old runs with `jupyter kfp delete`, or set JUPYTER_KFP_HOME to another disk",
            details={"folder": str(home), "free": free},
        )


def check_kernels(graph: TaskGraph) -> None:
    """See that the kernel of every step is installed. Raises `KfpError` KFP501."""
    for kernel in dict.fromkeys(one.payload.kernel for one in graph.leaf_templates() if one.payload):
        kernel_environment(kernel)


def _unusable(home: Path, why: str) -> KfpError:
    return KfpError(
        "KFP451",
        f"runs are kept in {home}, which cannot be used: {why}",
        hint="set JUPYTER_KFP_HOME to a folder that you may write",
        details={"folder": str(home)},
    )
