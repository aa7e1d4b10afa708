"""A worker that waits, with its kernel already running, until it is given a step."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import msgspec
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import write_connection_file

from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process import forked_kernel
from jupyter_kfp.executors.local_process.forked_kernel import KernelPlace
from jupyter_kfp.worker.__main__ import StartedKernels, main
from jupyter_kfp.worker.hidden_request import HiddenRequestError, KernelDiedError, run_hidden
from jupyter_kfp.worker.kernel_process import ForkedProcess, StandardError, StepKernel
from jupyter_kfp.worker.parent_death import end_with_parent

_CONNECT_SECONDS = 60.0
_CONNECTION_FILE = "kernel.json"


class WorkerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The step that a waiting worker gets, as one line of JSON."""

    arguments: list[str]
    working_directory: str
    environment: dict[str, str]
    log: str
    cpus: list[int] | None = None
    use_kernel: bool
    """Whether its kernel fits the step; if not, it starts one of the step's kernelspec."""


def run_spare(channel: socket.socket, folder: Path, parent: int, *, with_kernel: bool) -> NoReturn:
    """Be a worker: prepare, wait for a request, run the step, end. `folder` is private and has a short path."""
    os.setsid()
    end_with_parent(parent)
    # The kernel is forked before this process has an event loop or a zmq context, which no fork survives.
    folder.mkdir(mode=0o700)
    forked = _fork_kernel(channel, folder) if with_kernel else None
    supply = StartedKernels(folder)
    asyncio.set_event_loop(supply.loop)
    kernel = None if forked is None else supply.loop.run_until_complete(_connect(forked))
    request = _read_request(channel)
    code = 1
    if request is not None:
        _enter(request)
        if kernel is not None and request.use_kernel:
            supply = _WarmKernel(supply, kernel, request)
        code = main(request.arguments, supply)
    if forked is not None:
        supply.loop.run_until_complete(forked.process.kill())
    shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()
    os._exit(code)


@dataclass(frozen=True)
class _ForkedKernel:
    """A kernel that listens, or has failed to."""

    process: ForkedProcess
    folder: Path
    standard_error: StandardError
    listens: bool


class _WarmKernel(StartedKernels):
    """Gives the kernel that runs already; should it have died, starts one."""

    def __init__(self, supply: StartedKernels, kernel: StepKernel, request: WorkerRequest) -> None:
        self.folder, self.loop = supply.folder, supply.loop
        self._kernel = kernel
        self._request = request

    async def kernel(self, name: str) -> StepKernel:
        """The warm kernel, moved to the step's folder and environment."""
        environment = {**self._request.environment, "JPY_PARENT_PID": str(os.getpid())}
        place = KernelPlace(self._request.working_directory, environment, self._request.cpus)
        path = self.folder / "place.json"
        path.write_bytes(msgspec.json.encode(place))
        code = forked_kernel.ENTER.format(path=str(path))
        try:
            await run_hidden(self._kernel, code, lambda _: None)
        except (KernelDiedError, HiddenRequestError):
            return await super().kernel(name)
        return self._kernel


def _fork_kernel(channel: socket.socket, folder: Path) -> _ForkedKernel:
    """Fork the kernel and wait until it listens."""
    connection_file = str(folder / _CONNECTION_FILE)
    key = secrets.token_hex(16).encode()
    shell, iopub, stdin, heartbeat, control = range(1, 6)
    address = str(folder / "k")
    write_connection_file(connection_file, shell, iopub, stdin, heartbeat, control, address, key, transport="ipc")
    standard_error = StandardError()
    is_ready, ready = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        channel.detach()
        forked_kernel.run_kernel(connection_file, standard_error.write_end, ready, parent)
    os.close(ready)
    standard_error.follow()
    listens = os.read(is_ready, 1) != b""
    os.close(is_ready)
    return _ForkedKernel(ForkedProcess(pid), folder, standard_error, listens)


async def _connect(forked: _ForkedKernel) -> StepKernel | None:
    """Connect; None if the kernel did not come up: then the step starts its own, and tells why that fails."""
    if not forked.listens:
        return None
    client = AsyncKernelClient(connection_file=str(forked.folder / _CONNECTION_FILE))
    client.load_connection_file()
    kernel = StepKernel(forked.process, client, forked.standard_error)
    try:
        await kernel.connect(_CONNECT_SECONDS)
        await run_hidden(kernel, "pass", lambda _: None)  # the first request takes longer, here nobody waits for it
    except (KfpError, KernelDiedError, HiddenRequestError):
        return None
    return kernel


def _read_request(channel: socket.socket) -> WorkerRequest | None:
    with channel.makefile("rb") as lines:
        line = lines.readline()
    channel.close()
    return msgspec.json.decode(line, type=WorkerRequest) if line else None


def _enter(request: WorkerRequest) -> None:
    """Take on the step's folder, environment, log and CPUs."""
    log = os.open(request.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.environ.clear()
    os.environ.update(request.environment)
    os.chdir(request.working_directory)
    if request.cpus is not None:
        os.sched_setaffinity(0, request.cpus)
