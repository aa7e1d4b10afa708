"""What a run would do with each task, told before the run."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from jupyter_kfp.engine.cache_reasons import OFF_FOR_RUN, OFF_FOR_STEP, explain_outputs_of
from jupyter_kfp.engine.composites import LoopItems, given_out, item_inputs, loop_items
from jupyter_kfp.engine.input_resolution import ResolvedInputs, resolve_inputs
from jupyter_kfp.engine.scope import Scope
from jupyter_kfp.engine.selection import Choice, Selection, is_named, producers, select_tasks
from jupyter_kfp.engine.task_cache import TaskCache
from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_node import TaskNode
from jupyter_kfp.engine.task_preparation import condition_holds
from jupyter_kfp.engine.task_status import TaskStatus
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.run import RunOptions, TaskKind
from jupyter_kfp.runs.states import Reason, RuntimeState
from jupyter_kfp.spec.pipeline_job import PipelineJob

_NO_JOB = PipelineJob()


class PlannedTask(msgspec.Struct, frozen=True, kw_only=True):
    """What a run would do with a task."""

    path: TaskPath
    name: str
    kind: TaskKind = TaskKind.TASK
    action: str
    """``run``, ``cached``, ``reuse``, ``skip`` or ``unknown`` (its inputs are known only when others have run); of a
    task with parts what comes of these."""
    why: str
    """One sentence without a full stop, e.g. ``n_trees changed: 300 -> 500``."""


class Planner:
    """Goes through the tasks in order, with the outputs that the cache would give."""

    def __init__(self, graph: TaskGraph, parameters: dict[str, object], options: RunOptions, cache: TaskCache) -> None:
        self._graph = graph.copy()
        self._options = options
        self._cache = cache
        self._selection = Selection(graph, options)
        self._tasks: dict[TaskPath, TaskStatus] = {}  # also of tasks with parts that are being planned
        self._known: set[TaskPath] = set()  # outputs are known, or that there are none
        self._planned: dict[TaskPath, PlannedTask] = {}
        self._scope = Scope(self._graph, parameters, self._tasks)

    def plan(self) -> list[PlannedTask]:
        """All tasks, in their order, each with its parts behind it; loops as far as their items are known.

        Raises `KfpError` KFP246 if a task left out has no outputs to reuse.
        """
        self._plan_all(self._graph.roots)
        return list(self._planned.values())

    def _plan_all(self, paths: Iterable[TaskPath]) -> None:
        for path in list(paths):
            node = self._graph.nodes[path]
            choice = self._selection.choice(path)
            if choice is Choice.LEAVE:
                self._skip(node, "not selected", Reason.NOT_SELECTED)
            elif choice is Choice.REUSE:
                self._plan_reuse(node)
            else:
                self._plan(node)

    def _plan(self, node: TaskNode) -> None:
        skipped = [path for path in node.upstream if self._is_skipped(path)]
        if skipped and not node.template.waits_for_any_end:
            why = f"{self._graph.nodes[skipped[0]].name} is skipped"
            self._skip(node, why, Reason.UPSTREAM_SKIPPED)
            return
        needed = producers(node) | _reported(node)
        unknown = [path for path in node.upstream if path in needed and path not in self._known]
        if unknown:
            self._plan_unknown(node, unknown)
            return
        inputs = resolve_inputs(self._scope, node)
        if not condition_holds(node, inputs):
            self._skip(node, f"condition is false: {node.template.condition}", Reason.CONDITION_FALSE)
        elif node.is_leaf:
            self._plan_leaf(node, inputs)
        else:
            self._plan_parts(node, inputs)

    def _plan_leaf(self, node: TaskNode, inputs: ResolvedInputs) -> None:
        writers = self._writers_to_come(node, inputs)
        if writers:
            self._plan_unknown(node, writers)
            return
        answer = self._cache.look_up(node, inputs)
        if answer.entry is None:
            self._note(node, "run", answer.why)
            return
        self._know(node, TaskStatus(node.path, outputs=answer.entry.outputs, artifacts=answer.entry.artifacts))
        self._note(node, "cached", answer.why)

    def _plan_parts(self, node: TaskNode, inputs: ResolvedInputs) -> None:
        self._note(node, "run", "")
        status = TaskStatus(node.path, input_parameters=inputs.parameters, inputs=inputs.artifacts)
        self._tasks[node.path] = status
        if node.kind is TaskKind.LOOP:
            self._plan_iterations(node, loop_items(node, inputs, _NO_JOB))
        else:
            self._plan_all(self._graph.parts(node.path))
        parts = self._graph.parts(node.path)
        if all(path in self._known for path in parts):
            made = given_out(self._graph, node, self._tasks)
            status.outputs, status.artifacts = made.parameters, made.artifacts
            self._know(node, status)
        actions = {self._planned[path].action for path in parts} - {"skip"}
        action = next((one for one in ("run", "unknown", "reuse") if one in actions), "cached")
        self._note(node, action, "")

    def _plan_iterations(self, loop: TaskNode, items: LoopItems) -> None:
        self._graph.expand(loop.path, len(items))
        for path in self._graph.parts(loop.path):
            node = self._graph.nodes[path]
            self._plan_parts(node, item_inputs(node, loop, items))

    def _plan_reuse(self, node: TaskNode) -> None:
        entry = self._cache.newest_outputs(node)
        if entry is None:
            raise no_outputs_to_reuse(node)
        self._know(node, TaskStatus(node.path, outputs=entry.outputs, artifacts=entry.artifacts))
        self._note(node, "reuse", explain_outputs_of(entry))
        for path in self._graph.below(node.path):
            self._note(self._graph.nodes[path], "skip", "not selected")

    def _writers_to_come(self, node: TaskNode, inputs: ResolvedInputs) -> list[TaskPath]:
        """Tasks that have to run first and may change files that the task has used, if all else is as it was then."""
        if node.payload is None:  # nobody watches the files of commands
            return []
        waits_for = [path for path in self._upstream(node) if path not in self._known]
        entry = self._cache.entry_of(node, inputs) if waits_for else None
        if entry is None:
            return []
        edges = self._graph.extension.edges if self._graph.extension else []
        writers = {edge.source for edge in edges if edge.files and edge.target == node.key}
        used = entry.files.read.keys() | entry.files.written.keys()
        for path in waits_for:
            written = self._cache.latest_files(self._graph.nodes[path]).written
            folders = {file.rpartition("/")[0] for file in written}
            if written.keys() & used or folders & entry.files.listed.keys():
                writers.add(self._graph.nodes[path].key)
        return [path for path in waits_for if self._graph.nodes[path].key in writers]

    def _upstream(self, node: TaskNode) -> list[TaskPath]:
        """All that ends before the task, in the order of the tasks."""
        waiting, found = list(node.upstream), set[TaskPath]()
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += self._graph.nodes[path].upstream
        return [path for path in self._graph.nodes if path in found]

    def _plan_unknown(self, node: TaskNode, waits_for: list[TaskPath]) -> None:
        names = [self._graph.nodes[path].name for path in waits_for]
        why = f"depends on what {', '.join(names)} {'gives' if len(names) == 1 else 'give'}"
        self._note(node, *self._without_inputs(node, why))
        for path in self._graph.below(node.path):
            part = self._graph.nodes[path]
            self._note(part, *self._without_inputs(part, why))

    def _without_inputs(self, node: TaskNode, why: str) -> tuple[str, str]:
        if node.is_leaf and not node.template.condition and node.parent is None:
            if not self._options.use_cache:
                return "run", OFF_FOR_RUN
            if is_named(node, self._options.force):
                return "run", f"--force {node.name}"
            if not node.cacheable:
                return "run", OFF_FOR_STEP
        return "unknown", why

    def _skip(self, node: TaskNode, why: str, reason: Reason) -> None:
        for path in (node.path, *self._graph.below(node.path)):
            self._know(self._graph.nodes[path], TaskStatus(path, RuntimeState.SKIPPED, reason))
            self._note(self._graph.nodes[path], "skip", why)

    def _is_skipped(self, path: TaskPath) -> bool:
        status = self._tasks.get(path)
        return path in self._known and status is not None and not status.satisfies

    def _know(self, node: TaskNode, status: TaskStatus) -> None:
        if status.state is RuntimeState.PENDING:
            status.state = RuntimeState.SUCCEEDED
        self._tasks[node.path] = status
        self._known.add(node.path)

    def _note(self, node: TaskNode, action: str, why: str) -> None:
        self._planned[node.path] = PlannedTask(path=node.path, name=node.name, kind=node.kind, action=action, why=why)


def _reported(node: TaskNode) -> set[TaskPath]:
    """Tasks whose final status the task reads."""
    parameters = node.spec.inputs.parameters.values() if node.spec.inputs else ()
    return {node.sibling(one.task_final_status.producer_task) for one in parameters if one.task_final_status}


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
