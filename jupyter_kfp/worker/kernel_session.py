"""What the worker runs in the step's kernel, before the first cell and after the last.

``begin(path)`` changes to the working directory, sets the environment, replays the setup, loads the inputs and connects
the user's log functions. ``finish(path)`` checks that no input was changed behind the analysis' back, and saves the
outputs. Both write a report beside the request and raise nothing; they leave no names, no history, no output.
"""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.spec.used_files import UsedFiles
from jupyter_kfp.spec.worker_events import StepError
from jupyter_kfp.worker import shipped_modules, user_log
from jupyter_kfp.worker.background_watch import BackgroundWatch
from jupyter_kfp.worker.carried_files import keep_files, put_in_place
from jupyter_kfp.worker.carried_state import spoken
from jupyter_kfp.worker.change_report import with_all_names
from jupyter_kfp.worker.draw_watch import DrawWatch
from jupyter_kfp.worker.entangled_outputs import entangle
from jupyter_kfp.worker.file_watch import FileWatch, step_watch
from jupyter_kfp.worker.guard import Guard
from jupyter_kfp.worker.loaded_inputs import load_inputs
from jupyter_kfp.worker.module_baseline import ModuleBaseline
from jupyter_kfp.worker.process_slots import begin_step
from jupyter_kfp.worker.saved_outputs import pickle_outputs, write_outputs
from jupyter_kfp.worker.session_files import SessionReport, SessionRequest, read_request, write_report
from jupyter_kfp.worker.setup_replay import cell_file, replay
from jupyter_kfp.worker.state_watch import StateWatch


class KernelSession:
    """One step in one kernel."""

    def __init__(self, request: SessionRequest, shell: Any, folder: Path) -> None:
        self.request = request
        self._shell = shell
        self._namespace: dict[str, Any] = shell.user_ns
        self._names = NotebookNames(self._namespace, step=request.step, file_labels=_file_labels(request, shell))
        self._guard = Guard(request, self._names, shell.transform_cell, folder=folder, events=shell.events)
        self._report = SessionReport()
        self._watch: FileWatch | None = None
        self._state: StateWatch | None = None
        self._background: BackgroundWatch | None = None
        self._draws: DrawWatch | None = None
        self._modules: ModuleBaseline | None = None
        self._folder = folder
        self._home = folder
        """The notebook's folder, once the step has begun."""

    def begin(self) -> SessionReport:
        """Make the namespace what it would be in the notebook before the first cell of the step."""
        started = time.perf_counter()
        os.environ.update(self.request.env)
        if self.request.working_directory:
            os.chdir(self.request.working_directory)
        self._home = Path.cwd()
        code = shipped_modules.install(self.request.modules, self._folder)
        begin_step()
        user_log.connect(self.request.log_folder, self.request.events_path)
        # Setup may read the pipeline's parameters; a step's new value of one of them is loaded over it, with the rest.
        parameters = [one for one in self.request.inputs if one.kind == "parameter" and not one.producer]
        load_inputs(parameters, self.request.step, self._namespace)
        missing = put_in_place(self.request)
        if missing is not None:
            return SessionReport(problems=[missing], seconds=_since(started))
        watch = self._watch = step_watch(self.request, self._folder)
        watch.on()
        problem = replay(self._shell, self.request.setup)
        watch.off()
        if problem is not None:
            return SessionReport(problems=[problem], seconds=_since(started))
        self._names.record_setup()
        self._guard.watch_setup()
        loaded = load_inputs(self.request.inputs, self.request.step, self._namespace, self._names.definitions)
        self._guard.watch(loaded)
        self._report = SessionReport(
            inputs=loaded.lines,
            problems=loaded.problems,
            # A damaged file may be whole when it is fetched again, a missing package stays missing.
            retryable=all(each.code == "KFP312" for each in loaded.problems),
            seconds=_since(started),
        )
        if self.request.has_later_steps:
            self._state = StateWatch(self.request.foreseen_state)
            self._background = BackgroundWatch(self._namespace)
        self._draws = DrawWatch(self.request.seeded)
        if code is not None:
            self._modules = ModuleBaseline(code, self.request.modules.watched)
        watch.on()
        return self._report

    def finish(self) -> SessionReport:
        """Save the outputs; problems are reported beside what could be saved."""
        started = time.perf_counter()
        files = self._watch.used() if self._watch is not None else UsedFiles()
        warnings = self._state.warnings(self.request.step) if self._state is not None else []
        warnings += self._background.warnings(self.request.step) if self._background is not None else []
        draws = self._draws.problems(self.request.step) if self._draws is not None else []
        warnings += self._draws.warnings(self.request.step) if self._draws is not None else []
        changed = self._changed_modules()
        # First, since the guard may load an input again, and what that does to the process is the value's choice.
        saved = pickle_outputs(self.request, self._names, record=self._guard.watching)
        changes = self._guard.check(record=bool(self.request.outputs))
        entangle(
            self.request,
            self._names,
            self._guard.pickled,
            saved,
            of_the_setup=self._guard.setup_names,
            transform=self._shell.transform_cell,
        )
        self._guard.pickled.clear()
        write_outputs(self.request, self._names, saved)
        problems = changed + draws + with_all_names(changes + saved.problems) + keep_files(self.request, self._home)
        return SessionReport(
            finished=True,
            inputs=self._report.inputs,
            outputs=saved.outputs,
            problems=[msgspec.structs.replace(each, message=spoken(each.message)) for each in problems],
            warnings=warnings,
            files=files,
            retryable=all(each.code == "KFP311" for each in problems),
            seconds=_since(started),
        )

    def _changed_modules(self) -> list[StepError]:
        if self._modules is None:
            return []
        return self._modules.problems(self.request.step, [each.name for each in self.request.outputs])


class _Current:
    """The session of this kernel, between its begin and its end."""

    session: KernelSession | None = None


def begin(request_path: str) -> None:
    """Begin the step that ``session.json`` describes, and write the report."""

    def run() -> SessionReport:
        _Current.session = KernelSession(read_request(Path(request_path)), _shell(), Path(request_path).parent)
        return _Current.session.begin()

    _report(Path(request_path), run)


def finish(request_path: str) -> None:
    """Finish the step that `begin` began, and write the report."""

    def run() -> SessionReport:
        if _Current.session is None:
            raise RuntimeError("finish without begin")
        try:
            return _Current.session.finish()
        finally:
            _Current.session = None

    _report(Path(request_path), run)


def _report(path: Path, run: Callable[[], SessionReport]) -> None:
    try:
        report = run()
    except Exception as error:  # noqa: BLE001  a fault of ours must reach the report, not the user's notebook
        report = SessionReport(problems=[_internal(error)], retryable=isinstance(error, OSError))
    write_report(path, report)


def _internal(error: Exception) -> StepError:
    readable = isinstance(error, OSError | msgspec.MsgspecError)
    return StepError(
        code="KFP319",
        message=f"the step's session failed: {type(error).__name__}: {error}",
        exception=type(error).__name__,
        traceback="" if readable else "".join(traceback.format_exception(error)),
        hint="" if readable else "this is a fault of jupyter_kfp; please report it with the traceback",
    )


def _shell() -> Any:
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        raise RuntimeError("there is no IPython kernel here")
    return shell


def _file_labels(request: SessionRequest, shell: Any) -> dict[str, str]:
    labels = {cell_file(shell, cell): f"cell {cell.number} of step {request.step}" for cell in request.cells}
    return labels | {cell_file(shell, cell): f"setup cell {cell.number}" for cell in request.setup}


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 6)
