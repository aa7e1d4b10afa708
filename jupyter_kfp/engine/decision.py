"""What an active run wants to be done now."""

from __future__ import annotations

from dataclasses import dataclass, field

from jupyter_kfp.executors.task_executor import TaskAttempt
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.events import RunEvent


@dataclass(slots=True)
class Decision:
    """What is to be done now. A path in `reuse`, `prepare` or `launch` is handed out once and wants an answer."""

    events: list[RunEvent] = field(default_factory=list)
    """To be written and applied as they are."""
    reuse: list[TaskPath] = field(default_factory=list)
    """Take the outputs of an earlier run. Answer: a move to SUCCEEDED or FAILED."""
    prepare: list[TaskPath] = field(default_factory=list)
    """Resolve the inputs, look at the condition, ask the cache. Answer: a move to SUCCEEDED or FAILED, the events of
    `ActiveRun.skip`, or `ActiveRun.prepared`; of a task with parts the events of `ActiveRun.start`."""
    launch: list[TaskPath] = field(default_factory=list)
    """Start an attempt. Answer: a move to RUNNING, written before the launch."""
    terminate: list[TaskAttempt] = field(default_factory=list)
    wake_at: float | None = None
    """When to ask again although nothing happened: the end of the next back-off."""

    def __bool__(self) -> bool:
        """Whether there is something to do."""
        return bool(self.events or self.reuse or self.prepare or self.launch or self.terminate)
