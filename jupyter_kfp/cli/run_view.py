"""What the screen knows of a run: built from its events, one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any

from jupyter_kfp.cli.task_tree import in_tree_order
from jupyter_kfp.ids import RunId, TaskPath
from jupyter_kfp.runs.events import (
    ArtifactRecorded,
    IterationsFound,
    MetricRecorded,
    NoteAdded,
    RunCreated,
    RunMoved,
    StoredEvent,
    TaskMoved,
    TaskProgressed,
)
from jupyter_kfp.runs.run import Progress, RunError, TaskArtifact, TaskKind
from jupyter_kfp.runs.states import FINISHED, Reason, RuntimeState


@dataclass(slots=True)
class TaskView:
    """One line of the display."""

    path: TaskPath
    name: str
    kind: TaskKind = TaskKind.TASK
    state: RuntimeState = RuntimeState.PENDING
    reason: Reason | None = None
    detail: str = ""
    attempt: int = 0
    started_at: float | None = None
    finished_at: float | None = None
    progress: Progress | None = None
    error: RunError | None = None

    @property
    def is_step(self) -> bool:
        """Whether it does something itself; a nested pipeline, a condition or a loop has parts that do."""
        return self.kind is TaskKind.TASK

    def seconds(self, now: float) -> float | None:
        """How long the newest attempt takes, or took; None before it starts, and if it never ran."""
        if self.started_at is None:
            return None
        return (now if self.finished_at is None else self.finished_at) - self.started_at


@dataclass(slots=True)
class MetricSeries:
    """The values of one metric of one task."""

    value: float
    """The last one."""
    step: int | None
    count: int = 1


@dataclass(slots=True)
class RunView:
    """The run, its tasks in the order of a tree, its metrics in the order of their first value."""

    run_id: RunId
    name: str = ""
    pipeline: str = ""
    experiment: str = ""
    state: RuntimeState = RuntimeState.PENDING
    reason: Reason | None = None
    error: RunError | None = None
    created_at: float | None = None
    finished_at: float | None = None
    last_seq: int = 0
    tasks: dict[TaskPath, TaskView] = field(default_factory=dict)
    metrics: dict[tuple[TaskPath, str], MetricSeries] = field(default_factory=dict)
    artifacts: dict[tuple[TaskPath, str], TaskArtifact] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[RunError] = field(default_factory=list)
    """What the user should know of steps that are right."""

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in FINISHED

    @property
    def done(self) -> int:
        """Steps that are finished."""
        return sum(task.state in FINISHED for task in self.steps())

    def steps(self) -> list[TaskView]:
        """The tasks that do something themselves."""
        return [task for task in self.tasks.values() if task.is_step]

    def seconds(self, now: float) -> float:
        """Since the run was created, or started again."""
        end = now if self.finished_at is None else self.finished_at
        return 0.0 if self.created_at is None else end - self.created_at

    def failed_tasks(self) -> list[TaskView]:
        """Steps, in the order of the tasks; a nested pipeline has failed only because a part of it has."""
        return [task for task in self.steps() if task.state is RuntimeState.FAILED]

    def apply_all(self, events: Iterable[StoredEvent]) -> None:
        """Take events in order."""
        for stored in events:
            self.last_seq = stored.seq
            self.apply(stored.event)

    def put(self, tasks: Iterable[TaskView]) -> None:
        """Add tasks where they belong."""
        known = self.tasks | {task.path: task for task in tasks}
        self.tasks = {path: known[path] for path in in_tree_order(known)}

    def task(self, path: TaskPath) -> TaskView:
        """Find or add."""
        if path not in self.tasks:
            self.tasks[path] = TaskView(path, path.removeprefix("root/"))
        return self.tasks[path]

    @singledispatchmethod
    def apply(self, event: Any) -> None:
        """Take one event."""
        raise TypeError(f"no display of {type(event).__name__}")

    @apply.register
    def _created(self, event: RunCreated) -> None:
        self.name, self.pipeline, self.experiment = event.name, event.pipeline, event.experiment
        self.created_at = event.at
        self.tasks = {}
        self.put(TaskView(one.path, one.name, one.kind) for one in event.tasks)

    @apply.register
    def _iterations(self, event: IterationsFound) -> None:
        for path in [path for path in self.tasks if event.again and path.startswith(f"{event.path}[")]:
            del self.tasks[path]  # of an earlier start of the run
        self.put(TaskView(one.path, one.name, one.kind) for one in event.tasks)

    @apply.register
    def _run_moved(self, event: RunMoved) -> None:
        if self.state in FINISHED and event.state not in FINISHED:  # a retry starts the run again
            self.created_at, self.finished_at = event.at, None
        self.state, self.reason, self.error = event.state, event.reason, event.error
        if event.state in FINISHED:
            self.finished_at = event.at

    @apply.register
    def _task_moved(self, event: TaskMoved) -> None:
        task = self.task(event.path)
        task.state, task.reason, task.detail, task.error = event.state, event.reason, event.detail, event.error
        if event.state is RuntimeState.RUNNING:
            task.started_at, task.finished_at, task.progress = event.at, None, None
        elif event.state is RuntimeState.PENDING:
            task.started_at, task.finished_at, task.progress = None, None, None
        elif event.state in FINISHED:
            task.finished_at = event.at
        task.attempt = max(task.attempt, event.attempt)

    @apply.register
    def _progressed(self, event: TaskProgressed) -> None:
        self.task(event.path).progress = Progress(done=event.done, total=event.total, cell=event.cell)

    @apply.register
    def _metric(self, event: MetricRecorded) -> None:
        key = (event.path, event.name)
        earlier = self.metrics.get(key)
        self.metrics[key] = MetricSeries(event.value, event.step, earlier.count + 1 if earlier else 1)

    @apply.register
    def _artifact(self, event: ArtifactRecorded) -> None:
        self.artifacts[(event.path, event.artifact.name)] = event.artifact

    @apply.register
    def _note(self, event: NoteAdded) -> None:
        self.notes.append(event.text)
        if event.warning is not None and event.warning not in self.warnings:
            self.warnings.append(event.warning)
