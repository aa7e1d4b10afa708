"""A prepared process that forks an interpreter for every request: a kernel in all but its sockets.

Each line that comes in over its channel is a `RunRequest`; it is answered when the fork has ended. The fork has
IPython's shell for kernels, with all magics, and the worker's own code for the session of a step; it writes what came
of it to the request's file.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import random
import re
import select
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import msgspec

from jupyter_kfp.executors.local_process.warm_modules import forget_parent_signals, load_warm_modules
from jupyter_kfp.worker import kernel_session
from jupyter_kfp.worker.session_files import read_report

NO_END = "no end"
"""Outcome of what had to be stopped."""
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
"""So that a library that is loaded here starts no threads, which do not survive a fork."""
_UNSTABLE = re.compile(
    r"0x[0-9a-f]{6,}"  # addresses
    r"|(?<=\bT_)[0-9a-f]{5,}"  # tables that pandas styles
    r"|(?m:^(CPU times|Wall time):.*$)"
    r"|(?m:^.* per loop .*$)"
)
"""What differs from process to process in what cells show."""


class CellToRun(msgspec.Struct):
    """A cell of the notebook."""

    number: int
    source: str
    may_fail: bool = False
    """Tagged ``raises-exception``: the notebook goes on."""


class RunRequest(msgspec.Struct):
    """Cells to run in one process."""

    folder: str
    """The notebook's, to work in."""
    report: str
    """File for the `RunReport`."""
    cells: list[CellToRun]
    session: str = ""
    """Of a step: its ``session.json``; empty for a whole notebook."""
    setup: list[CellToRun] = []
    """Of a step: setup cells of the notebook that its session may replay."""
    seconds: float = 60.0
    """Until the process is ended."""


class RunReport(msgspec.Struct):
    """What came of it."""

    printed: dict[int, str] = {}
    """Stdout, by number of the cell."""
    shown: dict[int, list[dict[str, str]]] = {}
    """Results and displays, by number of the cell: text by MIME type."""
    failed_cell: int | None = None
    error: str = ""
    """Class and message."""
    problems: list[tuple[str, str]] = []
    """Code and message of what the session of a step reports."""
    state: dict[str, str] = {}
    """Of a whole notebook: its variables at the end, as text; without those whose content is not known."""
    died: str = ""
    """How the process ended, if not by itself."""


def stable(text: str) -> str:
    """Text without what differs from process to process: addresses, times that magics measure."""
    return _UNSTABLE.sub("~", text)


class _Interpreter:
    """The shell of the fork, and what it shows."""

    def __init__(self) -> None:
        from ipykernel.compiler import XCachingCompiler
        from ipykernel.zmqshell import ZMQInteractiveShell
        from traitlets.config import Config

        config = Config()
        config.HistoryManager.enabled = False
        kernel = SimpleNamespace(eventloop=None)
        self.shell: Any = ZMQInteractiveShell.instance(config=config, kernel=kernel, compiler_class=XCachingCompiler)
        session = _recording_session(self._take)
        for publisher in (self.shell.displayhook, self.shell.display_pub):
            publisher.session, publisher.pub_socket = session, object()
        self.shell._tee = lambda **_: contextlib.nullcontext()
        self.shell.enable_gui = lambda _=None: None  # there is no kernel whose event loop a toolkit could join
        self.shell.extension_manager.load_extension("storemagic")
        self.shell.run_cell("1", silent=True)  # what is slow the first time
        self.shell.reset(new_session=True)
        self.report = RunReport()
        self._shown: list[dict[str, str]] = []

    def _take(self, kind: str, content: dict[str, Any]) -> None:
        if kind in {"execute_result", "display_data", "update_display_data"}:
            self._shown.append({mime: stable(str(data)) for mime, data in content["data"].items()})

    def run(self, cell: CellToRun) -> bool:
        """Run a cell; False if the notebook ends here."""
        self.shell.execution_count = cell.number
        result = self.shell.run_cell(cell.source, store_history=True)
        self.note(cell.number)
        error = result.error_before_exec or result.error_in_exec
        if error is None or cell.may_fail:
            return True
        self.report.failed_cell, self.report.error = cell.number, stable(f"{type(error).__name__}: {error}")
        return False

    def note(self, number: int) -> None:
        """Keep what was printed and shown since the last time."""
        sys.stdout.flush()
        printed = os.pread(1, 1 << 24, 0).decode(errors="replace")
        os.ftruncate(1, 0)
        os.lseek(1, 0, os.SEEK_SET)
        self.report.printed[number] = stable(printed)
        self.report.shown[number] = list(self._shown)
        self._shown.clear()

    def run_step(self, request: RunRequest) -> None:
        """A step, as its worker has it."""
        self._note_setup({cell.source: cell.number for cell in request.setup})
        self._call("begin", request.session)
        if self._has_problems(request.session):
            return
        if all(map(self.run, request.cells)):
            self._call("finish", request.session)
            self._has_problems(request.session)

    def _call(self, function: str, session: str) -> None:
        """As a hidden request, as the worker does it."""
        module = kernel_session.__name__
        code = f"__import__({module!r}, fromlist=['_']).{function}({session!r})\n"
        self.shell.run_cell(code, store_history=False, silent=True).raise_error()

    def _note_setup(self, numbers: dict[str, int]) -> None:
        run_cell = self.shell.run_cell

        def run_setup_cell(source: str, *arguments: Any, **options: Any) -> Any:
            result = run_cell(source, *arguments, **options)
            if options.get("silent") and source in numbers:
                self.note(numbers[source])
            return result

        self.shell.run_cell = run_setup_cell

    def _has_problems(self, session: str) -> bool:
        report = read_report(Path(session))
        found = report.problems if report else []
        self.report.problems += [(one.code, f"{one.message} {one.traceback}") for one in found]
        return bool(found)


