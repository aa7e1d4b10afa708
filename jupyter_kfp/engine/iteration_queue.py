"""Iterations of loops that wait for their turn: a loop may limit how many of them are open at once."""

from __future__ import annotations

import heapq
from collections.abc import Container

from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.ids import TaskPath


class IterationQueue:
    """Per loop, the iterations that may start as soon as the limit allows it, and the number of those that are open."""

    def __init__(self, graph: TaskGraph) -> None:
        self._graph = graph
        self._waiting: dict[TaskPath, list[tuple[int, TaskPath]]] = {}
        self._open: dict[TaskPath, int] = {}
        self._to_look_at: dict[TaskPath, None] = {}

    def add(self, path: TaskPath) -> None:
        """The loop of an iteration has started."""
        loop = self._loop(path)
        heapq.heappush(self._waiting.setdefault(loop, []), (self._graph.nodes[path].index, path))
        self._to_look_at[loop] = None

    def started(self, path: TaskPath) -> None:
        """An iteration is open."""
        loop = self._loop(path)
        self._open[loop] = self._open.get(loop, 0) + 1

    def ended(self, path: TaskPath) -> None:
        """An open iteration has ended, or is to start again."""
        loop = self._loop(path)
        self._open[loop] -= 1
        self._to_look_at[loop] = None

    def take(self, pending: Container[TaskPath]) -> list[TaskPath]:
        """Iterations that may start now, in their order; each is handed out once."""
        loops, self._to_look_at = self._to_look_at, {}
        taken: list[TaskPath] = []
        for loop in loops:
            waiting = self._waiting.get(loop, [])
            limit = self._graph.nodes[loop].template.parallelism_limit if loop in self._graph.nodes else 0
            free = limit - self._open.get(loop, 0) if limit else len(waiting)
            while waiting and free > 0:
                _, path = heapq.heappop(waiting)
                if path in pending:
                    taken.append(path)
                    free -= 1
        return taken

    def _loop(self, path: TaskPath) -> TaskPath:
        loop = self._graph.nodes[path].parent
        assert loop is not None, f"{path} is no iteration"
        return loop
