"""What is to be done again when a run, or a task with parts, is tried once more. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_status import TaskStatus
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.states import Reason
from jupyter_kfp.spec.model import TaskInputParameter

_OF_OTHER_RUNS = (Reason.REUSED, Reason.NOT_SELECTED)


def to_do_again(
    graph: TaskGraph,
    tasks: Mapping[TaskPath, TaskStatus],
    within: TaskPath | None = None,
    changed: Collection[str] = (),
) -> list[TaskPath]:
    """Finished tasks to start anew, in the order of the graph: of the run, or of the parts of one task.

    What did not end as it should; what reads a parameter of the run in `changed`; and everything that waits for one of
    these, with all its parts: its inputs may be others now. What succeeded and depends on none of them stays.
    """
    fixed = {path for path, status in tasks.items() if status.reason in _OF_OTHER_RUNS}
    scope = list(graph.nodes if within is None else graph.below(within))
    again = {path for path in scope if tasks[path].finished and not tasks[path].ended_well}
    readers = {path for path in graph.roots if _reads(graph, path, changed)} if changed else set()
    followers = [follower for path in again for follower in graph.downstream[path]]
    again |= _dirtied(graph, [*readers, *followers], fixed, within) - fixed
    return [path for path in scope if path in again and tasks[path].finished]


def _dirtied(
    graph: TaskGraph, changed: Iterable[TaskPath], fixed: Collection[TaskPath], within: TaskPath | None
) -> set[TaskPath]:
    """Tasks whose inputs changed, and all that have other inputs, or parts with other inputs, because of them."""
    found: set[TaskPath] = set()
    waiting = list(changed)
    while waiting:
        path = waiting.pop()
        if path in found or path in fixed:
            continue
        found.add(path)
        found.update(graph.below(path))
        waiting.extend(graph.downstream[path])
        for owner in graph.above(path):
            if owner == within or owner in found:
                break
            found.add(owner)
            waiting.extend(graph.downstream[owner])
    return found


def _reads(graph: TaskGraph, path: TaskPath, parameters: Collection[str]) -> bool:
    inputs = graph.nodes[path].spec.inputs
    return any(_source(binding) in parameters for binding in (inputs.parameters.values() if inputs else ()))


def _source(binding: TaskInputParameter) -> str | None:
    """Parameter of the run that a task of the root DAG reads."""
    if binding.component_input_parameter:
        return binding.component_input_parameter
    return binding.runtime_value.runtime_parameter if binding.runtime_value else None