def _recording_session(take: Any) -> Any:
    from jupyter_client.session import Session

    class RecordingSession(Session):
        def send(self, _stream: Any, message: Any, content: Any = None, *_: Any, **__: Any) -> None:
            whole = message if isinstance(message, dict) else {"msg_type": message, "content": content}
            take(whole["msg_type"], whole["content"])

    return RecordingSession()


def _be_fork(interpreter: _Interpreter, request: RunRequest) -> NoReturn:
    """Run what is asked, in a process group of its own."""
    status = 1
    try:
        os.setpgid(0, 0)
        forget_parent_signals()
        _use_files(Path(request.report))
        os.chdir(request.folder)
        interpreter.shell.user_ns["_dh"][:] = [Path(request.folder)]
        _any_random_state()
        if request.session:
            interpreter.run_step(request)
        else:
            all(map(interpreter.run, request.cells))
            interpreter.report.state = _state(interpreter.shell)
        _end_as_python_ends()
        Path(request.report).write_bytes(msgspec.json.encode(interpreter.report))
        status = 0
    except BaseException:  # noqa: BLE001  reported by the status; the fork must never come back into the loop
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _use_files(report: Path) -> None:
    """Nothing to read; what is printed, also by other processes, goes to files."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(report.with_suffix(".out"), os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND), 1)
    os.dup2(os.open(report.with_suffix(".err"), os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND), 2)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False)


def _any_random_state() -> None:
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def _state(shell: Any) -> dict[str, str]:
    from value_text import text_of_variables

    return text_of_variables({name: value for name, value in shell.user_ns.items() if name not in shell.user_ns_hidden})


def _end_as_python_ends() -> None:
    """Exit handlers run and open files are flushed, as `kernel_probe.leave` has it."""
    atexit._run_exitfuncs()
    for one in gc.get_objects():
        if hasattr(type(one), "flush") and hasattr(type(one), "writable"):
            with contextlib.suppress(Exception):
                one.flush()


def _answer(interpreter: _Interpreter, request: RunRequest, channel: socket.socket) -> None:
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        channel.close()
        _be_fork(interpreter, request)
    watched = os.pidfd_open(child)
    ended, _, _ = select.select([watched], [], [], request.seconds)
    os.close(watched)
    with contextlib.suppress(ProcessLookupError):  # processes that the cells left behind, or the fork itself
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    outcome = os.waitstatus_to_exitcode(status) if ended else NO_END
    channel.sendall(json.dumps(outcome).encode() + b"\n")


def serve(descriptor: int, preloaded: Sequence[str]) -> None:
    """Answer requests until the other end of the channel closes."""
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    load_warm_modules([*preloaded, "value_text"])
    with tempfile.TemporaryDirectory() as home:
        os.environ["IPYTHONDIR"] = home
        _serve(socket.socket(fileno=descriptor))


def _serve(channel: socket.socket) -> None:
    interpreter = _Interpreter()
    sys.path[:] = ["", *(entry for entry in sys.path if entry not in {"", str(Path(__file__).parent)})]
    gc.collect()
    gc.freeze()
    received = b""
    while data := channel.recv(1 << 20):
        *lines, received = (received + data).split(b"\n")
        for line in lines:
            _answer(interpreter, msgspec.json.decode(line, type=RunRequest), channel)
