"""Drives an active run: reads wishes and reports, writes events, launches attempts. It decides nothing itself."""

from __future__ import annotations

import logging
import os
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from jupyter_kfp.artifacts.artifact_store import ArtifactStore
from jupyter_kfp.engine.active_run import ActiveRun
from jupyter_kfp.engine.decision import Decision
from jupyter_kfp.engine.event_log import EventLog
from jupyter_kfp.engine.file_conflicts import FileConflicts, TaskFiles, order_hint
from jupyter_kfp.engine.input_resolution import ResolvedInputs
from jupyter_kfp.engine.machine_slots import MachineSlots
from jupyter_kfp.engine.plan import no_outputs_to_reuse
from jupyter_kfp.engine.secret_parts import SecretParts
from jupyter_kfp.engine.stored_run import load_active_run
from jupyter_kfp.engine.task_cache import TaskCache
from jupyter_kfp.engine.task_node import TaskNode
from jupyter_kfp.engine.task_preparation import PreparedTask, TaskPreparation, condition_holds
from jupyter_kfp.engine.task_reports import TaskReports
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.task_executor import TaskAttempt, TaskEnded, TaskExecutor, TaskLaunch, TaskReport
from jupyter_kfp.ids import RunId, TaskPath
from jupyter_kfp.metadata.metadata_store import MetadataStore
from jupyter_kfp.runs.events import NoteAdded, RunEvent, TaskMoved
from jupyter_kfp.runs.run import RunError
from jupyter_kfp.runs.states import Reason, RuntimeState
from jupyter_kfp.settings import default_parallelism
from jupyter_kfp.spec.used_files import UsedFiles
from jupyter_kfp.spec.worker_events import FilesUsed

REQUEST_POLL_SECONDS = 0.2
"""How long a wish such as cancel may wait before it is read."""
SLOT_POLL_SECONDS = 0.05
"""How often a run that waits for other runs looks whether one of their tasks has ended."""
CONFLICT = "KFP411"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """What the loop needs to know beside the run; a test gives a clock of its own."""

    max_parallel_tasks: int = 1
    grace_seconds: float = 10.0
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    slots_folder: str = ""
    """Where the slots of the machine are; empty: this run is alone."""
    max_machine_tasks: int | None = None
    """Of all runs together. None: the number of CPUs, or what this run may have, if that is more."""
    runs_folder: str = ""
    """Absolute; a run that shares a workspace has it there."""
    home: Path | None = None
    """Where the key is that digests of secrets are made with; None: secrets do not count for the cache."""


