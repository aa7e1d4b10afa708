"""`kill -9` of the run's process at any time: the run ends as if nothing had happened, and no step runs twice."""

from __future__ import annotations

import os
import random
import signal
import time

import psutil
import pytest

from jupyter_kfp.engine.run_lock import RunLock
from jupyter_kfp.ids import root_path
from jupyter_kfp.pipeline_service import PipelineService
from jupyter_kfp.runs.events import NoteAdded, TaskMoved, TaskProgressed
from jupyter_kfp.runs.run import RunOptions
from jupyter_kfp.runs.states import Reason, RuntimeState
from jupyter_kfp.settings import Settings

S = RuntimeState
DEADLINE = 120.0
KILLS = 3
COUNT = "import pathlib, time\nopen('{0}.ran', 'a').write('x')\ntime.sleep({1})\n"


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home", max_parallel_tasks=2, grace_seconds=2.0)


@pytest.fixture
def service(settings):
    opened = PipelineService(settings)
    yield opened
    for run in opened.list_runs(states=[S.PENDING, S.RUNNING]):
        opened.cancel(run.run_id)
        for _ in opened.follow(run.run_id):
            pass
    opened.close()


@pytest.fixture
def notebook(make_notebook):
    return make_notebook(
        ("step:a", COUNT.format("a", 0.1) + "a = [1]"),
        ("step:b", COUNT.format("b", 0.4) + "b = a + [2]"),
        ("step:c", COUNT.format("c", 0.6) + "c = a + [3]"),
        ("step:d", COUNT.format("d", 0.1) + "print('end', b + c)"),
    )


def start(service, notebook):
    return service.start_run(service.load(notebook), {}, RunOptions(working_directory=str(notebook.parent)))


def process_of(settings, run):
    """The run's process, as soon as it has signed its lock."""
    lock = settings.runs_folder / run.run_id / "lock"
    deadline = time.monotonic() + DEADLINE
    while True:
        text = lock.read_text().strip()
        if text:
            return psutil.Process(int(text))
        assert time.monotonic() < deadline
        time.sleep(0.005)


def kill(settings, run, number=signal.SIGKILL):
    process = process_of(settings, run)
    children = process.children(recursive=True)
    os.kill(process.pid, number)
    deadline = time.monotonic() + DEADLINE
    while (lock := RunLock.acquire(settings.runs_folder / run.run_id)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    (settings.runs_folder / run.run_id / "lock").write_text("")
    lock.release()
    return children


def follow(service, run, until=lambda event: False):
    deadline, seen = time.monotonic() + DEADLINE, []
    for batch in service.follow(run.run_id, poll_seconds=0.01):
        seen += [stored.event for stored in batch]
        if any(until(stored.event) for stored in batch):
            break
        assert time.monotonic() < deadline, seen
    return seen


def check_end(service, run, folder):
    """Every step succeeded once; a step ran again only if an attempt of it was in flight when the process died."""
    assert service.find_run(run.run_id).state is S.SUCCEEDED, service.find_run(run.run_id).error
    assert "end [1, 2, 1, 3]" in service.logs(run.run_id, root_path("d")).data.decode()
    events = follow(service, run)
    for key in "abcd":
        moves = [event for event in events if isinstance(event, TaskMoved) and event.path == root_path(key)]
        assert [move.state for move in moves].count(S.SUCCEEDED) == 1
        lost = sum(move.reason is Reason.RUN_PROCESS_DIED for move in moves)
        assert len((folder / f"{key}.ran").read_text()) <= 1 + lost
        assert moves[-1].state is S.SUCCEEDED


def test_finished_steps_stay_and_what_was_in_flight_runs_again(service, settings, notebook):
    run = start(service, notebook)
    follow(service, run, lambda event: isinstance(event, TaskProgressed) and event.path == root_path("c"))
    children = kill(settings, run)
    events = follow(service, run)
    check_end(service, run, notebook.parent)
    assert any(isinstance(event, NoteAdded) and event.reason is Reason.RUN_PROCESS_DIED for event in events)
    assert (notebook.parent / "a.ran").read_text() == "x"
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_kills_at_random_moments(service, settings, notebook):
    dice = random.Random(2024)
    run = start(service, notebook)
    for _ in range(KILLS):
        process_of(settings, run)
        time.sleep(dice.uniform(0.0, 1.2))  # the moment is the test: not a wait for anything
        if service.find_run(run.run_id).state is S.SUCCEEDED:
            break
        kill(settings, run)
        PipelineService(settings).list_runs()  # the next start of anything resumes it
    follow(service, run)
    check_end(service, run, notebook.parent)


def test_sigterm_leaves_the_run_resumable(service, settings, notebook):
    run = start(service, notebook)
    follow(service, run, lambda event: isinstance(event, TaskProgressed) and event.path == root_path("b"))
    kill(settings, run, signal.SIGTERM)
    assert service.find_run(run.run_id).state is S.RUNNING
    follow(service, run)
    check_end(service, run, notebook.parent)


def test_a_run_killed_before_its_process_did_anything(service, settings, notebook, monkeypatch):
    monkeypatch.setattr("jupyter_kfp.run_process.start_run_process", lambda run_id, settings, lock, _: lock.release())
    run = start(service, notebook)
    monkeypatch.undo()
    follow(service, run)
    check_end(service, run, notebook.parent)


def test_a_run_outlives_the_command_that_started_it(kfp, notebook):
    started = kfp.json("run", notebook, "--detach")
    # The command has ended; whoever looks next finds the run going on, or done.
    done = kfp.json("attach", started["run_id"])
    assert done["state"] == "SUCCEEDED", done["error"]
    assert (notebook.parent / "a.ran").read_text() == "x"


def test_cancel_of_a_run_whose_process_is_gone(service, settings, notebook):
    run = start(service, notebook)
    follow(service, run, lambda event: isinstance(event, TaskProgressed) and event.path == root_path("b"))
    kill(settings, run)
    service.cancel(run.run_id)
    follow(service, run)
    assert service.find_run(run.run_id).state is S.CANCELED
