"""What the worker calls in the kernel around the user's cells: numbering, output without loss, the reason of a failure.

Runs in the kernel's process, started by hidden requests; leaves nothing in the user's namespace.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import gc
import io
import os
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec
import zmq

from jupyter_kfp.worker.cell_failure import CellFailure
from jupyter_kfp.worker.traceback_text import error_headline, failing_line, user_traceback

_PIECE = 1 << 16
"""Characters that may wait in the kernel before the cell waits for them to leave; so also the longest message.
Sockets queue up to 1000 messages on either side."""

_THREAD_SECONDS = 1.0
"""For threads that go on when the step is over. Its outputs are saved; a thread that serves or polls never ends."""


class _CellNumbers:
    """Makes ``In [n]`` show the number of the cell in the user's notebook, and remembers how the last cell ended."""

    def __init__(self, shell: Any, numbers: list[int]) -> None:
        self._shell = shell
        self._waiting = list(numbers)
        self.current = 0
        self.error: BaseException | None = None
        self.next_cell()
        shell.events.register("post_run_cell", self.after_cell)

    def next_cell(self) -> None:
        """Give the next cell its number."""
        if self._waiting:
            self._shell.execution_count = self._waiting.pop(0)

    def after_cell(self, result: Any) -> None:
        """IPython's callback after each cell, also after one that failed."""
        self.current = result.execution_count or self._shell.execution_count
        self.error = result.error_before_exec or result.error_in_exec
        self.next_cell()


_numbers: _CellNumbers | None = None
_FILES = (io.BufferedWriter, io.BufferedRandom, io.TextIOWrapper)
"""Classes of open files that may hold what is not yet written."""


def prepare(numbers: list[int]) -> None:
    """Make a fresh kernel ready for the cells with these numbers, in this order."""
    global _numbers  # noqa: PLW0603 - one kernel process runs one step
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    if shell is None:
        raise RuntimeError("this process is no IPython kernel")
    _numbers = _CellNumbers(shell, numbers)
    _lose_no_output(shell.kernel)
    shell._tee = lambda **_: contextlib.nullcontext()  # noqa: SLF001 - else IPython 9 keeps all that cells print in memory
    # Now, inside a request, IPython has put its own `write` into the streams and takes it out again afterwards.
    shell.kernel.io_loop.add_callback(_limit_buffers)
    faulthandler.enable(_real_stderr(), all_threads=False)


def describe_failure(cell: int, path: str) -> None:
    """Write a `CellFailure` for the cell that just failed."""
    if _numbers is None or _numbers.error is None:
        raise RuntimeError("no cell has failed")
    error = _numbers.error
    failure = CellFailure(
        headline=error_headline(error),
        exception=type(error).__name__,
        line=failing_line(error, cell, cell_of_file),
        traceback=user_traceback(error, cell_of_file),
        missing_file=_missing_file(error),
    )
    Path(path).write_bytes(msgspec.json.encode(failure))


def _missing_file(error: BaseException) -> str:
    """Where a file was looked for in vain, seen from the folder of now."""
    name = error.filename if isinstance(error, FileNotFoundError) else None
    if not isinstance(name, str | bytes | os.PathLike):
        return ""
    path = os.path.normpath(Path(os.fsdecode(name)).absolute())
    return path.encode(errors="replace").decode()


def leave() -> None:
    """End the kernel's process as Python ends: threads are awaited for a second, exit handlers run, open files flushed.

    Jupyter's own way takes 70 ms and at times many seconds, when ipykernel's threads wait for one another.
    """
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    atexit.unregister(app.close)
    atexit.unregister(app.iopub_thread.stop)
    _end_threads()
    atexit._run_exitfuncs()  # noqa: SLF001 - os._exit below skips them, and there is no public way to run them
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    for one in gc.get_objects():
        if issubclass(type(one), _FILES):
            with contextlib.suppress(Exception):
                if not one.closed and one.writable():
                    one.flush()
    os._exit(0)


def _end_threads() -> None:
    """Tell thread and process pools that Python ends, as they wait to hear; then wait for threads, not for ever."""
    # In a thread of its own, since what is told may wait too.
    ending = threading.Thread(target=_await_threads, daemon=True)
    ending.start()
    ending.join(_THREAD_SECONDS)


def _await_threads() -> None:
    pools: Any = threading
    for end_pool in reversed(pools._threading_atexits):  # noqa: SLF001 - Python calls them where os._exit never comes
        end_pool()
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.main_thread():
            thread.join()


def cell_of_file(filename: str) -> int | None:
    """Number of the cell that IPython compiled under a file name."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    known: dict[str, int] = getattr(shell.compile, "_filename_map", {}) if shell is not None else {}
    return known.get(filename)


def _real_stderr() -> int:
    """Descriptor of stderr as the worker reads it; ipykernel puts a pipe of its own in place of number 2."""
    try:
        return sys.stderr.fileno()
    except io.UnsupportedOperation:  # it does not where it is told to leave the descriptors alone
        return 2


def _lose_no_output(kernel: Any) -> None:
    """Let the kernel wait for the worker where zmq would drop messages."""
    thread = kernel.iopub_thread
    thread.schedule(lambda: thread.socket.setsockopt(zmq.XPUB_NODROP, 1))


def _limit_buffers() -> None:
    for stream in (sys.stdout, sys.stderr):
        _limit_buffer(stream)


def _limit_buffer(stream: Any) -> None:
    """Cut output into messages of bounded size and hold the cell back when too much is on its way."""
    plain_write, waiting = stream.write, 0
    stream.flush_interval = 0.05

    def write(text: str) -> int:
        nonlocal waiting
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        for start in range(0, len(text), _PIECE):
            piece = text[start : start + _PIECE]
            plain_write(piece)
            waiting += len(piece)
            if waiting >= _PIECE:
                waiting = 0
                stream.flush()
        return len(text)

    stream.write = write
