"""From events to the records of a run and its tasks: pure functions, the only place that says what an event changes."""

from __future__ import annotations

import msgspec

from jupyter_kfp.ids import RunId, TaskPath, task_key
from jupyter_kfp.runs.events import IterationsFound, RunCreated, RunMoved, TaskMoved, TaskProgressed
from jupyter_kfp.runs.run import Progress, Run, Task
from jupyter_kfp.runs.states import FINISHED, RuntimeState


def created_run(run_id: RunId, event: RunCreated) -> Run:
    """The run as its first event leaves it."""
    return Run(
        run_id=run_id,
        name=event.name,
        pipeline=event.pipeline,
        experiment=event.experiment,
        state=RuntimeState.PENDING,
        created_at=event.at,
        parameters=event.parameters,
        options=event.options,
        spec_digest=event.spec_digest,
    )


def declared_tasks(event: RunCreated | IterationsFound) -> list[Task]:
    """The tasks that an event declares, as it leaves them."""
    return [
        Task(path=task.path, name=task.name, kind=task.kind, state=RuntimeState.PENDING, created_at=event.at)
        for task in event.tasks
    ]


def appeared_task(path: TaskPath, at: float) -> Task:
    """A task that the run did not declare, such as an iteration of a loop, before its first event."""
    return Task(path=path, name=task_key(path), state=RuntimeState.PENDING, created_at=at)


def move_run(run: Run, event: RunMoved) -> Run:
    """The run after it changed its state. A finished run that starts again has a new start and no end."""
    started_at = run.started_at
    if event.state is RuntimeState.RUNNING and (started_at is None or run.state in FINISHED):
        started_at = event.at
    return msgspec.structs.replace(
        run,
        state=event.state,
        reason=event.reason,
        error=event.error,
        parameters=run.parameters if event.parameters is None else event.parameters,
        started_at=started_at,
        finished_at=event.at if event.state in FINISHED else None,
    )


def move_task(task: Task, event: TaskMoved) -> Task:
    """The task after it changed its state; a new attempt, or a new start after its end, leaves nothing of before."""
    if event.attempt > task.attempt or (task.state in FINISHED and event.state not in FINISHED):
        task = Task(
            path=task.path,
            name=task.name,
            kind=task.kind,
            state=task.state,
            attempt=max(task.attempt, event.attempt),
            created_at=task.created_at,
        )
    starts = event.state is RuntimeState.RUNNING and task.started_at is None
    return msgspec.structs.replace(
        task,
        state=event.state,
        reason=event.reason,
        detail=event.detail,
        error=event.error,
        started_at=event.at if starts else task.started_at,
        finished_at=event.at if event.state in FINISHED else None,
        outputs=event.outputs,
        artifacts=event.artifacts,
        input_parameters=event.input_parameters or task.input_parameters,
        origin=event.origin,
    )


def progress_task(task: Task, event: TaskProgressed) -> Task:
    """The task after a cell began or ended; news of an attempt that is over changes nothing."""
    if event.attempt < task.attempt:
        return task
    return msgspec.structs.replace(task, progress=Progress(done=event.done, total=event.total, cell=event.cell))
