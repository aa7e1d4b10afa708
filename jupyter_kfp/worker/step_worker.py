"""One step, from its payload to its outputs: the order of things in a worker process."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol, TypeVar

import msgspec

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.step_payload import NOTEBOOK_KEY, StepPayload
from jupyter_kfp.spec.used_files import UsedFiles
from jupyter_kfp.spec.worker_events import (
    FilesUsed,
    InputsLoaded,
    StepFailed,
    StepSucceeded,
    StepWarned,
    WorkerStarted,
)
from jupyter_kfp.worker import failures
from jupyter_kfp.worker.event_writer import EventTail, EventWriter, StepLog, now
from jupyter_kfp.worker.executor_input import ExecutorInput, write_executor_output
from jupyter_kfp.worker.exit_status import EXIT_CANNOT_WRITE, EXIT_FAILED, EXIT_STOPPED
from jupyter_kfp.worker.failures import StepFailure, StepStopped
from jupyter_kfp.worker.hidden_request import HiddenRequestError, KernelDiedError
from jupyter_kfp.worker.kernel_process import StepKernel
from jupyter_kfp.worker.session_files import SessionReport, SessionRequest
from jupyter_kfp.worker.step_notebook import build_notebook, save_notebook
from jupyter_kfp.worker.step_outputs import UserLog, collect_outputs, missing_outputs, saved_event
from jupyter_kfp.worker.step_session import FAREWELL, KernelSession, session_request
from jupyter_kfp.worker.traceback_text import shortened

_STOP_SECONDS = 3.0
"""How long a cell may take to end after the interrupt, before its kernel is killed."""
T = TypeVar("T")


class KernelSupply(Protocol):
    """Where the kernel of a step comes from: started now, or forked beforehand."""

    loop: asyncio.AbstractEventLoop
    folder: Path
    """Private to this worker, with a short path, removed at the end."""

    async def kernel(self, name: str) -> StepKernel:
        """A connected kernel of this kernelspec. Raises `KfpError`."""


@dataclass(frozen=True)
class StepPlaces:
    """Files of a step apart from its inputs and outputs."""

    attempt_folder: Path | None
    """Kept after the step; None: nothing is kept but the declared outputs."""
    events: Path | None
    """Where events go; None: into the log, marked."""


class StepWorker:
    """Runs one step."""

    def __init__(self, payload: StepPayload, wanted: ExecutorInput, places: StepPlaces, supply: KernelSupply) -> None:
        self._payload = payload
        self._wanted = wanted
        self._places = places
        self._supply = supply
        self._log = StepLog()
        self._events = EventWriter(self._log, places.events)
        self._folder = supply.folder
        self._tail = EventTail(places.events or self._folder / "events")
        self._logged = UserLog()
        self._kernel: StepKernel | None = None
        self._execution: Any = None
        self._stop_asked = False

    def run(self) -> int:
        """Run; returns the exit code of the worker."""
        started = time.perf_counter()
        try:
            self._events.write(WorkerStarted(at=now(), cells=len(self._payload.cells), kernel=self._payload.kernel))
            self._run_step()
            self._events.write(StepSucceeded(at=now(), seconds=time.perf_counter() - started))
        except StepStopped:
            return EXIT_STOPPED
        except StepFailure as failure:
            return self._report(failure)
        except OSError as error:
            return self._report(failures.cannot_write(self._payload.step, error))
        finally:
            self._clean_up()
        return 0

    def stop(self) -> None:
        """Somebody asked the step to stop: interrupt the cell, and end the kernel if that does not help.

        May be called from a signal handler.
        """
        self._stop_asked = True
        if self._execution is not None:
            self._execution.stop_asked = True
        self._supply.loop.call_soon_threadsafe(self._interrupt)

    # --- the order of things

    def _run_step(self) -> None:
        payload, started = self._payload, time.perf_counter()
        failures.refuse_language(payload)
        events = self._places.events or self._folder / "events"
        log_folder = (self._places.attempt_folder or self._folder) / "logged"
        try:
            request = session_request(payload, self._wanted, log_folder, events)
            kernel = self._kernel = self._await(self._supply.kernel(payload.kernel))
        except KfpError as error:
            self._check_stop()
            failures.fail_by(error, payload.step)
        self._check_stop()
        session = KernelSession(kernel, self._supply.loop, self._log.write)
        report = self._begin(session, request)
        self._events.write(InputsLoaded(at=now(), seconds=time.perf_counter() - started))
        self._run_cells(session, kernel, build_notebook(payload, request.inputs, report.inputs))
        self._finish(session)

    def _begin(self, session: KernelSession, request: SessionRequest) -> SessionReport:
        if self._payload.language != "python":
            return SessionReport()
        try:
            with self._kernel_faults("while its inputs were loaded"):
                report = session.begin(self._folder, request)
            if report.problems:
                failures.fail_by_report(report)
        except StepFailure:
            save_notebook(build_notebook(self._payload, request.inputs, []), self._notebook_path)
            raise
        return report

    def _run_cells(self, session: KernelSession, kernel: StepKernel, notebook: Any) -> None:
        from papermill.exceptions import PapermillExecutionError
        from papermill.execute import execute_notebook

        from jupyter_kfp.worker.notebook_engine import ENGINE_NAME, StepExecution

        self._execution = StepExecution(
            kernel=kernel,
            cells=self._payload.cells,
            log=self._log,
            events=self._events,
            notebook_path=self._notebook_path,
            loop=self._supply.loop,
            forward_events=self._forward_events,
            stop_asked=self._stop_asked,
        )
        options = {"kernel_name": self._payload.kernel, "progress_bar": False, "step_execution": self._execution}
        # No output path: the engine saves the notebook itself, without papermill's own error markers in it.
        with contextlib.suppress(PapermillExecutionError):
            execute_notebook(notebook, None, engine_name=ENGINE_NAME, **options)
        self._check_stop()
        self._fail_by_cell(session)

    def _finish(self, session: KernelSession) -> None:
        report = SessionReport(finished=True)
        if self._payload.language == "python":
            with self._kernel_faults("while its outputs were saved"):
                report = session.finish(self._folder)
        self._forward_events()
        self._read_user_events()
        for one in report.outputs:
            self._events.write(saved_event(one))
        if report.files != UsedFiles():
            self._events.write(FilesUsed(at=now(), files=report.files))
        for warning in report.warnings:
            self._log.write(f"{warning.code}: {warning.message}\n  hint: {warning.hint}\n")
            self._events.write(StepWarned(at=now(), warning=warning))
        output = collect_outputs(self._wanted, report.outputs, self._logged)
        write_executor_output(Path(self._wanted.outputs.output_file), output)
        if report.problems:
            failures.fail_by_report(report)
        missing = missing_outputs(self._wanted, output, report.outputs)
        if missing:
            failures.fail_by_missing(self._payload.step, missing)

    # --- what goes wrong

    def _fail_by_cell(self, session: KernelSession) -> None:
        problem, step = self._execution.problem, self._payload.step
        if problem is None:
            return
        if problem.kind == "died":
            self._fail_by_death(f'cell {problem.cell} of step "{step}" ran', problem.cell)
        if problem.kind == "exit-asked":
            failures.fail_by_exit(step, problem.cell)
        described = None
        if self._payload.language == "python":
            with contextlib.suppress(HiddenRequestError, KernelDiedError):
                described = session.describe_failure(self._folder, problem.cell)
        failures.fail_by_exception(step, problem, described)

    @contextlib.contextmanager
    def _kernel_faults(self, when: str) -> Any:
        """Around hidden calls: what the kernel's death or an error of the hidden code means."""
        try:
            yield
        except KernelDiedError:
            self._check_stop()
            self._fail_by_death(when, None)
        except HiddenRequestError as error:
            self._check_stop()
            failures.fail_by_hidden_code(self._payload, error, when)
        self._check_stop()

    def _fail_by_death(self, when: str, cell: int | None) -> NoReturn:
        assert self._kernel is not None
        self._check_stop()
        status = self._await(self._kernel.wait_dead())
        failures.fail_by_death(self._payload.step, cell, when, status, self._kernel.last_words())

    def _check_stop(self) -> None:
        if self._stop_asked:
            raise StepStopped

    def _report(self, failure: StepFailure) -> int:
        error = failure.error
        lines = [error.traceback, f"{error.code}: {error.message}", f"  hint: {error.hint}" if error.hint else ""]
        try:
            self._log.write("".join(f"{line}\n" for line in lines if line))
            told = msgspec.structs.replace(error, traceback=shortened(error.traceback))
            self._events.write(StepFailed(at=now(), error=told, reason=failure.reason, retryable=failure.retryable))
        except OSError:
            return EXIT_CANNOT_WRITE
        return EXIT_FAILED

    # --- small parts

    @property
    def _notebook_path(self) -> Path:
        declared = self._wanted.output_artifact(NOTEBOOK_KEY)
        if declared is not None:
            return declared.path
        return (self._places.attempt_folder or self._folder) / f"{NOTEBOOK_KEY}.ipynb"

    def _await(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._supply.loop.run_until_complete(coroutine)

    def _forward_events(self) -> None:
        """Without a file for events, what the user's code logged lies in a file of ours: pass it on."""
        if self._places.events is None:
            lines = self._tail.new_lines()
            self._logged.read(lines)
            for line in lines:
                self._events.write_encoded(line)

    def _read_user_events(self) -> None:
        if self._places.events is not None:
            self._logged.read(self._tail.new_lines())

    async def _interrupt_kernel(self, kernel: StepKernel) -> None:
        while self._execution is not None and not self._execution.is_cell_running:
            await asyncio.sleep(0.01)  # a kernel that is about to start a cell would ignore it
        await kernel.process.interrupt()

    def _interrupt(self) -> None:
        if self._kernel is None:
            return
        kernel, loop = self._kernel, self._supply.loop
        self._interrupting = loop.create_task(self._interrupt_kernel(kernel))
        timer = threading.Timer(_STOP_SECONDS, lambda: asyncio.run_coroutine_threadsafe(kernel.process.kill(), loop))
        timer.daemon = True
        timer.start()

    def _end_kernel(self, kernel: StepKernel) -> None:
        if self._stop_asked:
            self._await(kernel.process.kill())
        elif self._payload.language == "python":
            self._await(kernel.stop(FAREWELL))
        else:
            self._await(kernel.stop())

    def _clean_up(self) -> None:
        if self._kernel is not None:
            if not self._kernel.is_dead:
                self._end_kernel(self._kernel)
            self._kernel.close()
        self._events.close()
        shutil.rmtree(self._folder, ignore_errors=True)
