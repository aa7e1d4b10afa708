"""States of a run's tasks for drawings: an icon and a word for each, never a colour alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.run import Task
from jupyter_kfp.runs.states import Reason, RuntimeState

Icon = Literal[
    "pending", "running", "retrying", "succeeded", "cached", "failed", "not-run", "skipped", "paused", "canceled"
]

_ITERATION = re.compile(r"\[\d+\]")
_WORDS: dict[Icon, str] = {
    "pending": "Pending",
    "running": "Running",
    "retrying": "Retrying",
    "succeeded": "Succeeded",
    "cached": "Cached",
    "failed": "Failed",
    "not-run": "Not run",
    "skipped": "Skipped",
    "paused": "Paused",
    "canceled": "Canceled",
}
_ICONS: dict[RuntimeState, Icon] = {
    RuntimeState.PENDING: "pending",
    RuntimeState.RUNNING: "running",
    RuntimeState.SUCCEEDED: "succeeded",
    RuntimeState.SKIPPED: "skipped",
    RuntimeState.FAILED: "failed",
    RuntimeState.CANCELING: "canceled",
    RuntimeState.CANCELED: "canceled",
    RuntimeState.PAUSED: "paused",
}
_BY_REASON: dict[Reason, Icon] = {
    Reason.CACHED: "cached",
    Reason.REUSED: "cached",
    Reason.RETRYING: "retrying",
    Reason.UPSTREAM_FAILED: "not-run",
    Reason.UPSTREAM_SKIPPED: "not-run",
    Reason.RUN_CANCELED: "canceled",
}
# Which of several iterations of one task a drawing tells of, when it has one node for all.
_PRECEDENCE = [
    RuntimeState.FAILED,
    RuntimeState.CANCELING,
    RuntimeState.RUNNING,
    RuntimeState.PENDING,
    RuntimeState.CANCELED,
    RuntimeState.PAUSED,
    RuntimeState.SKIPPED,
    RuntimeState.SUCCEEDED,
]


class NodeState(msgspec.Struct, frozen=True, kw_only=True):
    """What a drawing shows of a task of a run."""

    icon: Icon
    word: str
    detail: str = ""
    """The reason beside the word; may be empty."""
    progress: float | None = None
    """Share of the step's cells that are done, from 0 to 1, while it runs."""

    @property
    def text(self) -> str:
        """Word and reason."""
        return f"{self.word} · {self.detail}" if self.detail else self.word


def node_states(tasks: Iterable[Task]) -> dict[TaskPath, NodeState]:
    """By path without the indices of iterations; of several iterations the one that matters most."""
    chosen: dict[TaskPath, Task] = {}
    for task in tasks:
        path = TaskPath(_ITERATION.sub("", task.path))
        other = chosen.get(path)
        if other is None or _PRECEDENCE.index(task.state) < _PRECEDENCE.index(other.state):
            chosen[path] = task
    return {path: _node_state(task) for path, task in chosen.items()}


def duration(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``1 min 40 s``, ``2 h 5 min``."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _node_state(task: Task) -> NodeState:
    icon = _BY_REASON.get(task.reason, _ICONS[task.state]) if task.reason else _ICONS[task.state]
    word = "Canceling" if task.state is RuntimeState.CANCELING else _WORDS[icon]
    return NodeState(icon=icon, word=word, detail=_detail(task, icon), progress=_progress(task))


def _detail(task: Task, icon: Icon) -> str:
    if icon == "running" and task.progress:
        cell = min(task.progress.done + 1, task.progress.total)
        return f"cell {cell} of {task.progress.total}"
    if icon == "failed" and task.error and task.error.cell is not None:
        line = "" if task.error.line is None else f", line {task.error.line}"
        return f"cell {task.error.cell}{line}"
    if icon == "succeeded" and task.started_at is not None and task.finished_at is not None:
        return duration(task.finished_at - task.started_at)
    return task.detail or (task.error.message if icon == "failed" and task.error else "")


def _progress(task: Task) -> float | None:
    if task.state is not RuntimeState.RUNNING or task.progress is None or not task.progress.total:
        return None
    return min(task.progress.done / task.progress.total, 1.0)
