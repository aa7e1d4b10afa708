"""Where one task of an active run is, and the checked moves between its states."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.events import TaskMoved
from jupyter_kfp.runs.run import RunError, TaskArtifact
from jupyter_kfp.runs.states import ALLOWED_TASK_MOVES, FINISHED, Reason, RuntimeState

IN_FLIGHT = frozenset({RuntimeState.RUNNING, RuntimeState.CANCELING})
"""An attempt of the task is launched and not known to have ended."""

_BY_CONDITION = (Reason.CONDITION_FALSE, Reason.UPSTREAM_SKIPPED)


@dataclass(slots=True)
class TaskStatus:
    """A task, as its events have left it."""

    path: TaskPath
    state: RuntimeState = RuntimeState.PENDING
    reason: Reason | None = None
    attempt: int = 0
    """Number of the newest attempt; goes on counting when the run is retried."""
    failures: int = 0
    """Attempts that failed since the run was started or retried; lost ones do not count."""
    not_before: float = 0.0
    """End of the back-off, seconds since the epoch."""
    outputs: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, TaskArtifact] = field(default_factory=dict)
    error: RunError | None = None
    input_parameters: dict[str, Any] = field(default_factory=dict)
    """Of a task that has parts, since it is RUNNING: what they can see."""
    inputs: dict[str, TaskArtifact] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it in this run."""
        return self.state in FINISHED

    @property
    def satisfies(self) -> bool:
        """Whether tasks behind it may start. A task that the user left out does not hold up others."""
        return self.state is RuntimeState.SUCCEEDED or (
            self.state is RuntimeState.SKIPPED and self.reason is Reason.NOT_SELECTED
        )

    @property
    def ended_well(self) -> bool:
        """Whether it ended as the pipeline wants it: there is nothing that a retry of the run would do again."""
        return self.satisfies or (self.state is RuntimeState.SKIPPED and self.reason in _BY_CONDITION)

    def move(self, event: TaskMoved) -> None:
        """Take over a move. An impossible one is a fault of ours, hence the assertion."""
        allowed = event.state in ALLOWED_TASK_MOVES[self.state]
        assert allowed, f"{self.path}: {self.state} -> {event.state} is no move of a task"
        if event.state is RuntimeState.PENDING and event.reason is Reason.RETRYING:
            self.failures += 1
        self.state = event.state
        self.reason = event.reason
        self.attempt = max(self.attempt, event.attempt)
        self.outputs = event.outputs
        self.artifacts = event.artifacts
        self.error = event.error

    def see(self, event: TaskMoved) -> None:
        """Keep what the parts of the task can see, from its move to RUNNING."""
        self.input_parameters = event.input_parameters
        self.inputs = event.inputs

    def restart(self) -> None:
        """Be as before the first attempt, because the run is retried; attempts go on counting.

        No move: `ALLOWED_TASK_MOVES` are those within one start of the run.
        """
        assert self.finished, f"{self.path}: {self.state} is not finished"
        self.state = RuntimeState.PENDING
        self.reason = None
        self.failures = 0
        self.not_before = 0.0
        self.outputs = {}
        self.artifacts = {}
        self.error = None
        self.input_parameters = {}
        self.inputs = {}
