"""Moves of tasks that have parts: how they start, how they end, and what is skipped with them. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from jupyter_kfp.engine.composites import LoopItems, given_out, loop_items
from jupyter_kfp.engine.input_resolution import ResolvedInputs
from jupyter_kfp.engine.restarts import to_do_again
from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_node import TaskNode
from jupyter_kfp.engine.task_status import TaskStatus
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.events import IterationsFound, RunEvent, TaskDeclared, TaskMoved
from jupyter_kfp.runs.run import RunError, TaskKind
from jupyter_kfp.runs.states import Reason, RuntimeState
from jupyter_kfp.spec.pipeline_job import PipelineJob

_S = RuntimeState
Tasks = Mapping[TaskPath, TaskStatus]


def declared(node: TaskNode) -> TaskDeclared:
    """A task as an event declares it."""
    return TaskDeclared(path=node.path, name=node.name, kind=node.kind)


def starting(
    graph: TaskGraph,
    status: TaskStatus,
    inputs: ResolvedInputs,
    known: LoopItems | None,
    start: tuple[float, PipelineJob],
) -> list[RunEvent]:
    """A nested DAG or a loop starts, with these inputs; `known` are the items that the loop has so far.

    `start` is the time, and the job as the task sees it. Raises `KfpError` KFP301, KFP302 if a loop has no list.
    """
    now, job = start
    node = graph.nodes[status.path]
    events: list[RunEvent] = []
    if node.kind is TaskKind.LOOP:
        items = loop_items(node, inputs, job)
        if items != known:
            tasks = [declared(part) for part in graph.iterations(node.path, len(items))]
            found = IterationsFound(
                at=now,
                path=node.path,
                items=items.values,
                artifacts=items.artifacts,
                tasks=tasks,
                again=known is not None,
            )
            events.append(found)
    events.append(started(status, inputs, now))
    return events


def started(status: TaskStatus, inputs: ResolvedInputs, now: float) -> TaskMoved:
    """A task with parts is RUNNING: they may start."""
    return TaskMoved(
        at=now,
        path=status.path,
        state=_S.RUNNING,
        attempt=status.attempt + 1,
        inputs=inputs.artifacts,
        input_parameters=inputs.parameters,
    )


def with_skipped_parts(graph: TaskGraph, tasks: Tasks, move: TaskMoved, reason: Reason | None) -> Iterator[TaskMoved]:
    """A task ends before it has started, and all its parts that have not ended are skipped for this reason."""
    yield move
    for path in graph.below(move.path):
        if not tasks[path].finished:
            yield TaskMoved(at=move.at, path=path, state=_S.SKIPPED, reason=reason)


def stopping(tasks: Iterable[TaskStatus], reason: Reason, now: float) -> Iterator[TaskMoved]:
    """The run is to end early: what has not started is skipped, what has is asked to stop."""
    for status in tasks:
        if status.state is _S.PENDING:
            yield TaskMoved(at=now, path=status.path, state=_S.SKIPPED, reason=reason)
        elif status.state is _S.RUNNING:
            yield TaskMoved(at=now, path=status.path, state=_S.CANCELING, attempt=status.attempt, reason=reason)


def ending(graph: TaskGraph, tasks: Tasks, status: TaskStatus, now: float) -> list[RunEvent]:
    """A task whose parts have all ended: it ends as they did, or starts again if its retry policy says so."""
    node = graph.nodes[status.path]
    parts = [tasks[path] for path in graph.parts(status.path)]
    failed = next((part for part in parts if part.state is _S.FAILED), None)
    if failed is not None and status.state is _S.RUNNING and status.failures < node.retry.max_retries:
        return _starting_again(graph, tasks, status, failed, now)
    if failed is not None:
        return [_failed(graph, status, failed, now)]
    if not all(part.ended_well for part in parts):
        unfinished = next(part for part in parts if not part.ended_well)
        reason = Reason.TIMED_OUT if unfinished.reason is Reason.TIMED_OUT else Reason.RUN_CANCELED
        state = _S.CANCELED if status.state is _S.CANCELING else _S.FAILED
        return [TaskMoved(at=now, path=status.path, state=state, attempt=status.attempt, reason=reason)]
    made = given_out(graph, node, tasks)
    return [
        TaskMoved(
            at=now,
            path=status.path,
            state=_S.SUCCEEDED,
            attempt=status.attempt,
            outputs=made.parameters,
            artifacts=made.artifacts,
        )
    ]


def _failed(graph: TaskGraph, status: TaskStatus, part: TaskStatus, now: float) -> TaskMoved:
    return TaskMoved(
        at=now,
        path=status.path,
        state=_S.FAILED,
        attempt=status.attempt,
        reason=Reason.TASK_FAILED,
        detail=f"{graph.nodes[part.path].name} failed",
        error=_short(part.error),
    )


def _short(error: RunError | None) -> RunError | None:
    """The error of a part, without what is shown beside the part itself."""
    return msgspec.structs.replace(error, traceback="", details={}, hint="") if error else None


def _starting_again(graph: TaskGraph, tasks: Tasks, status: TaskStatus, part: TaskStatus, now: float) -> list[RunEvent]:
    retry = graph.nodes[status.path].retry
    number = status.failures + 1
    seconds = retry.delay(number)
    detail = f"{graph.nodes[part.path].name} failed; retry {number} of {retry.max_retries} in {seconds:g} s"
    again = to_do_again(graph, tasks, within=status.path)
    moves: list[RunEvent] = [restarted(tasks[path], now) for path in again]
    moves.append(
        TaskMoved(
            at=now,
            path=status.path,
            state=_S.PENDING,
            attempt=status.attempt,
            reason=Reason.RETRYING,
            detail=detail,
        )
    )
    return moves


def restarted(status: TaskStatus, now: float) -> TaskMoved:
    """A finished task is to be done again."""
    return TaskMoved(at=now, path=status.path, state=_S.PENDING, attempt=status.attempt)
