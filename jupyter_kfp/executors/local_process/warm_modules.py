"""What a warm process has loaded before it forks workers and kernels, and how it stays safe to fork."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
from collections.abc import Iterable

from jupyter_kfp.worker.papermill_import import import_papermill, kept_away

_FOR_KERNELS = (
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.displayhook",
    "ipykernel.zmqshell",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "faulthandler",
    "pdb",
    "tornado.platform.asyncio",
    "jupyter_kfp.worker.kernel_probe",
    "jupyter_kfp.worker.kernel_session",
)
_FOR_WORKERS = (
    "jupyter_client.asynchronous.client",
    "jupyter_client.kernelspec",
    "jupyter_client.manager",
    "nbformat.v4",
    "jupyter_kfp.worker.__main__",
    "jupyter_kfp.worker.step_worker",
)
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def load_warm_modules(preload: Iterable[str] = ()) -> None:
    """Import all that a step needs, at last `preload`; starts no thread, no event loop, no zmq context."""
    gc.disable()
    with kept_away(("debugpy",)):  # ipykernel's debugger: nobody debugs a step, and each fork would set it up
        for name in _FOR_KERNELS:
            importlib.import_module(name)
        importlib.import_module("ipykernel.debugger")
    import_papermill()
    for name in _FOR_WORKERS:
        importlib.import_module(name)
    _rehearse()
    _preload(preload)
    gc.enable()
    gc.freeze()  # forks share these pages as long as nobody writes reference counts of the collector into them


def thread_count() -> int:
    """Number of threads of this process, also those that Python does not know of; more than one makes a fork unsafe."""
    return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - names are enough


def forget_parent_signals() -> None:
    """Back to the signal handlers of a fresh process."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _rehearse() -> None:
    """Do once what is slow the first time: nbformat makes its validator from the schema, papermill reads a notebook."""
    nodes = importlib.import_module("nbformat.v4")
    papermill_files = importlib.import_module("papermill.iorw")
    notebook = papermill_files.load_notebook_node(nodes.new_notebook(cells=[nodes.new_code_cell("1")]))
    nodes.writes(notebook)


def _preload(names: Iterable[str]) -> None:
    """Import modules that steps will use, with their thread pools held at one thread."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        for name in names:
            try:
                importlib.import_module(name)
            except Exception as error:  # noqa: BLE001 - any failure means the same: the step will import it itself
                print(f"cannot preload {name}: {error}", file=sys.stderr)  # noqa: T201 - the warm process's own log
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
