"""The kernel of a step: a process that may die at any moment, and the connection to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections import deque
from pathlib import Path
from typing import Any, Protocol

import zmq

from jupyter_kfp.errors import KfpError
from jupyter_kfp.worker.exit_status import describe_status

_POLL_SECONDS = 0.1
_STOP_SECONDS = 10.0
"""For exit handlers of the user's code."""
_QUEUED_MESSAGES = 100
"""Messages of a kernel that may wait for the worker, before the kernel has to wait."""
_LAST_WORDS = 16 * 1024


class KernelProcess(Protocol):
    """The process of a kernel, however it came to be."""

    @property
    def pid(self) -> int | None:
        """Process id; None if the kernel does not run on this machine."""

    async def poll(self) -> int | None:
        """Exit status as `subprocess.Popen` gives it (negative: the signal); None while it runs."""

    async def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the running cell."""

    async def kill(self) -> None:
        """End it at once."""

    def sweep(self) -> None:
        """After its end: kill the processes that cells started in its group and left behind."""


class StandardError:
    """What a kernel writes to its real stdout and stderr: the last of it is kept, for the case that it dies."""

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        self._kept: deque[bytes] = deque()
        self._size = 0
        self._reader = threading.Thread(target=self._drain, name="kernel-stderr", daemon=True)

    def follow(self) -> None:
        """Start to read, after the kernel has its copy of the write end."""
        os.close(self.write_end)
        self._reader.start()

    def text(self) -> str:
        """The end of what was written so far."""
        self._reader.join(0.2)
        return b"".join(self._kept).decode("utf-8", "replace").strip()

    def _drain(self) -> None:
        while data := os.read(self._read_end, 4096):
            self._kept.append(data)
            self._size += len(data)
            while self._size > _LAST_WORDS:
                self._size -= len(self._kept.popleft())
        os.close(self._read_end)


class StepKernel:
    """A connected kernel that has answered a first request."""

    def __init__(self, process: KernelProcess, client: Any, standard_error: StandardError) -> None:
        self.process = process
        self.client = client
        self.language_info: dict[str, Any] = {}
        self._standard_error = standard_error
        self._death: asyncio.Task[int | None] | None = None

    async def connect(self, timeout: float) -> None:
        """Open the channels and wait until the kernel answers. Raises `KfpError` KFP363 if it does not."""
        self._death = asyncio.create_task(self._watch())
        self.client.context.setsockopt(zmq.RCVHWM, _QUEUED_MESSAGES)  # for the sockets that it makes from now on
        self.client.start_channels(stdin=False, hb=False)
        self.client.allow_stdin = False
        try:
            await asyncio.wait_for(self._first_reply(), timeout)
        except TimeoutError:
            raise KfpError(
                "KFP363", f"the kernel did not answer within {timeout:g} s", details={"stderr": self.last_words()}
            ) from None

    async def wait_dead(self) -> int | None:
        """Wait for the end of the process; returns its exit status if that can be known."""
        assert self._death is not None
        return await asyncio.shield(self._death)

    @property
    def is_dead(self) -> bool:
        """Whether the process has ended."""
        return self._death is not None and self._death.done()

    def last_words(self) -> str:
        """The end of what the process wrote to its real stderr."""
        return self._standard_error.text()

    async def stop(self, farewell: str = "") -> None:
        """End the kernel, by force if that takes too long.

        `farewell` is code that ends the process from inside, as `kernel_probe.leave` does; without it the kernel gets
        Jupyter's request to shut down.
        """
        if self._death is None or self._death.done():
            return
        if farewell:
            self.client.execute(farewell, silent=True, store_history=False, allow_stdin=False)
        else:
            self.client.shutdown()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.wait_dead(), _STOP_SECONDS)
            return
        await self.process.kill()
        await self.wait_dead()

    def close(self) -> None:
        """Close the channels, after the end of the process."""
        self.process.sweep()
        if self._death is not None:
            self._death.cancel()
        self.client.stop_channels()

    async def _first_reply(self) -> None:
        while True:
            self.client.kernel_info()
            # Any reply will do: a slow kernel answers to an earlier request when a later one is already on its way.
            reply = await self._or_death(self.client.get_shell_msg(timeout=1.0))
            if reply is None or reply["msg_type"] != "kernel_info_reply":
                continue
            # Only when iopub delivers too is nothing lost later.
            if await self._or_death(self.client.get_iopub_msg(timeout=0.2)) is not None:
                self.language_info = reply["content"].get("language_info", {})
                return

    async def _or_death(self, receive: Any) -> dict[str, Any] | None:
        """A message, or None if none came in time. Raises `KfpError` KFP363 if the kernel died."""
        from queue import Empty

        assert self._death is not None
        message = asyncio.ensure_future(receive)
        await asyncio.wait({message, self._death}, return_when=asyncio.FIRST_COMPLETED)
        if not message.done():
            message.cancel()
            raise self._did_not_start(self._death.result())
        try:
            received: dict[str, Any] = message.result()
        except Empty:
            return None
        return received

    def _did_not_start(self, status: int | None) -> KfpError:
        words = self.last_words()
        return KfpError(
            "KFP363",
            f"the kernel ended while it started ({describe_status(status)})",
            hint=f"it said: {words[-1500:]}" if words else None,
            details={"stderr": words},
        )

    async def _watch(self) -> int | None:
        pid = self.process.pid
        if pid is not None and sys.platform == "linux":
            with contextlib.suppress(ProcessLookupError):
                await _process_end(pid)
        while (status := await self.process.poll()) is None:
            await asyncio.sleep(_POLL_SECONDS if pid is None or sys.platform != "linux" else 0.001)
        return status


class ForkedProcess:
    """A kernel that this process forked."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._status: int | None = None

    @property
    def pid(self) -> int:
        """Process id."""
        return self._pid

    async def poll(self) -> int | None:
        """Exit status."""
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status

    async def interrupt(self) -> None:
        """Send SIGINT."""
        if await self.poll() is None:
            os.kill(self._pid, signal.SIGINT)

    async def kill(self) -> None:
        """Send SIGKILL."""
        if await self.poll() is None:
            os.kill(self._pid, signal.SIGKILL)

    def sweep(self) -> None:
        """Nothing: it shares the group of the worker, which the executor looks after."""


