"""Runs whose process is gone: found by their lock, resumed or failed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_kfp.engine.reconcile import MAX_RESUMPTIONS, fail_unreadable, reconcile, settle_abandoned
from jupyter_kfp.engine.run_lock import RunLock
from jupyter_kfp.errors import KfpError
from jupyter_kfp.runs.events import NoteAdded, RunMoved
from jupyter_kfp.runs.states import Reason, RuntimeState

CHAIN = {"a": [], "b": ["a"]}


@pytest.fixture
def started():
    return []


@pytest.fixture
def start(started):
    def start_process(run_id, lock):
        started.append(run_id)
        lock.release()

    return start_process


def abandoned(world, folder):
    """A run that was created and whose process then vanished."""
    run_id = world.create(world.make_pipeline(CHAIN))
    RunLock.acquire(folder / run_id).release()
    return run_id


def test_nothing_to_do_costs_one_query(world, tmp_path, start, started):
    world.run(world.make_pipeline(CHAIN))
    assert reconcile(world.store, tmp_path, 1.0, start) == []
    assert list(tmp_path.iterdir()) == []


def test_an_abandoned_run_is_resumed_and_says_so(world, tmp_path, start, started):
    run_id = abandoned(world, tmp_path)
    assert reconcile(world.store, tmp_path, 1.0, start) == [run_id] == started
    note = world.events(run_id)[-1]
    assert isinstance(note, NoteAdded)
    assert note.reason is Reason.RUN_PROCESS_DIED


def test_a_run_that_has_its_process_is_left_alone(world, tmp_path, start, started):
    run_id = abandoned(world, tmp_path)
    held = RunLock.acquire(tmp_path / run_id)
    assert reconcile(world.store, tmp_path, 1.0, start) == []
    held.release()
    assert reconcile(world.store, tmp_path, 1.0, start) == [run_id]


def test_a_run_of_another_machine_is_left_alone(world, tmp_path, start):
    world.create(world.make_pipeline(CHAIN))
    assert reconcile(world.store, tmp_path, 1.0, start) == []


def test_a_run_that_ended_meanwhile_is_left_alone(world, tmp_path, start, started):
    run_id = world.run(world.make_pipeline(CHAIN))
    lock = RunLock.acquire(tmp_path / run_id)
    assert not settle_abandoned(world.store, run_id, lock, 1.0, start)
    assert RunLock.acquire(tmp_path / run_id) is not None
    assert started == []


def test_a_run_that_dies_again_and_again_is_failed(world, tmp_path, start, started):
    run_id = abandoned(world, tmp_path)
    for _ in range(MAX_RESUMPTIONS):
        assert reconcile(world.store, tmp_path, 1.0, start) == [run_id]
    assert reconcile(world.store, tmp_path, 1.0, start) == []
    run = world.store.get_run(run_id)
    assert (run.state, run.reason) == (RuntimeState.FAILED, Reason.RUN_PROCESS_DIED)
    assert run.error.code == "KFP303"
    assert set(world.states(run_id).values()) == {"SKIPPED"}
    assert RunLock.acquire(tmp_path / run_id) is not None


def test_progress_forgives_earlier_deaths(world, tmp_path, start):
    run_id = abandoned(world, tmp_path)
    for _ in range(MAX_RESUMPTIONS):
        reconcile(world.store, tmp_path, 1.0, start)
    loop = world.loop(run_id)

    def script(key, attempt):
        if key == "b":
            loop.stop()
        return world.Outcome(hangs=key == "b")

    world.script = script
    loop.run()  # task a ends
    assert reconcile(world.store, tmp_path, 2.0, start) == [run_id]


def test_a_run_that_cannot_be_read_is_failed(world, tmp_path, start, started):
    run_id = abandoned(world, tmp_path)
    pipeline = world.make_pipeline(CHAIN)
    pipeline.spec.components["comp-b"].executor_label = "exec-nobody"
    world.store.specs[run_id] = world.to_json(pipeline)
    assert reconcile(world.store, tmp_path, 1.0, start) == []
    run = world.store.get_run(run_id)
    assert (run.state, run.error.code) == (RuntimeState.FAILED, "KFP232")
    assert started == []


def test_fail_unreadable_ends_a_running_run(world):
    run_id = world.create(world.make_pipeline(CHAIN))
    world.store.append(run_id, [RunMoved(at=1.0, state=RuntimeState.RUNNING)], after_seq=1)
    fail_unreadable(world.store, run_id, KfpError("KFP232", "broken"), 2.0)
    assert world.store.get_run(run_id).error.message == "broken"


def test_a_lock_is_held_once(tmp_path):
    lock = RunLock.acquire(tmp_path / "run")
    assert RunLock.acquire(tmp_path / "run") is None
    lock.release()
    lock.release()
    assert RunLock.acquire(tmp_path / "run") is not None


def test_a_lock_lives_as_long_as_the_process_that_inherited_it(tmp_path):
    lock = RunLock.acquire(tmp_path / "run")
    child = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        pass_fds=[lock.descriptor],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()
    lock.release()
    assert RunLock.acquire(tmp_path / "run") is None
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert RunLock.acquire(tmp_path / "run") is not None


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(KfpError, match="KFP453") as caught:
        RunLock.acquire(tmp_path / "file" / "run")
    assert str(Path("file") / "run") in caught.value.message
