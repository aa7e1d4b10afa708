"""Which tasks of an active run wait for what: kept up to date move by move, so that no decision looks at all tasks."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from enum import Enum, auto

from jupyter_kfp.engine.iteration_queue import IterationQueue
from jupyter_kfp.engine.selection import Choice, Selection
from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_status import IN_FLIGHT, TaskStatus
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.run import TaskKind
from jupyter_kfp.runs.states import RuntimeState


class _Stage(Enum):
    """Where an unfinished task is on its way to a launch; an entry of a heap counts only while it says the same."""

    WAITING = auto()  # for tasks before it, and for what it is a part of
    DELAYED = auto()  # for the end of its back-off
    READY = auto()  # to be prepared
    TAKEN = auto()  # handed out, or in flight
    PREPARED = auto()  # for a slot


class TaskQueue:
    """Unfinished tasks: those to reuse, ready, delayed, prepared, in flight, and those that can no longer run.

    A task that has parts is ready as others are; it starts without a slot, and is complete when its parts have ended.
    Whatever is taken is handed out once; what a task does next comes in through `moved` and `prepared`.
    """

    def __init__(self, graph: TaskGraph, selection: Selection) -> None:
        self.in_flight: dict[TaskPath, None] = {}
        """Leaves that are launched."""
        self.unfinished = 0
        self._graph = graph
        self._selection = selection
        self._order: dict[TaskPath, int] = {}
        self._paths: list[TaskPath] = []
        self._pending: set[TaskPath] = set()  # not finished, not started
        self._open: set[TaskPath] = set()  # not finished
        self._waits_for: dict[TaskPath, int] = {}
        self._open_parts: dict[TaskPath, int] = {}
        self._started: set[TaskPath] = set()  # tasks with parts that are RUNNING or CANCELING
        self._complete: list[TaskPath] = []
        self._iterations = IterationQueue(graph)
        self._reusable: list[TaskPath] = []
        self._left_out: list[TaskPath] = []
        self._doomed: list[tuple[TaskPath, TaskPath]] = []
        self._delayed: list[tuple[float, int]] = []
        self._due: dict[int, float] = {}
        self._prepared: list[int] = []
        self._stages: dict[TaskPath, _Stage] = {}
        self._ready: list[int] = []
        self.add(graph.nodes)

    def add(self, paths: Iterable[TaskPath]) -> None:
        """Take in tasks that the graph has now; what they are a part of has not started."""
        for path in paths:
            node = self._graph.nodes[path]
            choice = self._selection.choice(path)
            self._order[path] = len(self._paths)
            self._paths.append(path)
            self._pending.add(path)
            self._open.add(path)
            self.unfinished += 1
            self._stages[path] = _Stage.WAITING
            if not node.is_leaf:
                self._open_parts[path] = 0
            if node.parent is not None:
                self._open_parts[node.parent] += 1
            before = len(node.upstream) if choice is Choice.RUN else 0
            self._waits_for[path] = before + (node.parent is not None)
            if choice is Choice.LEAVE:
                self._left_out.append(path)
            elif not self._waits_for[path]:
                self._enqueue(path, 0.0)

    def moved(self, status: TaskStatus) -> None:
        """Take note of the new state of a task."""
        path = status.path
        if status.state in IN_FLIGHT:
            self._start(path)
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

    def launched(self) -> list[TaskPath]:
        """What is in flight, in the order of the pipeline."""
        return sorted(self.in_flight, key=self._order.__getitem__)

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

    def take_complete(self) -> list[TaskPath]:
        """Started tasks all of whose parts have ended."""
        taken, self._complete = self._complete, []
        return [path for path in dict.fromkeys(taken) if path in self._started and not self._open_parts[path]]

    def take_iterations(self) -> list[TaskPath]:
        """Iterations that may start now, in their order."""
        taken = self._iterations.take(self._pending)
        self._stages.update(dict.fromkeys(taken, _Stage.TAKEN))
        return taken

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

    @property
    def waiting_for_slot(self) -> int:
        """How many tasks, at most, are prepared and wait for a slot."""
        return len(self._prepared)

    def next_wake(self) -> float | None:
        """End of the next back-off."""
        return self._delayed[0][0] if self._delayed else None

    def _is(self, index: int, stage: _Stage) -> bool:
        path = self._paths[index]
        return path in self._pending and self._stages[path] is stage and self._order[path] == index

    def _enqueue(self, path: TaskPath, not_before: float) -> None:
        index = self._order[path]
        if not_before:
            self._stages[path] = _Stage.DELAYED
            self._due[index] = not_before
            heapq.heappush(self._delayed, (not_before, index))
            return
        self._stages[path] = _Stage.READY
        if self._selection.choice(path) is Choice.REUSE:
            self._reusable.append(path)
        elif self._graph.nodes[path].kind is TaskKind.ITERATION:
            self._iterations.add(path)
        else:
            self._ready.append(index)

    def _start(self, path: TaskPath) -> None:
        self._pending.discard(path)
        self._stages[path] = _Stage.TAKEN
        node = self._graph.nodes[path]
        if node.is_leaf:
            self.in_flight[path] = None
        elif path not in self._started:
            self._started.add(path)
            if node.kind is TaskKind.ITERATION:
                self._iterations.started(path)
            for part in self._graph.parts(path):
                self._let_go(part)
            self._complete.append(path)

    def _let_go(self, path: TaskPath) -> None:
        """One thing less that a task waits for."""
        self._waits_for[path] -= 1
        is_free = not self._waits_for[path] and path in self._pending
        if is_free and self._selection.choice(path) is not Choice.LEAVE:
            self._enqueue(path, 0.0)

    def _finish(self, status: TaskStatus) -> None:
        path = status.path
        node = self._graph.nodes[path]
        self._open.discard(path)
        self._pending.discard(path)
        self.unfinished -= 1
        if path in self._started:
            self._started.discard(path)
            if node.kind is TaskKind.ITERATION:
                self._iterations.ended(path)
        if node.parent is not None:
            self._open_parts[node.parent] -= 1
            if not self._open_parts[node.parent]:
                self._complete.append(node.parent)
        for follower in self._graph.downstream[path]:
            if self._selection.choice(follower) is not Choice.RUN:
                continue
            if status.satisfies or self._graph.nodes[follower].template.waits_for_any_end:
                self._let_go(follower)
            else:
                self._doomed.append((follower, path))
