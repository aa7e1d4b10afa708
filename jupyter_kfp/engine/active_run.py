"""The state machine of a run: no clock, no store, no executor.

Its state changes in one way only: `apply` takes an event of the run. Everything else proposes events, or says what is
to be done, and leaves it to `run_loop` to write them down first. Hence a run that is rebuilt from its log is the run
that wrote it, at every point.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jupyter_kfp.engine.selection import select_tasks
from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_queue import TaskQueue
from jupyter_kfp.engine.task_status import IN_FLIGHT, TaskStatus
from jupyter_kfp.executors.task_executor import TaskAttempt, TaskEnded
from jupyter_kfp.ids import RunId, TaskPath
from jupyter_kfp.runs.events import NoteAdded, RunCreated, RunEvent, RunMoved, StoredEvent, TaskMoved
from jupyter_kfp.runs.run import RunError, RunOptions
from jupyter_kfp.runs.states import ALLOWED_RUN_MOVES, FINISHED, Reason, RuntimeState

_S = RuntimeState
_PLACE = re.compile(r'^step ".*?"(, cell \d+)?(, line \d+)?: ')


@dataclass(slots=True)
class Decision:
    """What is to be done now. A path in `reuse`, `prepare` or `launch` is handed out once and wants an answer."""

    events: list[RunEvent] = field(default_factory=list)
    """To be written and applied as they are."""
    reuse: list[TaskPath] = field(default_factory=list)
    """Take the outputs of an earlier run. Answer: a move to SUCCEEDED or FAILED."""
    prepare: list[TaskPath] = field(default_factory=list)
    """Resolve the inputs and ask the cache. Answer: a move to SUCCEEDED or FAILED, or `ActiveRun.prepared`."""
    launch: list[TaskPath] = field(default_factory=list)
    """Start an attempt. Answer: a move to RUNNING, written before the launch."""
    terminate: list[TaskAttempt] = field(default_factory=list)
    wake_at: float | None = None
    """When to ask again although nothing happened: the end of the next back-off."""

    def __bool__(self) -> bool:
        """Whether there is something to do."""
        return bool(self.events or self.reuse or self.prepare or self.launch or self.terminate)


class ActiveRun:
    """A run from its creation to its end. All times are arguments, in seconds since the epoch."""

    def __init__(
        self, run_id: RunId, graph: TaskGraph, options: RunOptions | None = None, *, max_parallel_tasks: int = 1
    ) -> None:
        options = options or RunOptions()
        self.run_id = run_id
        self.graph = graph
        self.state = RuntimeState.PENDING
        self.resumptions = 0
        """How often its process died since a task last ended."""
        self._slots = max(options.max_parallel_tasks or max_parallel_tasks, 1)
        self._choices = select_tasks(graph, options)
        self._tasks = {path: TaskStatus(path) for path in graph.nodes}
        self._first_error: RunError | None = None
        self._failed = False
        self._built_queue: TaskQueue | None = None

    @classmethod
    def from_events(
        cls, run_id: RunId, graph: TaskGraph, events: Iterable[StoredEvent], *, max_parallel_tasks: int = 1
    ) -> ActiveRun:
        """Rebuild a run from its log, whose first event is `RunCreated`."""
        stored = iter(events)
        created = next(stored).event
        assert isinstance(created, RunCreated)
        run = cls(run_id, graph, created.options, max_parallel_tasks=max_parallel_tasks)
        for item in stored:
            run.apply(item.event)
        return run

    @property
    def tasks(self) -> Mapping[TaskPath, TaskStatus]:
        """All tasks, for reading."""
        return self._tasks

    @property
    def finished(self) -> bool:
        """Whether the run has ended."""
        return self.state in FINISHED

    @property
    def in_flight(self) -> list[TaskAttempt]:
        """Attempts that are launched and not known to have ended."""
        return [self._attempt(path) for path in self._queue.in_flight]

    @property
    def _queue(self) -> TaskQueue:
        """Made at first use, and again after tasks were started anew."""
        if self._built_queue is None:
            self._built_queue = TaskQueue(self.graph, self._choices)
            for status in self._tasks.values():
                if status.state is not _S.PENDING:
                    self._built_queue.moved(status)
        return self._built_queue

    # --- the one way in which the state changes

    def apply(self, event: RunEvent) -> None:
        """Take over an event that is (about to be) written."""
        if isinstance(event, TaskMoved):
            self._apply_task_moved(event)
        elif isinstance(event, RunMoved):
            self._apply_run_moved(event)
        elif isinstance(event, NoteAdded) and event.reason is Reason.RUN_PROCESS_DIED and event.path is None:
            self.resumptions += 1

    def _apply_task_moved(self, event: TaskMoved) -> None:
        status = self._tasks[event.path]
        if status.finished and event.state is _S.PENDING:
            status.restart()
            self._built_queue = None
            return
        queue = self._queue
        status.move(event)
        if status.state is _S.PENDING:
            retry = self.graph.nodes[event.path].retry
            status.not_before = event.at + retry.delay(status.failures) if event.reason is Reason.RETRYING else 0.0
        if status.state is _S.FAILED:
            self._failed = True
            self._first_error = self._first_error or event.error
        if status.finished:
            self.resumptions = 0
        queue.moved(status)

    def _apply_run_moved(self, event: RunMoved) -> None:
        allowed = event.state in ALLOWED_RUN_MOVES[self.state]
        assert allowed, f"{self.state} -> {event.state} is no move of a run"
        if self.state in FINISHED:  # a retry
            self._failed = False
            self._first_error = None
            self.resumptions = 0
        self.state = event.state

    # --- what is to be done

    def decide(self, now: float) -> Decision:
        """Say what is to be done; ask until there is nothing, then wait for news or until `wake_at`."""
        if self.state in FINISHED:
            return Decision()
        if self.state is _S.PENDING:
            return Decision(events=[RunMoved(at=now, state=_S.RUNNING)])
        if self.state is _S.CANCELING:
            return self._decide_canceling(now)
        decision = Decision(events=list(self._skips(now)))
        if not decision.events and self._queue.unfinished == 0:
            decision.events = list(self._ending(now))
        if self.state is _S.RUNNING:
            decision.reuse = self._queue.take_reusable()
            decision.prepare = self._queue.take_ready(now)
            decision.launch = self._queue.take_prepared(self._slots - len(self._queue.in_flight))
            decision.wake_at = self._queue.next_wake()
        return decision

    def prepared(self, path: TaskPath) -> None:
        """Say that inputs are resolved and the cache has nothing: a free slot is all that the task still needs."""
        self._queue.prepared(path)

    def _decide_canceling(self, now: float) -> Decision:
        decision = Decision()
        for status in self._tasks.values() if self._queue.unfinished else ():
            if status.state is _S.PENDING:
                decision.events.append(
                    TaskMoved(at=now, path=status.path, state=_S.SKIPPED, reason=Reason.RUN_CANCELED)
                )
            elif status.state is _S.RUNNING:
                decision.events.append(TaskMoved(at=now, path=status.path, state=_S.CANCELING, attempt=status.attempt))
                decision.terminate.append(self._attempt(status.path))
        if self._queue.unfinished == 0:
            done = all(status.satisfies for status in self._tasks.values())
            decision.events.append(RunMoved(at=now, state=_S.SUCCEEDED if done else _S.CANCELED))
        return decision

    def _skips(self, now: float) -> Iterable[TaskMoved]:
        for path in self._queue.take_left_out():
            yield TaskMoved(at=now, path=path, state=_S.SKIPPED, reason=Reason.NOT_SELECTED)
        for path, cause in self._queue.take_doomed():
            name = self.graph.nodes[cause].name
            verb = "failed" if self._tasks[cause].state is _S.FAILED else "did not run"
            yield TaskMoved(at=now, path=path, state=_S.SKIPPED, reason=Reason.UPSTREAM_FAILED, detail=f"{name} {verb}")

    def _ending(self, now: float) -> Iterable[RunMoved]:
        if self.state is _S.PAUSED:  # nothing is left that could be held up
            yield RunMoved(at=now, state=_S.RUNNING)
        if self._failed:
            yield RunMoved(at=now, state=_S.FAILED, reason=Reason.TASK_FAILED, error=self._first_error)
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
            return _S.CANCELED, Reason.RUN_CANCELED, ""
        retry = self.graph.nodes[status.path].retry
        if not end.retryable or status.failures >= retry.max_retries:
            return _S.FAILED, end.reason, ""
        seconds = retry.delay(status.failures + 1)
        why = _what_happened(end.error) if end.error else f"attempt {status.attempt} failed"
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

    def retry(self, now: float) -> list[RunEvent]:
        """Start a failed or canceled run again: what did not succeed is to be done once more, as new attempts."""
        if self.state not in (_S.FAILED, _S.CANCELED):
            return []
        again = [status for status in self._tasks.values() if status.finished and not status.satisfies]
        return [
            RunMoved(at=now, state=_S.RUNNING),
            *(TaskMoved(at=now, path=task.path, state=_S.PENDING, attempt=task.attempt) for task in again),
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
        for status in self._tasks.values():
            if status.state in IN_FLIGHT:
                events.append(
                    TaskMoved(
                        at=now,
                        path=status.path,
                        state=_S.FAILED,
                        attempt=status.attempt,
                        reason=reason,
                        error=error,
                    )
                )
            elif not status.finished:
                events.append(TaskMoved(at=now, path=status.path, state=_S.SKIPPED, reason=reason))
        return [*events, RunMoved(at=now, state=_S.FAILED, reason=reason, error=error)]

    def _attempt(self, path: TaskPath) -> TaskAttempt:
        return TaskAttempt(self.run_id, path, self._tasks[path].attempt)


def _what_happened(error: RunError) -> str:
    """First line of an error, without the step and the place that its message begins with."""
    lines = error.message.strip().splitlines() or [error.exception or error.code]
    return _PLACE.sub("", lines[0])