class RunLoop:
    """One run, from where its log stands to its end."""

    def __init__(
        self,
        run_id: RunId,
        store: MetadataStore,
        artifacts: ArtifactStore,
        open_executor: Callable[[], TaskExecutor] | None,
        settings: LoopSettings | None = None,
    ) -> None:
        """`open_executor` is called when the first attempt is to be launched: a run that is all cached needs none.

        None: the loop goes as far as the cache reaches, and stops where something has to be launched.
        """
        self._run_id = run_id
        self._store = store
        self._settings = settings or LoopSettings()
        self._now = self._settings.now
        self._open_executor = open_executor
        self._executor: TaskExecutor | None = None
        stored = load_active_run(store, run_id, max_parallel_tasks=self._settings.max_parallel_tasks)
        self._active = stored.active
        self._options = stored.created.options
        self._log = EventLog(store, stored.active, stored.last_seq)
        home = self._settings.home
        secrets = SecretParts(self._options.secrets_file, home, os.environ) if home else None
        self._cache = TaskCache(store, artifacts, stored.active.graph.pipeline, self._options, secrets)
        self._reports = TaskReports()
        self._preparation = TaskPreparation(stored.active, stored.created, self._cache, self._settings.runs_folder)
        self._prepared: dict[TaskPath, PreparedTask] = {}
        self._to_remember: list[TaskMoved] = []
        self._files: dict[TaskPath, UsedFiles] = {}
        self._started: dict[TaskPath, float] = {}
        self._conflicts = FileConflicts(stored.active.graph, self._options.working_directory)
        self._machine: MachineSlots | None = None
        if self._settings.slots_folder and open_executor is not None:
            own = self._options.max_parallel_tasks or self._settings.max_parallel_tasks
            limit = self._settings.max_machine_tasks or max(default_parallelism(), own)
            self._machine = MachineSlots(Path(self._settings.slots_folder), run_id, limit)
        self._obeyed = 0
        self._asked_at = 0.0
        self._stopping = False

    @property
    def active(self) -> ActiveRun:
        """The state of the run, for reading."""
        return self._active

    def stop(self) -> None:
        """Leave the run as it is, to be resumed later; may be called from a signal handler."""
        self._stopping = True

    def run(self) -> RuntimeState:
        """Carry the run to its end, or to a stop; returns its state.

        Faults of our own end the run as FAILED, with an error number that also stands in the log of its process.
        Raises `KfpError` KFP411 if another process has taken the run over, and whatever the store raises when it can
        no longer write: then the run is left to `reconcile`.
        """
        try:
            self._take_over()
            wake_at = self._work()
            while not (self._active.finished or self._stopping):
                self._wait(wake_at)
                self._obey_requests()
                wake_at = self._work()
            self._log.flush(self._now())
        except KfpError as error:
            if error.code == CONFLICT:
                raise
            self._fail(RunError(code=error.code, message=error.message, hint=error.hint or ""))
        except Exception as error:  # noqa: BLE001 - whatever it is, the run must not stay RUNNING
            number = uuid.uuid4().hex[:8]
            _log.exception("error %s in run %s", number, self._run_id)
            message = f"internal error {number}: {type(error).__name__}: {error}"
            self._fail(RunError(code="KFP309", message=message, hint="process.log in the run's folder has more"))
        finally:
            if self._executor is not None:
                self._executor.close()
            if self._machine is not None:
                self._machine.close()
        return self._active.state

    # --- what the state machine asks for

    def _work(self) -> float | None:
        """Do what is to be done now; returns when to ask again although nothing happens."""
        while decision := self._active.decide(self._now(), self._free_slots()):
            self._log.add(decision.events)
            for path in decision.reuse:
                self._reuse(self._active.graph.nodes[path])
            if decision.prepare:
                self._prepare([self._active.graph.nodes[path] for path in decision.prepare])
            if decision.launch and self._open_executor is None:
                self._stopping = True
                break
            self._launch_and_terminate(decision)
        self._log.flush_if_due(self._now())
        self._remember()
        return decision.wake_at

    def _free_slots(self) -> int | None:
        """Slots of the machine for new attempts; None: as many as the run may have."""
        if self._machine is None:
            return None
        running = self._active.running
        self._machine.keep(running)
        self._machine.take(self._active.wanted_launches + running - self._machine.held)
        return self._machine.held - running

    def _remember(self) -> None:
        entries = []
        for moved in self._to_remember:
            node = self._active.graph.nodes[moved.path]
            # An adopted attempt was prepared by the process before this one.
            prepared = self._prepared.pop(moved.path, None) or self._preparation.prepare(node)
            files = self._files.pop(moved.path, UsedFiles())
            entries.append(self._cache.entry(node, prepared.answer, self._run_id, moved, files))
        self._to_remember = []
        if entries:
            self._cache.remember(entries)

    def _reuse(self, node: TaskNode) -> None:
        entry = self._cache.newest_outputs(node)
        if entry is not None:
            self._log.add(self._cache.events_of_hit(node, entry, Reason.REUSED, self._now()))
        else:
            error = _run_error(no_outputs_to_reuse(node), node)
            self._log.add(self._active.fail(node.path, error, self._now()))

    def _prepare(self, nodes: Iterable[TaskNode]) -> None:
        """Start, skip or fail what needs no executor; take from the cache what it has; the rest waits for a slot."""
        ready: list[tuple[TaskNode, ResolvedInputs]] = []
        for node in nodes:
            try:
                inputs = self._inputs_of_leaf(node)
            except KfpError as error:
                self._log.add(self._active.fail(node.path, _run_error(error, node), self._now()))
                continue
            if inputs is not None:
                ready.append((node, inputs))
        for node, prepared in self._looked_up(ready):
            now = self._now()
            if prepared.answer.entry is None:
                self._prepared[node.path] = prepared
                self._active.prepared(node.path)
            else:
                entry, inputs = prepared.answer.entry, prepared.inputs
                self._log.add(self._cache.events_of_hit(node, entry, Reason.CACHED, now, inputs))
                self._conflicts.note(TaskFiles(node, prepared.answer.entry.files, started=now, ended=now, ran=False))

    def _looked_up(self, tasks: list[tuple[TaskNode, ResolvedInputs]]) -> Iterable[tuple[TaskNode, PreparedTask]]:
        try:
            yield from zip([node for node, _ in tasks], self._preparation.look_up(tasks), strict=True)
        except KfpError as error:
            if len(tasks) == 1:
                node = tasks[0][0]
                self._log.add(self._active.fail(node.path, _run_error(error, node), self._now()))
                return
            for task in tasks:
                yield from self._looked_up([task])

    def _inputs_of_leaf(self, node: TaskNode) -> ResolvedInputs | None:
        """Inputs of a leaf that is to run; a task that is skipped, or that has parts, is moved here."""
        now = self._now()
        inputs = self._preparation.inputs(node)
        if not condition_holds(node, inputs):
            detail = f"condition is false: {node.template.condition}"
            self._log.add(self._active.skip(node.path, Reason.CONDITION_FALSE, now, detail))
            return None
        if not node.is_leaf:
            self._log.add(self._active.start(node.path, inputs, self._preparation.job(node), now))
            return None
        return inputs

    def _launch_and_terminate(self, decision: Decision) -> None:
        launches = [launch for path in decision.launch for launch in self._running(self._active.graph.nodes[path])]
        if launches or decision.terminate:
            self._log.flush(self._now())  # what is launched must be in the log before it exists
        for launch in launches:
            try:
                self._opened_executor().launch(launch)
            except KfpError as error:
                node = self._active.graph.nodes[launch.attempt.path]
                end = TaskEnded(
                    succeeded=False, reason=Reason.NOT_STARTED, error=_run_error(error, node), retryable=False
                )
                self._log.add(self._active.ended(launch.attempt, end, self._now()))
        for attempt in decision.terminate:
            self._opened_executor().terminate(attempt, grace_seconds=self._settings.grace_seconds)

    def _running(self, node: TaskNode) -> list[TaskLaunch]:
        """Move a task to RUNNING, and say how it is to be launched; nothing if that cannot even be said."""
        prepared = self._prepared[node.path]
        number = self._active.tasks[node.path].attempt + 1
        try:
            launch = self._preparation.launch(node, prepared, number)
        except KfpError as error:
            self._log.add(self._active.fail(node.path, _run_error(error, node), self._now()))
            return []
        self._started[node.path] = self._now()
        self._files.pop(node.path, None)  # of an attempt that failed at its end
        moved = TaskMoved(
            at=self._now(),
            path=node.path,
            state=RuntimeState.RUNNING,
            attempt=number,
            detail=prepared.answer.why if number == 1 else f"attempt {number}",
            inputs=prepared.inputs.artifacts,
            input_parameters=prepared.inputs.parameters,
        )
        self._log.add([moved])
        return [launch]

    def _opened_executor(self) -> TaskExecutor:
        if self._executor is None:
            assert self._open_executor is not None, "a loop without an executor stops before it needs one"
            self._executor = self._open_executor()
        return self._executor

    # --- news

    def _wait(self, wake_at: float | None) -> None:
        now = self._now()
        times = [now + REQUEST_POLL_SECONDS, wake_at, self._log.due_at()]
        if self._machine is not None and self._machine.waits:
            times.append(now + SLOT_POLL_SECONDS)
        timeout = max(min(at for at in times if at is not None) - now, 0.0)
        if self._executor is None:
            self._settings.sleep(timeout)
            return
        for report in self._executor.check(timeout):
            self._take(report)

    def _take(self, report: TaskReport) -> None:
        now = self._now()
        self._log.add(self._reports.events(report, now))
        for event in report.events:
            if isinstance(event, FilesUsed):
                self._files[report.attempt.path] = event.files
        if report.ended is None:
            return
        moves = self._active.ended(report.attempt, self._with_conflicts(report.attempt, report.ended, now), now)
        self._log.add(moves)
        self._to_remember += [
            move
            for move in moves
            if isinstance(move, TaskMoved) and move.state is RuntimeState.SUCCEEDED and report.ended.cacheable
        ]

    def _with_conflicts(self, attempt: TaskAttempt, ended: TaskEnded, now: float) -> TaskEnded:
        """The end of an attempt, with what other steps did to the files that it used."""
        node = self._active.graph.nodes[attempt.path]
        if ended.succeeded:
            files = self._files.get(attempt.path, UsedFiles())
            used = TaskFiles(node, files, started=self._started.get(attempt.path, now), ended=now, ran=True)
            error = self._conflicts.add(used)
            if error is None:
                self._warn_of_files(used, now)
                return ended
            return msgspec.structs.replace(
                ended, succeeded=False, reason=Reason.UNORDERED_FILES, error=error, retryable=False
            )
        missing = ended.error.details.get("missing_file") if ended.error else None
        writer = self._conflicts.missed(missing, node) if missing else None
        if ended.error is None or writer is None:
            return ended
        hint = f'step "{writer.name}" writes this file: {order_hint([(writer, node)])}'
        return msgspec.structs.replace(ended, error=msgspec.structs.replace(ended.error, hint=hint))

    def _warn_of_files(self, used: TaskFiles, now: float) -> None:
        for path, warning in self._conflicts.warnings(used):
            text = f"{warning.code}: {warning.message}"
            self._log.add([NoteAdded(at=now, text=text, path=path, warning=warning)])

    def _obey_requests(self) -> None:
        now = self._now()
        if now < self._asked_at + REQUEST_POLL_SECONDS:
            return
        self._asked_at = now
        requests = self._store.pending_requests(self._run_id)
        for kind in requests[self._obeyed :]:
            obey: Callable[[float], list[RunEvent]] = getattr(self._active, kind)
            self._log.add(obey(now))
        self._obeyed = len(requests)

    # --- beginnings and ends

    def _take_over(self) -> None:
        """Adopt what the process before this one left running, or close it so that it runs again."""
        self._obey_requests()
        for node in self._active.graph.nodes.values():
            if node.payload is not None and self._active.tasks[node.path].state is RuntimeState.SUCCEEDED:
                self._recall_files(node)
        for attempt in self._active.in_flight:
            name = self._active.graph.nodes[attempt.path].name
            if self._opened_executor().adopt(attempt):
                text = f"attempt {attempt.attempt} of {name} went on without the run's process"
                self._log.add([NoteAdded(at=self._now(), text=text, path=attempt.path)])
                if self._active.tasks[attempt.path].state is RuntimeState.CANCELING:
                    self._opened_executor().terminate(attempt, grace_seconds=self._settings.grace_seconds)
            else:
                self._log.add(self._active.lost(attempt, self._now()))

    def _recall_files(self, node: TaskNode) -> None:
        """Note what a task used that ended before this process took over."""
        try:
            entry = self._cache.entry_of(node, self._preparation.inputs(node))
        except KfpError:  # reused without its inputs, so that nobody looked at its files either
            return
        if entry is not None:
            ended, ran = entry.created_at, entry.run_id == self._run_id
            self._conflicts.note(TaskFiles(node, entry.files, started=ended, ended=ended, ran=ran))

    def _fail(self, error: RunError) -> None:
        in_flight = self._active.in_flight
        self._log.add(self._active.abort(Reason.RUN_PROCESS_DIED, error, self._now()))
        for attempt in in_flight if self._executor else ():
            self._opened_executor().terminate(attempt, grace_seconds=0)
        self._log.flush(self._now())


def _run_error(error: KfpError, node: TaskNode) -> RunError:
    return RunError(code=error.code, message=error.message, step=node.name, hint=error.hint or "")
