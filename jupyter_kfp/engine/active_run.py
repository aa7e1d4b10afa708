"""The state machine of a run: no clock, no store, no executor.

Its state changes in one way only: `apply` takes an event of the run. Everything else proposes events, or says what is
to be done, and leaves it to `run_loop` to write them down first. Hence a run that is rebuilt from its log is the run
that wrote it, at every point.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_kfp.engine.composites import LoopItems, item_inputs
from jupyter_kfp.engine.decision import Decision
from jupyter_kfp.engine.input_resolution import ResolvedInputs
from jupyter_kfp.engine.restarts import to_do_again
from jupyter_kfp.engine.retries import what_happened
from jupyter_kfp.engine.scope import Scope, differ
from jupyter_kfp.engine.selection import Selection
from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_queue import TaskQueue
from jupyter_kfp.engine.task_status import IN_FLIGHT, TaskStatus
from jupyter_kfp.engine.tree_moves import ending, restarted, started, starting, stopping, with_skipped_parts
from jupyter_kfp.executors.task_executor import TaskAttempt, TaskEnded
from jupyter_kfp.ids import RunId, TaskPath
from jupyter_kfp.runs.events import IterationsFound, NoteAdded, RunCreated, RunEvent, RunMoved, StoredEvent, TaskMoved
from jupyter_kfp.runs.run import RunError, RunOptions
from jupyter_kfp.runs.states import ALLOWED_RUN_MOVES, FINISHED, Reason, RuntimeState
from jupyter_kfp.spec.pipeline_job import PipelineJob

_S = RuntimeState


class ActiveRun:
    """A run from its creation to its end. All times are arguments, in seconds since the epoch."""

    def __init__(
        self,
        run_id: RunId,
        graph: TaskGraph,
        options: RunOptions | None = None,
        *,
        max_parallel_tasks: int = 1,
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        options = options or RunOptions()
        self.run_id = run_id
        self.graph = graph.copy()
        """Grows when the items of a loop are found."""
        self.state = RuntimeState.PENDING
        self.parameters = dict(parameters or {})
        """Of the run; a retry may give others."""
        self.resumptions = 0
        """How often its process died since a task last ended."""
        self._slots = max(options.max_parallel_tasks or max_parallel_tasks, 1)
        self._selection = Selection(graph, options)
        self._tasks = {path: TaskStatus(path) for path in self.graph.nodes}
        self._items: dict[TaskPath, LoopItems] = {}
        self._errors: dict[TaskPath, RunError | None] = {}  # of leaves that failed, oldest first
        self._started_at: float | None = None
        self._timed_out = False
        self._swept = False
        self._built_queue: TaskQueue | None = None

    @classmethod
    def from_events(
        cls, run_id: RunId, graph: TaskGraph, events: Iterable[StoredEvent], *, max_parallel_tasks: int = 1
    ) -> ActiveRun:
        """Rebuild a run from its log, whose first event is `RunCreated`."""
        stored = iter(events)
        created = next(stored).event
        assert isinstance(created, RunCreated)
        run = cls(run_id, graph, created.options, max_parallel_tasks=max_parallel_tasks, parameters=created.parameters)
        for item in stored:
            run.apply(item.event)
        return run

    @property
    def tasks(self) -> Mapping[TaskPath, TaskStatus]:
        """All tasks, for reading."""
        return self._tasks

    @property
    def scope(self) -> Scope:
        """What inputs of tasks are made of."""
        return Scope(self.graph, self.parameters, self._tasks)

    @property
    def finished(self) -> bool:
        """Whether the run has ended."""
        return self.state in FINISHED

    @property
    def in_flight(self) -> list[TaskAttempt]:
        """Attempts that are launched and not known to have ended."""
        return [self._attempt(path) for path in self._queue.launched()]

    @property
    def running(self) -> int:
        """Number of attempts in flight."""
        return len(self._queue.in_flight)

    @property
    def wanted_launches(self) -> int:
        """How many tasks, at most, wait for nothing but a slot, and may have one as far as this run is concerned."""
        if self.state is not _S.RUNNING:
            return 0
        return min(self._queue.waiting_for_slot, max(self._slots - len(self._queue.in_flight), 0))

    @property
    def _queue(self) -> TaskQueue:
        """Made at first use, and again after tasks were started anew."""
        if self._built_queue is None:
            self._built_queue = TaskQueue(self.graph, self._selection)
            for path in self.graph.nodes:
                status = self._tasks[path]
                if status.state is not _S.PENDING or status.not_before:
                    self._built_queue.moved(status)
        return self._built_queue

    # --- the one way in which the state changes

    def apply(self, event: RunEvent) -> None:
        """Take over an event that is (about to be) written."""
        if isinstance(event, TaskMoved):
            self._apply_task_moved(event)
        elif isinstance(event, RunMoved):
            self._apply_run_moved(event)
        elif isinstance(event, IterationsFound):
            self._apply_iterations(event)
        elif isinstance(event, NoteAdded) and event.reason is Reason.RUN_PROCESS_DIED and event.path is None:
            self.resumptions += 1

    def _apply_task_moved(self, event: TaskMoved) -> None:
        status = self._tasks[event.path]
        node = self.graph.nodes[event.path]
        if status.finished and event.state is _S.PENDING:
            status.restart()
            self._errors.pop(event.path, None)
            self._built_queue = None
            return
        status.move(event)
        if status.state is _S.PENDING:
            status.not_before = event.at + node.retry.delay(status.failures) if event.reason is Reason.RETRYING else 0.0
        if not node.is_leaf:
            self._apply_parts(status, event)
        elif status.state is _S.FAILED:
            self._errors[event.path] = event.error
        if status.finished:
            self.resumptions = 0
        if self._built_queue is not None:
            self._built_queue.moved(status)

    def _apply_parts(self, status: TaskStatus, event: TaskMoved) -> None:
        if event.state is _S.RUNNING:
            status.see(event)
        elif event.state is _S.PENDING:
            self._built_queue = None
        elif event.state is _S.FAILED and event.reason is Reason.INPUT_ERROR:
            self._errors[event.path] = event.error

    def _apply_run_moved(self, event: RunMoved) -> None:
        allowed = event.state in ALLOWED_RUN_MOVES[self.state]
        assert allowed, f"{self.state} -> {event.state} is no move of a run"
        if event.state is _S.RUNNING and self.state is not _S.PAUSED:
            self._started_at = event.at
            self._timed_out = False
            self.resumptions = 0 if self.state in FINISHED else self.resumptions
        if event.state is _S.CANCELING:
            self._timed_out = event.reason is Reason.TIMED_OUT
            self._swept = False
        if event.parameters is not None:
            self.parameters = event.parameters
        self.state = event.state

    def _apply_iterations(self, event: IterationsFound) -> None:
        attempts = {path: self._tasks.pop(path).attempt for path in self.graph.collapse(event.path)}
        self._items[event.path] = items = LoopItems(event.items, event.artifacts)
        found = self.graph.expand(event.path, len(items))
        for path in found:
            self._tasks[path] = TaskStatus(path, attempt=attempts.get(path, 0))
        if attempts:
            self._errors = {path: error for path, error in self._errors.items() if path in self._tasks}
            self._built_queue = None
        elif self._built_queue is not None:
            self._built_queue.add(found)

    # --- what is to be done

    def decide(self, now: float, launches: int | None = None) -> Decision:
        """Say what is to be done; ask until there is nothing, then wait for news or until `wake_at`.

        At most so many `launches`, if the machine has no more slots.
        """
        if self.state in FINISHED:
            return Decision()
        if self.state is _S.PENDING:
            return Decision(events=[RunMoved(at=now, state=_S.RUNNING)])
        if self.state is _S.CANCELING:
            return self._decide_canceling(now)
        deadline = self._deadline()
        if deadline is not None and now >= deadline and self._queue.unfinished:
            return Decision(events=[RunMoved(at=now, state=_S.CANCELING, reason=Reason.TIMED_OUT)])
        decision = Decision(events=[*self._skips(now), *self._ends_of_parts(now)])
        if self.state is _S.RUNNING and not decision.events:
            decision.events.extend(self._iterations(now))
        if not decision.events and self._queue.unfinished == 0:
            decision.events = list(self._ending(now))
        if self.state is _S.RUNNING:
            decision.reuse = self._queue.take_reusable()
            decision.prepare = self._queue.take_ready(now)
            free = self._slots - len(self._queue.in_flight)
            decision.launch = self._queue.take_prepared(free if launches is None else min(free, launches))
            decision.wake_at = self._queue.next_wake()
        if deadline is not None:
            decision.wake_at = min(deadline, decision.wake_at) if decision.wake_at is not None else deadline
        return decision

    def prepared(self, path: TaskPath) -> None:
        """Say that inputs are resolved and the cache has nothing: a free slot is all that the task still needs."""
        self._queue.prepared(path)

    def start(self, path: TaskPath, inputs: ResolvedInputs, job: PipelineJob, now: float) -> list[RunEvent]:
        """A task with parts, whose condition holds, starts with these inputs. Raises what `starting` raises."""
        return starting(self.graph, self._tasks[path], inputs, self._items.get(path), (now, job))

    def skip(self, path: TaskPath, reason: Reason, now: float, detail: str = "") -> list[TaskMoved]:
        """A task that has not started is skipped, and with it all its parts."""
        move = TaskMoved(at=now, path=path, state=_S.SKIPPED, reason=reason, detail=detail)
        return list(with_skipped_parts(self.graph, self._tasks, move, reason))

    def fail(self, path: TaskPath, error: RunError, now: float) -> list[TaskMoved]:
        """A task cannot start because of its inputs; none of its parts runs."""
        move = TaskMoved(at=now, path=path, state=_S.FAILED, reason=Reason.INPUT_ERROR, error=error)
        return list(with_skipped_parts(self.graph, self._tasks, move, Reason.UPSTREAM_FAILED))

    def _deadline(self) -> float | None:
        seconds = self.graph.deadline_seconds
        return self._started_at + seconds if seconds and self._started_at is not None else None

    def _decide_canceling(self, now: float) -> Decision:
        decision = Decision()
        reason = Reason.TIMED_OUT if self._timed_out else Reason.RUN_CANCELED
        if not self._swept:
            self._swept = True
            decision.terminate = self.in_flight
            decision.events.extend(stopping(self._tasks.values(), reason, now))
            if decision.events:
                return decision
        decision.events += self._ends_of_parts(now)
        if self._queue.unfinished == 0:
            decision.events += self._ending_canceled(now)
        return decision

    def _ending_canceled(self, now: float) -> Iterable[RunMoved]:
        if all(status.ended_well for status in self._tasks.values()):
            yield RunMoved(at=now, state=_S.SUCCEEDED)
        elif self._timed_out:
            error = RunError(
                code="KFP308",
                message=f"the run took longer than its timeout of {self.graph.deadline_seconds or 0:g} s",
                hint="raise activeDeadlineSeconds of the pipeline, or retry the run: what succeeded is kept",
            )
            yield RunMoved(at=now, state=_S.FAILED, reason=Reason.TIMED_OUT, error=error)
        else:
            yield RunMoved(at=now, state=_S.CANCELED)

    def _skips(self, now: float) -> Iterable[TaskMoved]:
        for path in self._queue.take_left_out():
            yield TaskMoved(at=now, path=path, state=_S.SKIPPED, reason=Reason.NOT_SELECTED)
        for path, cause in self._queue.take_doomed():
            name, status = self.graph.nodes[cause].name, self._tasks[cause]
            by_condition = status.ended_well
            verb = "failed" if status.state is _S.FAILED else "was skipped" if by_condition else "did not run"
            reason = Reason.UPSTREAM_SKIPPED if by_condition else Reason.UPSTREAM_FAILED
            yield from self.skip(path, reason, now, f"{name} {verb}")

    def _ends_of_parts(self, now: float) -> Iterable[RunEvent]:
        for path in self._queue.take_complete():
            yield from ending(self.graph, self._tasks, self._tasks[path], now)

    def _iterations(self, now: float) -> Iterable[TaskMoved]:
        for path in self._queue.take_iterations():
            node = self.graph.nodes[path]
            assert node.parent is not None, f"{path} has no loop"
            inputs = item_inputs(node, self.graph.nodes[node.parent], self._items[node.parent])
            yield started(self._tasks[path], inputs, now)

    def _ending(self, now: float) -> Iterable[RunMoved]:
        if self.state is _S.PAUSED:  # nothing is left that could be held up
            yield RunMoved(at=now, state=_S.RUNNING)
        if any(self._tasks[path].state is _S.FAILED for path in self.graph.roots):
            first = next((error for error in self._errors.values() if error is not None), None)
            yield RunMoved(at=now, state=_S.FAILED, reason=Reason.TASK_FAILED, error=first)
        else:
            yield RunMoved(at=now, state=_S.SUCCEEDED)

    # --- news, as events to be written and applied

    def ended(self, attempt: TaskAttempt, end: TaskEnded, now: float) -> list[RunEvent]:
        """Turn the end of an attempt into moves; news of an attempt that is not in flight says nothing."""
        status = self._tasks.get(attempt.path)
        if status is None or status.state not in IN_FLIGHT or status.attempt != attempt.attempt:
            return []
        state, reason, detail = self._after_end(status, end)
        return [
            TaskMoved(
                at=now,
                path=attempt.path,
                state=state,
                attempt=attempt.attempt,
                reason=reason,
                detail=detail,
                error=None if state in (_S.SUCCEEDED, _S.CANCELED) else end.error,
                outputs={} if state is _S.PENDING else end.outputs,
                artifacts={} if state is _S.PENDING else end.artifacts,
            )
        ]

    def _after_end(self, status: TaskStatus, end: TaskEnded) -> tuple[RuntimeState, Reason | None, str]:
        if end.succeeded:
            return _S.SUCCEEDED, end.reason, ""
        if status.state is _S.CANCELING:
            return _S.CANCELED, Reason.TIMED_OUT if self._timed_out else Reason.RUN_CANCELED, ""
        retry = self.graph.nodes[status.path].retry
        if not end.retryable or status.failures >= retry.max_retries:
            return _S.FAILED, end.reason, ""
        seconds = retry.delay(status.failures + 1)
        why = what_happened(end.error) if end.error else f"attempt {status.attempt} failed"
        detail = f"{why}; retry {status.failures + 1} of {retry.max_retries} in {seconds:g} s"
        return _S.PENDING, Reason.RETRYING, detail

    def lost(self, attempt: TaskAttempt, now: float) -> list[RunEvent]:
        """Close an attempt that nobody can follow any more; it does not count against the retries."""
        status = self._tasks[attempt.path]
        if status.state is _S.CANCELING:
            state, reason, detail = _S.CANCELED, Reason.RUN_CANCELED, ""
        else:
            state, reason = _S.PENDING, Reason.RUN_PROCESS_DIED
            detail = f"attempt {attempt.attempt} was lost with the run's process"
        return [
            TaskMoved(at=now, path=attempt.path, state=state, attempt=attempt.attempt, reason=reason, detail=detail)
        ]

    def cancel(self, now: float) -> list[RunEvent]:
        """Ask the run to stop."""
        if self.state is _S.PENDING:
            return [RunMoved(at=now, state=_S.RUNNING), RunMoved(at=now, state=_S.CANCELING)]
        return [RunMoved(at=now, state=_S.CANCELING)] if self.state in (_S.RUNNING, _S.PAUSED) else []

    def retry(self, now: float, parameters: Mapping[str, Any] | None = None) -> list[RunEvent]:
        """Start a failed or canceled run again: what did not succeed is to be done once more, as new attempts.

        With other parameters of the run (all of them), also what reads one that changed, and what waits for that.
        """
        if self.state not in (_S.FAILED, _S.CANCELED):
            return []
        given = dict(parameters) if parameters is not None else self.parameters
        changed = {key for key in given.keys() | self.parameters.keys() if differ(given, self.parameters, key)}
        again = to_do_again(self.graph, self._tasks, changed=changed)
        return [
            RunMoved(at=now, state=_S.RUNNING, parameters=given if changed else None),
            *(restarted(self._tasks[path], now) for path in again),
        ]

    def pause(self, now: float) -> list[RunEvent]:
        """Let what runs go on, and start nothing new."""
        return [RunMoved(at=now, state=_S.PAUSED)] if self.state is _S.RUNNING else []

    def resume(self, now: float) -> list[RunEvent]:
        """End a pause."""
        return [RunMoved(at=now, state=_S.RUNNING)] if self.state is _S.PAUSED else []

    def abort(self, reason: Reason, error: RunError, now: float) -> list[RunEvent]:
        """End the run at once, because it cannot go on: what is in flight failed, what waits is skipped."""
        if self.state in FINISHED:
            return []
        events: list[RunEvent] = []
        for status in reversed(self._tasks.values()):  # parts before what they are a part of
            if status.state in IN_FLIGHT:
                is_leaf = self.graph.nodes[status.path].is_leaf
                moved = TaskMoved(
                    at=now,
                    path=status.path,
                    state=_S.FAILED,
                    attempt=status.attempt,
                    reason=reason,
                    error=error if is_leaf else None,
                )
                events.append(moved)
            elif not status.finished:
                events.append(TaskMoved(at=now, path=status.path, state=_S.SKIPPED, reason=reason))
        return [*events, RunMoved(at=now, state=_S.FAILED, reason=reason, error=error)]

    def _attempt(self, path: TaskPath) -> TaskAttempt:
        return TaskAttempt(self.run_id, path, self._tasks[path].attempt)
