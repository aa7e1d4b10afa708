"""A real ipykernel in a forked process: what a new one would be, without the half second that it takes to start."""

from __future__ import annotations

import importlib
import importlib.util
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

import msgspec
from ipykernel.kernelapp import IPKernelApp

from jupyter_kfp.executors.local_process.warm_modules import forget_parent_signals
from jupyter_kfp.worker.parent_death import end_with_parent

ENTER = f"__import__({__name__!r}, fromlist=['_']).enter({{path!r}})"
"""Code that calls `enter` in a kernel. It is short: IPython takes its time over long source."""
_CHANGED_BY_KERNEL: dict[str, str] = {}
"""Environment variables that ipykernel sets while it starts."""
_STEP_DECIDES = ("MPLBACKEND",)
"""Of these, those that ipykernel sets only if nobody else has."""


class ForkedKernelApp(IPKernelApp):
    """Listens on sockets in a private folder; without heartbeat, since its worker waits for its process."""

    def init_heartbeat(self) -> None:
        """Not needed: the death of the process is noticed at once."""


def run_kernel(connection_file: str, output: int, ready: int, parent: int) -> NoReturn:
    """Be a kernel until told to end.

    `output` receives the real stdout and stderr, `ready` one byte when the kernel listens.
    """
    end_with_parent(parent)
    forget_parent_signals()
    _use_descriptors(output, ready)
    try:
        _serve(connection_file, ready)
    except BaseException:  # noqa: BLE001 - the end of the process: its worker reads there what went wrong
        os.write(output, traceback.format_exc().encode())
        os._exit(1)
    os._exit(0)


def _serve(connection_file: str, ready: int) -> None:
    launcher = importlib.util.find_spec("ipykernel_launcher")
    sys.argv = [str(launcher.origin) if launcher else "ipykernel_launcher", "-f", connection_file]
    before = dict(os.environ)
    app: Any = ForkedKernelApp.instance(connection_file=connection_file, parent_handle=1)
    app.config.HistoryManager.enabled = False
    app.initialize([])
    _CHANGED_BY_KERNEL.update({name: value for name, value in os.environ.items() if before.get(name) != value})
    os.write(ready, b"1")
    os.close(ready)
    app.start()


class KernelPlace(msgspec.Struct, frozen=True):
    """Where a kernel is to work."""

    working_directory: str
    environment: dict[str, str]
    cpus: list[int] | None


def enter(path: str) -> None:
    """Become the kernel of a step: its folder, its environment, its CPUs. `path` is a file with a `KernelPlace`."""
    place = msgspec.json.decode(Path(path).read_bytes(), type=KernelPlace)
    environment = place.environment
    if place.cpus is not None:
        os.sched_setaffinity(0, place.cpus)
    os.environ.clear()
    os.environ.update(environment)
    for name, value in _CHANGED_BY_KERNEL.items():
        if name not in _STEP_DECIDES or name not in environment:
            os.environ[name] = value
    time.tzset()
    os.chdir(place.working_directory)
    shell: Any = ForkedKernelApp.instance().shell
    shell.user_ns["_dh"][:] = [Path(place.working_directory)]
    importlib.invalidate_caches()
    _wake_preloaded()


def _wake_preloaded() -> None:
    """Undo for this process what preloaded libraries were held to: one thread, one random state for all forks."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return
    numpy.random.seed()
    threadpoolctl = importlib.import_module("threadpoolctl")
    threadpoolctl.threadpool_limits(limits=len(os.sched_getaffinity(0)))


def _use_descriptors(output: int, ready: int) -> None:
    """Stdin is empty, stdout and stderr go to `output`; everything else that was inherited is closed."""
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    kept = sorted((output, ready))
    for first, last in zip([2, *kept], [*kept, os.sysconf("SC_OPEN_MAX")], strict=True):
        os.closerange(first + 1, last)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
