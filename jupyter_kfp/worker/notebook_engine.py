"""The papermill engine of a step: papermill and nbclient on a kernel that already runs, with our log and limits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellExecutionComplete, CellExecutionError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines

from jupyter_kfp.spec.step_payload import Cell
from jupyter_kfp.spec.worker_events import CellFinished, CellStarted
from jupyter_kfp.worker.event_writer import EventWriter, StepLog, now
from jupyter_kfp.worker.kernel_process import StepKernel
from jupyter_kfp.worker.step_notebook import notebook_node, save_notebook
from jupyter_kfp.worker.stream_output import CellStreams

ENGINE_NAME = "jupyter-kfp"
_QUIET_SECONDS = 10.0
"""A cell has replied and nothing more comes, not even word that its output is complete: go on after this long."""

_FORWARD_SECONDS = 0.25
_NO_EXCEPTION = "NoneType"
"""What ipykernel 7 calls the error of a cell that ran to its end, but whose last value failed to show itself in some
format (``_repr_html_`` raised). IPython shows the traceback and the other formats, and goes on."""


def register_engine() -> None:
    """Make the engine known to papermill."""
    papermill_engines.register(ENGINE_NAME, StepEngine)


@dataclass
class CellProblem:
    """How the cells ended, if not well."""

    cell: int
    kind: str
    """``raised``, ``died`` or ``exit-asked``."""
    exception: str = ""
    text: str = ""


@dataclass
class StepExecution:
    """What one execution needs, and what came of it."""

    kernel: StepKernel
    cells: list[Cell]
    log: StepLog
    events: EventWriter
    notebook_path: Path
    loop: asyncio.AbstractEventLoop
    forward_events: Callable[[], None]
    """Passes on what the user's log functions wrote."""
    stop_asked: bool = False
    is_cell_running: bool = False
    """The kernel has begun with a cell: from now on an interrupt reaches the cell."""
    problem: CellProblem | None = None
    streams: CellStreams = field(default_factory=CellStreams)


