"""Which tasks of a run are to run: ``--only`` and ``--from``, and the names that users give."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum

from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_node import TaskNode
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import TaskPath, child_path, normalise_name, root_path, spec_path
from jupyter_kfp.runs.run import RunOptions, TaskKind


class Choice(StrEnum):
    """What a run is to do with a task."""

    RUN = "run"  # take it from the cache or run it; if it has parts: start it, for the sake of some of them
    REUSE = "reuse"  # not selected, but a selected task reads its outputs: they come from an earlier run
    LEAVE = "leave"  # not selected


class Selection:
    """The choice for every task of a run, also for those that come later: iterations are chosen as their loop is."""

    def __init__(self, graph: TaskGraph, options: RunOptions) -> None:
        self._choices: dict[TaskPath, Choice] | None = None
        if options.only or options.start_from:
            self._choices = _choose(_with_one_iteration(graph), options)

    def choice(self, path: TaskPath) -> Choice:
        """What to do with the task at a path."""
        if self._choices is None:
            return Choice.RUN
        return self._choices[path if path in self._choices else _in_first_iteration(path)]


def select_tasks(graph: TaskGraph, options: RunOptions) -> dict[TaskPath, Choice]:
    """Decide for every task that there is, from the options alone."""
    selection = Selection(graph, options)
    return {path: selection.choice(path) for path in graph.nodes}


def producers(node: TaskNode) -> set[TaskPath]:
    """Tasks whose outputs the task reads."""
    inputs = node.spec.inputs
    if inputs is None or node.kind is TaskKind.ITERATION:
        return set()
    parameters = (binding.task_output_parameter for binding in inputs.parameters.values())
    artifacts = (binding.task_output_artifact for binding in inputs.artifacts.values())
    return {node.sibling(output.producer_task) for output in (*parameters, *artifacts) if output}


def is_named(node: TaskNode, names: Iterable[str]) -> bool:
    """Whether an option such as ``--force`` names the task, or something that it is a part of."""
    path = spec_path(node.path)
    return any(path == one or path.startswith(f"{one}/") for one in map(_as_path, names))


def task_keys(graph: TaskGraph, names: Iterable[str], option: str) -> list[str]:
    """Keys of steps given by their name, key or path, for an option such as ``--from``; paths for nested ones.

    A key or name that several nested tasks have stands for all of them, a task in a loop for those of all iterations.
    Raises `KfpError` KFP245 for a name that no step has, with the nearest one.
    """
    given = list(names)
    known = _names(graph) if given else {}
    keys: list[str] = []
    for name in given:
        path = spec_path(TaskPath(name if name.startswith("root/") else f"root/{name}"))
        found = known.get(name) or known.get(normalise_name(name)) or known.get(path)
        if found is None:
            near = get_close_matches(name, known, n=1)
            steps = ", ".join(graph.nodes[path].name for path in graph.roots)
            raise KfpError(
                "KFP245",
                f"{option} {name}: the pipeline {graph.pipeline!r} has no step of this name",
                hint=f"did you mean {near[0]!r}?" if near else f"its steps are: {steps}",
                details={
                    "option": option,
                    "name": name,
                    "steps": sorted(key for keys in known.values() for key in keys),
                },
            )
        keys += found
    return list(dict.fromkeys(keys))


def _names(graph: TaskGraph) -> dict[str, list[str]]:
    """What users may call tasks, with what the options keep: a key of the root DAG, or a path."""
    known: dict[str, list[str]] = {}
    by_name: dict[str, list[str]] = {}
    for node in _with_one_iteration(graph).nodes.values():
        if node.kind is TaskKind.ITERATION:
            continue
        path = spec_path(node.path)
        kept = node.key if node.parent is None else path
        for name, table in ((path, known), (node.key, known), (node.name, by_name)):
            if kept not in table.setdefault(name, []):
                table[name].append(kept)
    return by_name | known


def _as_path(name: str) -> TaskPath:
    return TaskPath(name) if name.startswith("root/") else root_path(name)


def _with_one_iteration(graph: TaskGraph) -> TaskGraph:
    """A graph in which each loop has one iteration, which stands for all."""
    complete = graph.copy()
    for node in list(complete.nodes.values()):
        if node.kind is TaskKind.LOOP:
            _expand_once(complete, node.path)
    return complete


def _expand_once(graph: TaskGraph, loop: TaskPath) -> None:
    for path in graph.expand(loop, 1):
        if graph.nodes[path].kind is TaskKind.LOOP:
            _expand_once(graph, path)


def _in_first_iteration(path: TaskPath) -> TaskPath:
    head, *rest = path.split("[")
    return TaskPath(head + "".join(f"[0{part[part.index(']') :]}" for part in rest))


def _choose(graph: TaskGraph, options: RunOptions) -> dict[TaskPath, Choice]:
    only, start_from = set(map(_as_path, options.only)), set(map(_as_path, options.start_from))
    selected: set[TaskPath] = set()
    for node in graph.nodes.values():
        path = spec_path(node.path)
        if path in only and node.kind is not TaskKind.ITERATION:
            selected |= {node.path, *graph.below(node.path)}
        if path in start_from and node.kind is not TaskKind.ITERATION:
            selected |= graph.after([node.path])
    opened = selected | {owner for path in selected for owner in graph.above(path)}
    choices = dict.fromkeys(graph.nodes, Choice.LEAVE)
    for path in opened:
        choices[path] = Choice.RUN
    for path in opened:
        for producer in producers(graph.nodes[path]) | _given_out(graph.nodes[path]):
            if producer not in opened:
                choices[producer] = Choice.REUSE
    return choices


def _given_out(node: TaskNode) -> set[TaskPath]:
    """Parts of a nested DAG whose outputs are always its own; of those that depend on a condition nothing is known."""
    dag = node.component.dag
    if dag is None or dag.outputs is None or node.kind is TaskKind.LOOP:
        return set()
    parameters = [one.value_from_parameter for one in dag.outputs.parameters.values()]
    artifacts = [
        one.artifact_selectors[0] for one in dag.outputs.artifacts.values() if len(one.artifact_selectors) == 1
    ]
    keys = [one.producer_subtask for one in (*parameters, *artifacts) if one]
    return {child_path(node.path, key) for key in keys if key}