class SpawnedKernel:
    """A kernel that jupyter_client started from its kernelspec."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    @property
    def pid(self) -> int | None:
        """Process id, if the kernel is a process of this machine."""
        process = getattr(self._manager.provisioner, "process", None)
        pid = getattr(process, "pid", None)
        return pid if isinstance(pid, int) else None

    async def poll(self) -> int | None:
        """Exit status."""
        status: int | None = await self._manager.provisioner.poll()
        return status

    async def interrupt(self) -> None:
        """Interrupt in the way that the kernelspec asks for."""
        await self._manager.interrupt_kernel()

    async def kill(self) -> None:
        """Kill, with the process group that jupyter_client made for it."""
        await self._manager.provisioner.kill()

    def sweep(self) -> None:
        """Kill what is left of the process group that jupyter_client made for it."""
        if self.pid is not None and hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)


async def start_kernel(name: str, folder: Path, timeout: float) -> StepKernel:
    """Start the kernel of a kernelspec; its connection file and sockets lie in `folder`.

    Raises `KfpError` KFP364 if there is no such kernelspec, KFP363 if the kernel does not start.
    """
    from jupyter_client.manager import AsyncKernelManager

    manager = AsyncKernelManager(kernel_name=name, connection_file=str(folder / "kernel.json"))
    is_ipykernel = any("ipykernel" in part for part in kernel_command(name))
    if is_ipykernel and sys.platform != "win32":
        manager.transport, manager.ip = "ipc", str(folder / "k")
    standard_error = StandardError()
    options: dict[str, Any] = {"stdout": standard_error.write_end, "stderr": standard_error.write_end}
    if is_ipykernel:
        options["extra_arguments"] = ["--HistoryManager.enabled=False"]
    try:
        await manager.start_kernel(cwd=str(Path.cwd()), env={"PYTHONHASHSEED": "0", **os.environ}, **options)
    except OSError as error:
        raise KfpError("KFP363", f"the kernel {name!r} cannot be started: {error}") from error
    finally:
        standard_error.follow()
    kernel = StepKernel(SpawnedKernel(manager), manager.client(), standard_error)
    await kernel.connect(timeout)
    return kernel


def kernel_command(name: str) -> list[str]:
    """Command line of a kernelspec. Raises `KfpError` KFP364 if there is none of that name."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    specs = KernelSpecManager()
    try:
        return list(specs.get_kernel_spec(name).argv)
    except NoSuchKernel:
        known = ", ".join(sorted(specs.find_kernel_specs())) or "none"
        raise KfpError(
            "KFP364",
            f"there is no kernel {name!r} here",
            hint=f"kernels that exist: {known}; choose one in the notebook, or install this one",
        ) from None


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def _process_end(pid: int) -> None:
    """Wait until a process has ended, whoever its parent is."""
    descriptor = os.pidfd_open(pid)
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    loop.add_reader(descriptor, _resolve, ended)
    try:
        await ended
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