class _SavedNotebook(NotebookExecutionManager):  # type: ignore[misc]  # papermill has no type hints
    """Saves atomically, under the bounds for streams, and not at the start of each cell: its end comes soon enough."""

    def __init__(self, nb: Any, execution: StepExecution) -> None:
        super().__init__(nb, output_path=None, progress_bar=False)
        self._execution = execution
        self._starting_cell = False

    def cell_start(self, cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
        """Mark the cell as running."""
        self._starting_cell = True
        super().cell_start(cell, cell_index, **kwargs)
        self._starting_cell = False

    def save(self, **_: Any) -> None:
        """Write the notebook."""
        if not self._starting_cell:
            self._execution.streams.settle()
            save_notebook(self.nb, self._execution.notebook_path)
        self.last_save_time = self.now()


class StepEngine(Engine):  # type: ignore[misc]  # papermill has no type hints
    """Registered with papermill under `ENGINE_NAME`; takes a `StepExecution` as ``step_execution``."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **kwargs: Any) -> Any:
        """Execute, saving after every cell, whatever happens."""
        execution: StepExecution = kwargs["step_execution"]
        nb.metadata.papermill["input_path"] = ""  # papermill puts the whole notebook there if it was given one
        manager = _SavedNotebook(nb, execution)
        manager.notebook_start()
        try:
            cls.execute_managed_notebook(manager, kernel_name, step_execution=execution)
        finally:
            manager.notebook_complete()
        return manager.nb

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> None:
        """Run the cells on the kernel of the execution."""
        execution: StepExecution = kwargs["step_execution"]
        client = _StepClient(nb_man, execution, kernel_name)
        execution.loop.run_until_complete(client.run_cells())


class _StepClient(PapermillNotebookClient):  # type: ignore[misc]  # papermill has no type hints
    """Runs cells on a connected kernel; notices at once when it dies."""

    def __init__(self, nb_man: Any, execution: StepExecution, kernel_name: str) -> None:
        super().__init__(
            nb_man, kernel_name=kernel_name, timeout=None, on_cell_executed=self._after_reply, store_widget_state=True
        )
        self._execution = execution
        self._displays: dict[str, list[Any]] = {}
        self._messages = 0
        self._exit_asked = False
        self.clear_before_next_output = False
        self.kc = execution.kernel.client

    async def run_cells(self) -> None:
        """Run the user's cells, which are all but the first of the notebook; stop at the first that fails."""
        self.reset_execution_trackers()
        forwarding = asyncio.create_task(self._forward_now_and_then())
        self.nb.metadata["language_info"] = self._execution.kernel.language_info
        for index, cell in enumerate(self._execution.cells, start=1):
            await self._run_cell(cell, index)
            if self._execution.problem is not None or self._execution.stop_asked:
                break
        forwarding.cancel()
        self.set_widgets_metadata()

    async def _forward_now_and_then(self) -> None:
        """A cell may log metrics for hours and print nothing."""
        while True:
            await asyncio.sleep(_FORWARD_SECONDS)
            self._execution.forward_events()

    async def _run_cell(self, cell: Cell, index: int) -> None:
        execution, node = self._execution, self.nb.cells[index]
        execution.events.write(CellStarted(at=now(), cell=cell.number, index=index))
        started = time.perf_counter()
        try:
            self.nb_man.cell_start(node, index)
            await self.async_execute_cell(node, index)
            if self._exit_asked:
                execution.problem = CellProblem(cell.number, "exit-asked")
        except CellExecutionError as error:
            execution.problem = CellProblem(cell.number, "raised", error.ename, error.evalue)
        except DeadKernelError:
            execution.problem = CellProblem(cell.number, "died")
        finally:
            execution.is_cell_running = False
            execution.streams.finish(node.outputs)
            if execution.problem is not None:
                self.nb_man.cell_exception(node, cell_index=index)
            self.nb_man.cell_complete(node, cell_index=index)
            execution.forward_events()
            seconds = time.perf_counter() - started
            failed = execution.problem is not None
            execution.events.write(
                CellFinished(at=now(), cell=cell.number, index=index, seconds=seconds, failed=failed)
            )

    # --- nbclient's seams

    async def _async_poll_kernel_alive(self) -> None:
        await self._execution.kernel.wait_dead()
        seen = -1
        while seen != self._messages:  # what the kernel still sent before its end
            seen = self._messages
            await asyncio.sleep(0.05)
        assert self.task_poll_for_reply is not None
        self.task_poll_for_reply.cancel()

    async def _async_poll_output_msg(self, parent_msg_id: str, cell: Any, cell_index: int) -> None:
        while True:
            message = await self.kc.get_iopub_msg(timeout=None)
            self._messages += 1
            if message["parent_header"].get("msg_id") != parent_msg_id:
                if message["msg_type"] == "stream":  # from a thread that an earlier cell started
                    self._execution.log.write(message["content"]["text"])
                continue
            if message["msg_type"] == "execute_input":
                self._execution.is_cell_running = True
            try:
                self.process_message(message, cell, cell_index)
            except CellExecutionComplete:
                return

    async def _async_poll_for_reply(
        self, msg_id: str, _cell: Any, _timeout: int | None, task_poll_output_msg: Any, task_poll_kernel_alive: Any
    ) -> Any:
        while True:
            message = await self.kc.get_shell_msg(timeout=None)
            if message["parent_header"].get("msg_id") == msg_id:
                break
        seen = -1
        while not task_poll_output_msg.done() and seen != self._messages:
            seen = self._messages
            await asyncio.wait({task_poll_output_msg}, timeout=_QUIET_SECONDS)
        task_poll_kernel_alive.cancel()
        if task_poll_output_msg.done():
            task_poll_output_msg.result()
        else:
            task_poll_output_msg.cancel()
        return message

    def _after_reply(self, *, execute_reply: Any, **_: Any) -> None:
        content = execute_reply["content"]
        if content["status"] == "error" and content.get("ename") == _NO_EXCEPTION:
            content["status"] = "ok"
        payload = content.get("payload") or []
        self._exit_asked = any(item.get("source") == "ask_exit" for item in payload)

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        """Handle one message of a cell."""
        self._execution.forward_events()
        return super().process_message(msg, cell, cell_index)

    def output(self, outs: list[Any], msg: Any, display_id: str | None, cell_index: int) -> Any:
        """Take an output into the cell; streams go to the log too."""
        content, is_stream = msg["content"], msg["msg_type"] == "stream"
        if is_stream:
            self._execution.log.write(content["text"])
        if self.output_hook_stack[msg["parent_header"].get("msg_id")]:
            return super().output(outs, msg, display_id, cell_index)
        if self.clear_before_next_output:
            self._execution.streams.clear()
            if is_stream:
                outs[:] = []
                self.clear_before_next_output = False
        if is_stream:
            self._execution.streams.add(outs, content["name"], content["text"])
            return None
        out = super().output(outs, msg, None, cell_index)
        if display_id and out is not None:
            self._displays.setdefault(display_id, []).append(out)
        return out

    def clear_output(self, outs: list[Any], msg: Any, cell_index: int) -> None:
        """Forget the outputs of the cell so far."""
        super().clear_output(outs, msg, cell_index)
        if not outs:
            self._execution.streams.clear()

    def _update_display_id(self, display_id: str, msg: Any) -> None:
        # nbclient keeps positions in the list of outputs; the outputs themselves stay right when others are merged.
        content = msg["content"]
        for output in self._displays.get(display_id, []):
            output.data = notebook_node(content["data"])
            output.metadata = notebook_node(content.get("metadata", {}))
