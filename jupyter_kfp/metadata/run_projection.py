"""Keeps the tables of a run in step with its events, inside the transaction that appends them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from jupyter_kfp.ids import RunId, TaskPath
from jupyter_kfp.metadata.run_rows import (
    Values,
    artifact_row,
    move_artifact_rows,
    read_run,
    read_task,
    run_row,
    task_row,
)
from jupyter_kfp.metadata.tables import metrics, name_key, runs, task_artifacts, tasks
from jupyter_kfp.runs.events import (
    ArtifactRecorded,
    IterationsFound,
    MetricRecorded,
    RunEvent,
    RunMoved,
    StoredEvent,
    TaskMoved,
    TaskProgressed,
    encode_event,
)
from jupyter_kfp.runs.projection import appeared_task, declared_tasks, move_run, move_task, progress_task
from jupyter_kfp.runs.run import Task

_Item = TypeVar("_Item")
IN_LIMIT = 500
"""Values in one ``IN``: all databases take as many."""

_update_task = (
    update(tasks)
    .where(tasks.c.run_id == bindparam("of_run"), tasks.c.path_key == bindparam("of_path"))
    .values({column.name: bindparam(column.name) for column in tasks.c if column.name not in ("run_id", "path_key")})
)


def project(connection: Connection, run_id: RunId, events: Sequence[StoredEvent]) -> None:
    """Apply events that were just appended; not the first of a run, see `create_rows`."""
    _project_run(connection, run_id, [stored.event for stored in events])
    for part in _parts([stored.event for stored in events]):
        _project_iterations(connection, run_id, part)
        _project_tasks(connection, run_id, part)
    metric_rows: list[Values] = []
    artifact_rows: list[Values] = []
    for stored in events:
        match stored.event:
            case MetricRecorded() as event:
                metric_rows.append({"run_id": run_id, "seq": stored.seq, "data": encode_event(event)})
            case ArtifactRecorded(path=path, attempt=attempt, artifact=artifact):
                use = ("logged", artifact.name, artifact)
                artifact_rows.append(artifact_row(run_id, stored.seq, 0, path, attempt, use))
            case TaskMoved() as event:
                artifact_rows.extend(move_artifact_rows(run_id, stored.seq, event))
            case _:
                pass
    if metric_rows:
        connection.execute(insert(metrics), metric_rows)
    if artifact_rows:
        connection.execute(insert(task_artifacts), artifact_rows)


def insert_tasks(connection: Connection, run_id: RunId, new: Sequence[Task], *, first_position: int = 0) -> None:
    """Add tasks, in their order."""
    if new:
        rows = [task_row(run_id, task, position) for position, task in enumerate(new, first_position)]
        connection.execute(insert(tasks), rows)


def chunks(items: Iterable[_Item], size: int = IN_LIMIT) -> Iterator[list[_Item]]:
    """Lists of at most `size` items."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def _project_run(connection: Connection, run_id: RunId, events: Sequence[RunEvent]) -> None:
    moves = [event for event in events if isinstance(event, RunMoved)]
    if not moves:
        return
    row = connection.execute(select(runs).where(runs.c.run_id == run_id)).one()
    run = read_run(row)
    for move in moves:
        run = move_run(run, move)
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(run_row(run, row.last_seq)))


def _parts(events: Sequence[RunEvent]) -> Iterator[list[RunEvent]]:
    """The events in parts, each from a loop's change of iterations on: what is before concerns those it had."""
    part: list[RunEvent] = []
    for event in events:
        if isinstance(event, IterationsFound) and event.again and part:
            yield part
            part = []
        part.append(event)
    yield part


def _project_iterations(connection: Connection, run_id: RunId, events: Sequence[RunEvent]) -> None:
    found = [event for event in events if isinstance(event, IterationsFound)]
    for event in found:
        if event.again:
            _delete_iterations(connection, run_id, event.path)
    declared = [task for event in found for task in declared_tasks(event)]
    if declared:
        insert_tasks(connection, run_id, declared, first_position=_next_position(connection, run_id))


def _delete_iterations(connection: Connection, run_id: RunId, loop: TaskPath) -> None:
    paths = connection.execute(select(tasks.c.path).where(tasks.c.run_id == run_id)).scalars()
    for keys in chunks(name_key(path) for path in list(paths) if path.startswith(f"{loop}[")):
        connection.execute(delete(tasks).where(tasks.c.run_id == run_id, tasks.c.path_key.in_(keys)))


def _next_position(connection: Connection, run_id: RunId) -> int:
    last = connection.execute(select(func.max(tasks.c.position)).where(tasks.c.run_id == run_id)).scalar()
    return 0 if last is None else last + 1


def _project_tasks(connection: Connection, run_id: RunId, events: Sequence[RunEvent]) -> None:
    changes = [event for event in events if isinstance(event, TaskMoved | TaskProgressed)]
    if not changes:
        return
    known, positions = _load_tasks(connection, run_id, {event.path for event in changes})
    changed: dict[TaskPath, Task] = {}
    for event in changes:
        task = changed.get(event.path) or known.get(event.path) or appeared_task(event.path, event.at)
        changed[event.path] = move_task(task, event) if isinstance(event, TaskMoved) else progress_task(task, event)
    rows = [
        {"of_run": run_id, "of_path": name_key(path)} | task_row(run_id, task, positions[path])
        for path, task in changed.items()
        if path in known and task != known[path]
    ]
    if rows:
        connection.execute(_update_task, rows)
    appeared = [task for path, task in changed.items() if path not in known]
    if appeared:
        insert_tasks(connection, run_id, appeared, first_position=_next_position(connection, run_id))


def _load_tasks(
    connection: Connection, run_id: RunId, paths: set[TaskPath]
) -> tuple[dict[TaskPath, Task], dict[TaskPath, int]]:
    known: dict[TaskPath, Task] = {}
    positions: dict[TaskPath, int] = {}
    for keys in chunks(name_key(path) for path in paths):
        rows = connection.execute(select(tasks).where(tasks.c.run_id == run_id, tasks.c.path_key.in_(keys)))
        for row in rows:
            task = read_task(row)
            known[task.path] = task
            positions[task.path] = row.position
    return known, positions
