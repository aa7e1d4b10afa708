from __future__ import annotations

import pytest

from jupyter_kfp.ids import Digest, TaskPath, new_run_id
from jupyter_kfp.runs.events import RunCreated, RunMoved, TaskDeclared, TaskMoved, TaskProgressed
from jupyter_kfp.runs.projection import (
    appeared_task,
    created_run,
    declared_tasks,
    move_run,
    move_task,
    progress_task,
)
from jupyter_kfp.runs.run import Progress, Run, RunError, Task, TaskArtifact
from jupyter_kfp.runs.states import Reason, RuntimeState

S = RuntimeState
PATH = TaskPath("root/train")
CREATED = RunCreated(
    at=1.0,
    name="demo 1",
    pipeline="demo",
    experiment="Default",
    parameters={"n": 1},
    spec_digest="d",
    tasks=[TaskDeclared(path=PATH, name="Train")],
)
ERROR = RunError(code="KFP301", message="boom")
MODEL = TaskArtifact(name="model", type="system.Model", uri="/m", digest=Digest("blake3:m"), size=1)


def run_after(*moves: RunMoved) -> Run:
    run = created_run(new_run_id(), CREATED)
    for move in moves:
        run = move_run(run, move)
    return run


def task_after(*events: TaskMoved | TaskProgressed) -> Task:
    task = declared_tasks(CREATED)[0]
    for event in events:
        task = move_task(task, event) if isinstance(event, TaskMoved) else progress_task(task, event)
    return task


def moved(at: float, state: S, **fields: object) -> TaskMoved:
    return TaskMoved(at=at, path=PATH, state=state, **fields)


def test_a_run_begins_pending():
    run = run_after()
    assert (run.state, run.name, run.parameters) == (S.PENDING, "demo 1", {"n": 1})
    assert (run.created_at, run.started_at, run.finished_at) == (1.0, None, None)


def test_a_run_keeps_its_start_through_a_pause():
    run = run_after(
        RunMoved(at=2.0, state=S.RUNNING), RunMoved(at=3.0, state=S.PAUSED), RunMoved(at=4.0, state=S.RUNNING)
    )
    assert (run.state, run.started_at, run.finished_at) == (S.RUNNING, 2.0, None)


def test_a_run_that_is_retried_starts_anew():
    failed = [
        RunMoved(at=2.0, state=S.RUNNING),
        RunMoved(at=3.0, state=S.FAILED, reason=Reason.TASK_FAILED, error=ERROR),
    ]
    run = run_after(*failed)
    assert (run.finished_at, run.reason, run.error) == (3.0, Reason.TASK_FAILED, ERROR)
    run = run_after(*failed, RunMoved(at=9.0, state=S.RUNNING))
    assert (run.started_at, run.finished_at, run.reason, run.error) == (9.0, None, None, None)


def test_a_task_from_start_to_end():
    task = task_after(
        moved(2.0, S.RUNNING, attempt=1),
        TaskProgressed(at=3.0, path=PATH, attempt=1, done=2, total=3, cell=5),
        moved(4.0, S.SUCCEEDED, attempt=1, outputs={"n": 1}, artifacts={"model": MODEL}),
    )
    assert task == Task(
        path=PATH,
        name="Train",
        state=S.SUCCEEDED,
        attempt=1,
        created_at=1.0,
        started_at=2.0,
        finished_at=4.0,
        progress=Progress(done=2, total=3, cell=5),
        outputs={"n": 1},
        artifacts={"model": MODEL},
    )


def test_a_cached_task_has_an_end_but_no_start():
    task = task_after(moved(2.0, S.SUCCEEDED, reason=Reason.CACHED, detail="same as run 3fa2"))
    assert (task.attempt, task.started_at, task.finished_at, task.detail) == (0, None, 2.0, "same as run 3fa2")


def test_between_two_attempts_the_error_of_the_first_is_shown_and_then_gone():
    first = [moved(2.0, S.RUNNING, attempt=1), TaskProgressed(at=3.0, path=PATH, attempt=1, done=1, total=3)]
    waits = moved(4.0, S.PENDING, attempt=1, reason=Reason.RETRYING, error=ERROR)
    task = task_after(*first, waits)
    assert (task.state, task.error, task.attempt, task.finished_at) == (S.PENDING, ERROR, 1, None)
    task = task_after(*first, waits, moved(9.0, S.RUNNING, attempt=2))
    assert (task.attempt, task.error, task.progress, task.started_at) == (2, None, None, 9.0)


def test_a_task_of_a_retried_run_forgets_its_failure():
    failed = moved(3.0, S.FAILED, attempt=1, error=ERROR, artifacts={"notebook": MODEL})
    task = task_after(moved(2.0, S.RUNNING, attempt=1), failed)
    assert task.artifacts == {"notebook": MODEL}
    task = task_after(moved(2.0, S.RUNNING, attempt=1), failed, moved(5.0, S.PENDING))
    assert task == Task(path=PATH, name="Train", state=S.PENDING, attempt=1, created_at=1.0)


@pytest.mark.parametrize("attempt", [0, 1])
def test_late_news_of_an_earlier_attempt_changes_nothing(attempt):
    task = task_after(
        moved(2.0, S.RUNNING, attempt=2), TaskProgressed(at=3.0, path=PATH, attempt=attempt, done=1, total=2)
    )
    assert task.progress is None


def test_a_task_that_appears_later_is_named_by_its_key():
    task = appeared_task(TaskPath("root/for-loop-2[3]/train"), 7.0)
    assert (task.name, task.state, task.created_at) == ("train", S.PENDING, 7.0)
