"""The warm process of a run: it has everything loaded and forks workers and their kernels from itself.

It has one thread, no event loop and no zmq context, so that its forks are safe. It ends, and takes all workers with
it, when the process of the run closes its end of the channel or dies.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from jupyter_kfp.executors.local_process.fork_safety import unsafe_reason
from jupyter_kfp.executors.local_process.warm_modules import forget_parent_signals, load_warm_modules, thread_count

_MODULE = "jupyter_kfp.executors.local_process.zygote"
_MOST_FAILED_SPARES = 3
_STOP_SECONDS = 2.0


@dataclass
class _Waiting:
    """A spare worker."""

    pid: int
    channel: socket.socket


@dataclass
class Zygote:
    """State of the warm process."""

    control: socket.socket
    spares_wanted: int
    force_fork: bool
    folder: Path
    """For the private folders of workers; removed by whoever ends last."""
    spares: list[_Waiting] = field(default_factory=list)
    running: dict[int, int] = field(default_factory=dict)
    """Launch number by process id."""
    failed_spares: int = 0

    def serve(self) -> None:
        """Work until the other end of the channel closes."""
        woken, wake = socket.socketpair()
        woken.setblocking(False)
        wake.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake.fileno())
        self._own = [self.control, woken, wake]
        selector = selectors.PollSelector()
        selector.register(self.control, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        received = b""
        while True:
            self._top_up()
            for key, _ in selector.select():
                if key.fileobj is woken:
                    woken.recv(4096)
                    self._reap()
                    continue
                data, given, _, _ = socket.recv_fds(self.control, 1 << 20, 1)
                if not data:
                    signal.set_wakeup_fd(-1)
                    return
                for descriptor in given:
                    _use_log(descriptor)
                *lines, received = (received + data).split(b"\n")
                for message in map(json.loads, lines):
                    if "request" in message:
                        self._launch(message)

    def end_all(self) -> None:
        """Stop every worker: those with a step get time to save their notebook."""
        groups = list(self.running)
        for spare in self.spares:
            _signal_group(spare.pid, signal.SIGKILL)
        for pid in self.running:
            _signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while self.running and time.monotonic() < deadline:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                time.sleep(0.02)
            self.running.pop(pid, None)
        for pid in groups:  # also of those that have ended: their cells may have started processes
            _signal_group(pid, signal.SIGKILL)

    def _launch(self, message: dict[str, Any]) -> None:
        request = message["request"]
        reason = unsafe_reason(message["kernel"], request["working_directory"], message["modules"])
        fits = self.failed_spares < _MOST_FAILED_SPARES and (reason is None or self.force_fork)
        waiting = self.spares.pop(0) if fits and self.spares else self._fork(with_kernel=fits)
        line = json.dumps({**request, "use_kernel": fits}) + "\n"
        self.running[waiting.pid] = message["number"]
        with contextlib.suppress(BrokenPipeError):  # it has just died; that is reported as the end of the step's worker
            waiting.channel.sendall(line.encode())
        waiting.channel.close()
        self._tell({"started": message["number"], "pid": waiting.pid, "forked_kernel": fits, "why_not": reason})

    def _top_up(self) -> None:
        while len(self.spares) < self.spares_wanted and self.failed_spares < _MOST_FAILED_SPARES:
            self.spares.append(self._fork(with_kernel=True))

    def _fork(self, *, with_kernel: bool) -> _Waiting:
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            forget_parent_signals()
            for inherited in (*self._own, ours, *(spare.channel for spare in self.spares)):
                inherited.close()
            _be_worker(theirs, self.folder / str(os.getpid()), parent, with_kernel=with_kernel)
        theirs.close()
        return _Waiting(pid, ours)

    def _reap(self) -> None:
        while self.spares or self.running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            number = self.running.pop(pid, None)
            if number is not None:
                self._tell({"ended": number, "status": os.waitstatus_to_exitcode(status)})
                continue
            self.failed_spares += 1
            self.spares = [spare for spare in self.spares if spare.pid != pid]

    def _tell(self, message: dict[str, Any]) -> None:
        self.control.sendall(json.dumps(message).encode() + b"\n")


def main() -> None:
    """Arguments: descriptor of the channel, number of spares, ``force`` or ``safe``, folder, ``first`` or ``again``."""
    descriptor, spares, mode, folder, start = sys.argv[1:]
    del sys.path[0]  # the folder that it was started in; a kernel has none there
    control = socket.socket(fileno=int(descriptor))
    try:
        load_warm_modules(_told_to_preload(control) if start == "first" else ())
        if start == "first" and thread_count() > 1:
            # A preloaded library has started threads: a fork could hang. Start again without it.
            os.set_inheritable(int(descriptor), True)
            os.execv(sys.executable, [sys.executable, "-m", _MODULE, descriptor, spares, mode, folder, "again"])  # noqa: S606
        zygote = Zygote(control, int(spares), mode == "force", Path(folder))
        try:
            zygote.serve()
        finally:
            zygote.end_all()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _told_to_preload(control: socket.socket) -> Iterator[str]:
    """What to import besides, once somebody says so; ends this process if nobody will.

    Byte by byte, since what comes behind that line is for `serve`, perhaps of a process that was started again.
    """
    line = b""
    while not line.endswith(b"\n"):
        byte = control.recv(1)
        if not byte:
            sys.exit()
        line += byte
    yield from json.loads(line)["preload"]


def _use_log(descriptor: int) -> None:
    """Say from now on what there is to say where the process of the run does."""
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _be_worker(channel: socket.socket, folder: Path, parent: int, *, with_kernel: bool) -> NoReturn:
    from jupyter_kfp.executors.local_process.spare_worker import run_spare

    try:
        run_spare(channel, folder, parent, with_kernel=with_kernel)
    finally:
        # Whatever happened, a fork must never come back into the loop of the warm process.
        sys.stderr.flush()
        os._exit(1)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        _signal(pid, number)


if __name__ == "__main__":
    main()
