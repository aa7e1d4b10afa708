"""Running code in the kernel that no cell shows, around the user's cells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from jupyter_kfp.worker.kernel_process import StepKernel


class KernelDiedError(Exception):
    """The kernel's process ended while a request was on its way."""


class HiddenRequestError(Exception):
    """The hidden code itself raised, which is our fault or that of the kernel's environment."""

    def __init__(self, name: str, text: str, traceback: list[str]) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text
        self.traceback = traceback


async def run_hidden(kernel: StepKernel, code: str, on_output: Callable[[str], None]) -> None:
    """Run code; what it prints goes to `on_output`.

    Raises `KernelDiedError` if the kernel ends, `HiddenRequestError` if the code raises.
    """
    while True:
        request = kernel.client.execute(code, silent=True, store_history=False, allow_stdin=False, stop_on_error=False)
        output = asyncio.create_task(_follow_output(kernel, request, on_output))
        reply = asyncio.create_task(_reply(kernel, request))
        death = asyncio.create_task(kernel.wait_dead())
        try:
            both = asyncio.gather(output, reply)
            await asyncio.wait({both, death}, return_when=asyncio.FIRST_COMPLETED)
            if not both.done():
                # What the kernel still sent is worth having; nothing more will come.
                await asyncio.wait({output}, timeout=0.1)
                raise KernelDiedError
        finally:
            for task in (output, reply, death):
                task.cancel()
        content = reply.result()["content"]
        if content["status"] == "error":
            raise HiddenRequestError(content["ename"], content["evalue"], content.get("traceback", []))
        if content["status"] == "ok":
            return
        # "aborted": the kernel still clears its queue after a cell that failed.
        await asyncio.sleep(0.01)


async def _reply(kernel: StepKernel, request: str) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = await kernel.client.get_shell_msg(timeout=None)
        if message["parent_header"].get("msg_id") == request:
            return message


async def _follow_output(kernel: StepKernel, request: str, on_output: Callable[[str], None]) -> None:
    while True:
        message = await kernel.client.get_iopub_msg(timeout=None)
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            on_output(content["text"])
        elif message["parent_header"].get("msg_id") != request:
            continue
        elif kind == "status" and content["execution_state"] == "idle":
            return
