"""What a run would do with each task, told before the run."""

from __future__ import annotations

import msgspec

from jupyter_kfp.engine.cache_reasons import OFF_FOR_RUN, OFF_FOR_STEP, explain_outputs_of
from jupyter_kfp.engine.input_resolution import resolve_inputs
from jupyter_kfp.engine.selection import Choice, producers, select_tasks
from jupyter_kfp.engine.task_cache import TaskCache
from jupyter_kfp.engine.task_graph import TaskGraph, TaskNode
from jupyter_kfp.engine.task_status import TaskStatus
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.run import CacheEntry, RunOptions


class PlannedTask(msgspec.Struct, frozen=True, kw_only=True):
    """What a run would do with a task."""

    path: TaskPath
    name: str
    action: str
    """``run``, ``cached``, ``reuse``, ``skip`` or ``unknown`` (its inputs are known only when others have run)."""
    why: str
    """One sentence without a full stop, e.g. ``n_trees changed: 300 -> 500``."""


class Planner:
    """Goes through the tasks in order, with the outputs that the cache would give."""

    def __init__(self, graph: TaskGraph, parameters: dict[str, object], options: RunOptions, cache: TaskCache) -> None:
        self._graph = graph
        self._parameters = parameters
        self._options = options
        self._cache = cache
        self._known: dict[TaskPath, TaskStatus] = {}
        self._choices = select_tasks(graph, options)

    def plan(self) -> list[PlannedTask]:
        """All tasks, in their order. Raises `KfpError` KFP246 if a task left out has no outputs to reuse."""
        return [self._plan(node) for node in self._graph.nodes.values()]

    def _plan(self, node: TaskNode) -> PlannedTask:
        choice = self._choices[node.path]
        if choice is Choice.LEAVE:
            return self._planned(node, "skip", "not selected")
        if choice is Choice.REUSE:
            return self._plan_reuse(node)
        unknown = [path for path in producers(node) if path not in self._known]
        if unknown:
            return self._plan_unknown(node, unknown)
        inputs = resolve_inputs(self._graph, node, self._parameters, self._known)
        answer = self._cache.look_up(node, inputs)
        if answer.entry is None:
            return self._planned(node, "run", answer.why)
        self._know(node, answer.entry)
        return self._planned(node, "cached", answer.why)

    def _plan_reuse(self, node: TaskNode) -> PlannedTask:
        entry = self._cache.newest_outputs(node)
        if entry is None:
            raise no_outputs_to_reuse(node)
        self._know(node, entry)
        return self._planned(node, "reuse", explain_outputs_of(entry))

    def _plan_unknown(self, node: TaskNode, unknown: list[TaskPath]) -> PlannedTask:
        if not self._options.use_cache:
            return self._planned(node, "run", OFF_FOR_RUN)
        if node.key in self._options.force:
            return self._planned(node, "run", f"--force {node.name}")
        if not node.cacheable:
            return self._planned(node, "run", OFF_FOR_STEP)
        names = ", ".join(self._graph.nodes[path].name for path in self._graph.nodes if path in unknown)
        return self._planned(node, "unknown", f"depends on what {names} gives")

    def _know(self, node: TaskNode, entry: CacheEntry) -> None:
        self._known[node.path] = TaskStatus(node.path, outputs=entry.outputs, artifacts=entry.artifacts)

    @staticmethod
    def _planned(node: TaskNode, action: str, why: str) -> PlannedTask:
        return PlannedTask(path=node.path, name=node.name, action=action, why=why)


def check_reusable(graph: TaskGraph, options: RunOptions, cache: TaskCache) -> None:
    """Raise `KfpError` KFP246 if a task that ``--from`` or ``--only`` leaves out has no outputs to reuse."""
    for path, choice in select_tasks(graph, options).items():
        if choice is Choice.REUSE and cache.newest_outputs(graph.nodes[path]) is None:
            raise no_outputs_to_reuse(graph.nodes[path])


def no_outputs_to_reuse(node: TaskNode) -> KfpError:
    """KFP246, as it is told before a run and during one."""
    return KfpError(
        "KFP246",
        f"step {node.name} is not selected, a selected step reads what it makes, and no earlier run has its outputs",
        hint=f"run {node.name} too, or run the whole pipeline once",
        details={"step": node.name, "task": node.key},
    )
