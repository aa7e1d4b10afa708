"""Which tasks of an active run wait for what: kept up to date move by move, so that no decision looks at all tasks."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from enum import Enum, auto

from jupyter_kfp.engine.selection import Choice
from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_status import IN_FLIGHT, TaskStatus
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.states import RuntimeState


class _Stage(Enum):
    """Where an unfinished task is on its way to a launch; an entry of a heap counts only while it says the same."""

    WAITING = auto()  # for tasks before it
    DELAYED = auto()  # for the end of its back-off
    READY = auto()  # to be prepared
    TAKEN = auto()  # handed out, or in flight
    PREPARED = auto()  # for a slot


class TaskQueue:
    """Unfinished tasks: those to reuse, ready, delayed, prepared, in flight, and those that can no longer run.

    Whatever is taken is handed out once; what a task does next comes in through `moved` and `prepared`.
    """

    def __init__(self, graph: TaskGraph, choices: Mapping[TaskPath, Choice]) -> None:
        self.in_flight: dict[TaskPath, None] = {}
        """In the order of their launch."""
        self.unfinished = len(graph.nodes)
        self._graph = graph
        self._order = {path: index for index, path in enumerate(graph.nodes)}
        self._paths = list(graph.nodes)
        self._open = set(graph.nodes)  # not finished
        self._pending = set(graph.nodes)  # not finished, not in flight
        self._waits_for = {path: len(node.upstream) for path, node in graph.nodes.items()}
        self._reusable = [path for path in graph.nodes if choices[path] is Choice.REUSE]
        self._left_out = [path for path in graph.nodes if choices[path] is Choice.LEAVE]
        self._selected = {path for path in graph.nodes if choices[path] is Choice.RUN}
        self._doomed: list[tuple[TaskPath, TaskPath]] = []
        self._delayed: list[tuple[float, int]] = []
        self._due: dict[int, float] = {}
        self._prepared: list[int] = []
        self._stages = dict.fromkeys(graph.nodes, _Stage.WAITING)
        self._ready: list[int] = []
        for path in graph.nodes:
            if path in self._selected and not self._waits_for[path]:
                self._enqueue(path, 0.0)

    def moved(self, status: TaskStatus) -> None:
        """Take note of the new state of a task."""
        path = status.path
        if status.state in IN_FLIGHT:
            self._pending.discard(path)
            self._stages[path] = _Stage.TAKEN
            self.in_flight[path] = None
            return
        self.in_flight.pop(path, None)
        if status.state is RuntimeState.PENDING:
            self._pending.add(path)
            self._enqueue(path, status.not_before)
        elif path in self._open:
            self._finish(status)

    def prepared(self, path: TaskPath) -> None:
        """A ready task may be launched."""
        if path in self._pending:
            self._stages[path] = _Stage.PREPARED
            heapq.heappush(self._prepared, self._order[path])

    def take_reusable(self) -> list[TaskPath]:
        """Tasks whose outputs are to come from an earlier run."""
        taken, self._reusable = self._reusable, []
        return [path for path in taken if path in self._pending]

    def take_left_out(self) -> list[TaskPath]:
        """Tasks that the user did not select."""
        taken, self._left_out = self._left_out, []
        return [path for path in taken if path in self._pending]

    def take_doomed(self) -> list[tuple[TaskPath, TaskPath]]:
        """Tasks that cannot run, each with the task before it that is the cause."""
        taken, self._doomed = self._doomed, []
        causes = {path: cause for path, cause in reversed(taken) if path in self._pending}
        return sorted(causes.items(), key=lambda item: self._order[item[0]])

    def take_ready(self, now: float) -> list[TaskPath]:
        """Tasks that wait for nothing but a slot, in the order of the pipeline."""
        while self._delayed and self._delayed[0][0] <= now:
            due, index = heapq.heappop(self._delayed)
            if self._is(index, _Stage.DELAYED) and self._due[index] == due:
                self._enqueue(self._paths[index], 0.0)
        indexes, self._ready = self._ready, []
        taken = [self._paths[index] for index in sorted(set(indexes)) if self._is(index, _Stage.READY)]
        self._stages.update(dict.fromkeys(taken, _Stage.TAKEN))
        return taken

    def take_prepared(self, slots: int) -> list[TaskPath]:
        """At most `slots` tasks to launch, in the order of the pipeline."""
        taken: list[TaskPath] = []
        while self._prepared and len(taken) < slots:
            index = heapq.heappop(self._prepared)
            if self._is(index, _Stage.PREPARED):
                self._stages[self._paths[index]] = _Stage.TAKEN
                taken.append(self._paths[index])
        return taken

    def next_wake(self) -> float | None:
        """End of the next back-off."""
        return self._delayed[0][0] if self._delayed else None

    def _is(self, index: int, stage: _Stage) -> bool:
        path = self._paths[index]
        return path in self._pending and self._stages[path] is stage

    def _enqueue(self, path: TaskPath, not_before: float) -> None:
        index = self._order[path]
        if not_before:
            self._stages[path] = _Stage.DELAYED
            self._due[index] = not_before
            heapq.heappush(self._delayed, (not_before, index))
        else:
            self._stages[path] = _Stage.READY
            self._ready.append(index)

    def _finish(self, status: TaskStatus) -> None:
        path = status.path
        self._open.discard(path)
        self._pending.discard(path)
        self.unfinished -= 1
        for follower in self._graph.downstream[path]:
            if follower not in self._selected:
                continue
            if not status.satisfies:
                self._doomed.append((follower, path))
                continue
            self._waits_for[follower] -= 1
            if not self._waits_for[follower] and follower in self._pending:
                self._enqueue(follower, 0.0)
