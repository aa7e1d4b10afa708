"""Which tasks of a run are to run: ``--only`` and ``--from``, and the names that users give."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum

from jupyter_kfp.engine.task_graph import TaskGraph, TaskNode
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import TaskPath, normalise_name, root_path
from jupyter_kfp.runs.run import RunOptions


class Choice(StrEnum):
    """What a run is to do with a task."""

    RUN = "run"  # take it from the cache or run it
    REUSE = "reuse"  # not selected, but a selected task reads its outputs: they come from an earlier run
    LEAVE = "leave"  # not selected


def select_tasks(graph: TaskGraph, options: RunOptions) -> dict[TaskPath, Choice]:
    """Decide for every task, from the options alone."""
    if not options.only and not options.start_from:
        return dict.fromkeys(graph.nodes, Choice.RUN)
    selected = {root_path(key) for key in options.only}
    selected |= graph.after(root_path(key) for key in options.start_from)
    choices = dict.fromkeys(graph.nodes, Choice.LEAVE)
    for path in selected:
        choices[path] = Choice.RUN
        for producer in producers(graph.nodes[path]):
            if producer not in selected:
                choices[producer] = Choice.REUSE
    return choices


def producers(node: TaskNode) -> set[TaskPath]:
    """Tasks whose outputs the task reads."""
    inputs = node.spec.inputs
    if inputs is None:
        return set()
    parameters = (binding.task_output_parameter for binding in inputs.parameters.values())
    artifacts = (binding.task_output_artifact for binding in inputs.artifacts.values())
    return {root_path(output.producer_task) for output in (*parameters, *artifacts) if output}


def task_keys(graph: TaskGraph, names: Iterable[str], option: str) -> list[str]:
    """Keys of steps given by their name or key, for an option such as ``--from``.

    Raises `KfpError` KFP245 for a name that no step has, with the nearest one.
    """
    known = {node.key: node.key for node in graph.nodes.values()}
    known |= {node.name: node.key for node in graph.nodes.values()}
    keys = []
    for name in names:
        key = known.get(name) or known.get(normalise_name(name))
        if key is None:
            near = get_close_matches(name, known, n=1)
            steps = ", ".join(node.name for node in graph.nodes.values())
            raise KfpError(
                "KFP245",
                f"{option} {name}: the pipeline {graph.pipeline!r} has no step of this name",
                hint=f"did you mean {near[0]!r}?" if near else f"its steps are: {steps}",
                details={"option": option, "name": name, "steps": sorted(known.values())},
            )
        keys.append(key)
    return list(dict.fromkeys(keys))
