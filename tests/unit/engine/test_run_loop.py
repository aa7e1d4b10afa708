"""The loop with a scripted executor: order, parallelism, failure, retries, wishes, caching, crashes."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import pytest

from jupyter_kfp.engine.machine_slots import MachineSlots
from jupyter_kfp.engine.run_loop import RunLoop
from jupyter_kfp.errors import KfpError
from jupyter_kfp.runs.events import NoteAdded, TaskMoved, TaskProgressed
from jupyter_kfp.runs.run import RunOptions, TaskArtifact
from jupyter_kfp.runs.states import Reason, RuntimeState
from jupyter_kfp.spec.model import RetryPolicy
from jupyter_kfp.spec.worker_events import CellFinished, CellStarted, MetricLogged, ParamsLogged, WorkerStarted

CHAIN = {"a": [], "b": ["a"], "c": ["b"]}
DIAMOND = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}
WIDE = {"a": [], "b": [], "c": [], "d": []}


def all_states(world, run_id, state):
    assert set(world.states(run_id).values()) == {state}, world.states(run_id)


def test_chain_runs_in_order(world):
    run_id = world.run(world.make_pipeline(CHAIN))
    assert world.store.get_run(run_id).state is RuntimeState.SUCCEEDED
    assert world.launched() == ["a", "b", "c"]
    assert world.executors[0].closed
    assert world.clock.now() == pytest.approx(1003)


def test_inputs_of_a_task_are_the_outputs_before_it(world):
    run_id = world.run(world.make_pipeline(CHAIN))
    launches = {launch.attempt.path: launch for launch in world.executors[0].launched}
    assert launches["root/b"].input_artifacts["a"] == world.task(run_id, "a").artifacts["data"]


def test_move_to_running_is_written_before_the_launch(world):
    pipeline = world.make_pipeline(CHAIN)
    run_id = world.create(pipeline)
    seen = []

    def script(key, attempt):
        seen.append(world.states(run_id)[key])
        return world.Outcome()

    world.script = script
    world.loop(run_id).run()
    assert seen == ["RUNNING"] * 3


@pytest.mark.parametrize("slots", [1, 2, 3, 8])
def test_branches_overlap_up_to_the_number_of_slots(world, slots):
    run_id = world.run(world.make_pipeline(WIDE), slots=slots)
    assert world.executors[0].most_at_once == min(slots, 4)
    all_states(world, run_id, "SUCCEEDED")


def test_options_limit_parallelism(world):
    world.run(world.make_pipeline(WIDE), RunOptions(max_parallel_tasks=1), slots=4)
    assert world.executors[0].most_at_once == 1


def test_failure_skips_what_depends_on_it_and_nothing_else(world):
    world.script = lambda key, _attempt: world.Outcome(succeeded=key != "b")
    run_id = world.run(world.make_pipeline({**DIAMOND, "e": [], "f": ["e"]}))
    assert world.states(run_id) == {
        "a": "SUCCEEDED",
        "b": "FAILED",
        "c": "SUCCEEDED",
        "d": "SKIPPED",
        "e": "SUCCEEDED",
        "f": "SUCCEEDED",
    }
    assert world.task(run_id, "d").reason is Reason.UPSTREAM_FAILED
    assert world.task(run_id, "d").detail == "b failed"
    run = world.store.get_run(run_id)
    assert (run.state, run.reason) == (RuntimeState.FAILED, Reason.TASK_FAILED)
    assert run.error.message == "root/b attempt 1"


def test_skips_go_all_the_way_down(world):
    world.script = lambda key, _attempt: world.Outcome(succeeded=key != "a")
    run_id = world.run(world.make_pipeline(CHAIN))
    assert world.states(run_id) == {"a": "FAILED", "b": "SKIPPED", "c": "SKIPPED"}
    assert world.details(run_id)["c"] == "b did not run"


def test_retry_after_back_off(world):
    policy = RetryPolicy(max_retry_count=3, backoff_duration="10s", backoff_factor=2.0, backoff_max_duration="15s")
    world.script = lambda key, attempt: world.Outcome(succeeded=attempt == 4)
    run_id = world.run(world.make_pipeline({"a": []}, retry={"a": policy}))
    task = world.task(run_id, "a")
    assert (task.state, task.attempt) == (RuntimeState.SUCCEEDED, 4)
    starts = [e.at for e in world.events(run_id) if isinstance(e, TaskMoved) and e.state is RuntimeState.RUNNING]
    assert [later - earlier for earlier, later in itertools.pairwise(starts)] == [
        pytest.approx(11, abs=0.3),
        pytest.approx(16, abs=0.3),
        pytest.approx(16, abs=0.3),
    ]


def test_retries_run_out(world):
    world.script = lambda key, attempt: world.Outcome(succeeded=False)
    run_id = world.run(world.make_pipeline({"a": []}, retry={"a": RetryPolicy(max_retry_count=2)}))
    assert world.task(run_id, "a").attempt == 3
    assert world.task(run_id, "a").error.message == "root/a attempt 3"
    assert world.store.get_run(run_id).state is RuntimeState.FAILED


def test_what_a_retry_cannot_mend_is_not_retried(world):
    world.script = lambda key, attempt: world.Outcome(succeeded=False, retryable=False)
    run_id = world.run(world.make_pipeline({"a": []}, retry={"a": RetryPolicy(max_retry_count=2)}))
    assert world.task(run_id, "a").attempt == 1


def test_second_run_is_all_cached_and_opens_no_executor(world):
    first = world.run(world.make_pipeline(DIAMOND))
    second = world.run(world.make_pipeline(DIAMOND))
    assert len(world.executors) == 1
    assert {world.task(second, key).reason for key in DIAMOND} == {Reason.CACHED}
    assert world.details(second)["a"].startswith(f"same as run {first[:8]} of ")
    assert world.task(second, "d").artifacts == world.task(first, "d").artifacts


def test_all_cached_run_is_written_in_few_transactions(world):
    edges = {f"t{n}": [] for n in range(100)}
    world.run(world.make_pipeline(edges))
    before = world.store.appends
    world.run(world.make_pipeline(edges))
    assert world.store.appends - before <= 2


def test_metrics_and_logged_artifacts_of_a_hit_are_shown_again(world):
    figure = TaskArtifact(name="fig", type="system.HTML", uri="/a/1", digest="blake3:1", size=3)
    events = [MetricLogged(at=1.0, name="loss", value=0.5, step=2)]
    world.script = lambda key, attempt: world.Outcome(events=events, artifacts=[figure])
    world.run(world.make_pipeline({"a": []}))
    second = world.run(world.make_pipeline({"a": []}))
    assert len(world.executors) == 1
    assert [(m.path, m.name, m.value, m.step) for m in world.store.metrics(second)] == [("root/a", "loss", 0.5, 2)]
    assert world.store.logged_artifacts(second) == [("root/a", figure)]
    world.artifacts.gone.add(figure.digest)
    third = world.run(world.make_pipeline({"a": []}))
    assert world.launched() == ["a", "a"], world.details(third)


def test_reasons_of_misses(world):
    world.run(world.make_pipeline({"a": [], "b": ["a"]}, parameters={"n": 300}), n=300)
    changed = world.run(world.make_pipeline({"a": [], "b": ["a"]}, parameters={"n": 300}), n=500)
    started = [e for e in world.events(changed) if isinstance(e, TaskMoved) and e.state is RuntimeState.RUNNING]
    assert started[0].detail == "n changed: 300 -> 500"
    # Task a made the same bytes as before, so that b has nothing new to do.
    assert world.task(changed, "b").reason is Reason.CACHED


def test_a_changed_input_is_named_with_its_step(world):
    world.run(world.make_pipeline({"a": [], "b": ["a"]}))
    world.script = lambda key, attempt: world.Outcome(content="new")
    run_id = world.run(world.make_pipeline({"a": [], "b": ["a"]}), RunOptions(force=["a"]))
    details = {
        e.path: e.detail for e in world.events(run_id) if isinstance(e, TaskMoved) and e.state is RuntimeState.RUNNING
    }
    assert details == {"root/a": "--force a", "root/b": "input a changed (from a)"}


def test_cache_off(world):
    world.run(world.make_pipeline({"a": [], "b": []}, uncached=["b"]))
    run_id = world.run(world.make_pipeline({"a": [], "b": []}, uncached=["b"]))
    assert world.launched() == ["a", "b", "b"]
    assert world.task(run_id, "a").reason is Reason.CACHED
    run_id = world.run(world.make_pipeline({"a": []}), RunOptions(use_cache=False))
    moves = [e.detail for e in world.events(run_id) if isinstance(e, TaskMoved) and e.state is RuntimeState.RUNNING]
    assert moves == ["--no-cache"]


def test_outputs_that_are_gone_are_made_again(world):
    first = world.run(world.make_pipeline({"a": []}))
    world.artifacts.gone.add(world.task(first, "a").artifacts["data"].digest)
    second = world.run(world.make_pipeline({"a": []}))
    moves = [e.detail for e in world.events(second) if isinstance(e, TaskMoved) and e.state is RuntimeState.RUNNING]
    assert moves == ["stored outputs are gone"]


def test_only_one_step_reuses_what_it_reads(world):
    world.run(world.make_pipeline(CHAIN))
    run_id = world.run(world.make_pipeline(CHAIN, code={"b": "x = 99"}), RunOptions(only=["b"]))
    assert world.states(run_id) == {"a": "SUCCEEDED", "b": "SUCCEEDED", "c": "SKIPPED"}
    assert world.task(run_id, "a").reason is Reason.REUSED
    assert world.task(run_id, "c").reason is Reason.NOT_SELECTED
    assert world.launched() == ["a", "b", "c", "b"]


def test_from_a_step_runs_it_and_what_follows(world):
    world.run(world.make_pipeline(DIAMOND))
    options = RunOptions(start_from=["b"], use_cache=False)
    run_id = world.run(world.make_pipeline(DIAMOND), options)
    assert world.launched()[4:] == ["b", "d"]
    assert world.task(run_id, "a").reason is Reason.REUSED
    assert world.task(run_id, "c").reason is Reason.REUSED


def test_reuse_falls_back_to_older_runs(world):
    world.run(world.make_pipeline(CHAIN))
    world.store.entries.clear()
    run_id = world.run(world.make_pipeline(CHAIN), RunOptions(only=["b"]))
    assert world.task(run_id, "a").reason is Reason.REUSED


def test_outputs_of_another_file_are_not_reused(world):
    world.run(world.make_pipeline(CHAIN), RunOptions(notebook_path="/one.ipynb"))
    other = world.run(world.make_pipeline(CHAIN), RunOptions(only=["b"], notebook_path="/two.ipynb"))
    assert world.store.get_run(other).error.code == "KFP246"
    same = world.run(world.make_pipeline(CHAIN), RunOptions(only=["b"], notebook_path="/one.ipynb"))
    assert world.task(same, "a").reason is Reason.REUSED


def test_nothing_to_reuse_fails_the_run_with_the_step(world):
    run_id = world.run(world.make_pipeline(CHAIN), RunOptions(only=["b"]))
    assert world.states(run_id) == {"a": "FAILED", "b": "SKIPPED", "c": "SKIPPED"}
    assert world.store.get_run(run_id).error.code == "KFP246"


def hanging(world):
    return lambda key, attempt: world.Outcome(hangs=True)


def request_when_launched(world, run_id, kind, count=1):
    """Leave a wish as soon as `count` attempts run."""

    def script(key, attempt):
        if len(world.launched()) + 1 == count:
            world.store.request(run_id, kind, world.clock.now())
        return world.Outcome(hangs=True)

    world.script = script


def test_cancel(world):
    run_id = world.create(world.make_pipeline(DIAMOND))
    request_when_launched(world, run_id, "cancel")
    assert world.loop(run_id).run() is RuntimeState.CANCELED
    assert world.states(run_id) == {"a": "CANCELED", "b": "SKIPPED", "c": "SKIPPED", "d": "SKIPPED"}
    assert world.task(run_id, "b").reason is Reason.RUN_CANCELED


def test_cancel_before_the_start(world):
    run_id = world.create(world.make_pipeline(CHAIN))
    world.store.request(run_id, "cancel", 1.0)
    assert world.loop(run_id).run() is RuntimeState.CANCELED
    assert world.executors == []
    all_states(world, run_id, "SKIPPED")


def test_cancel_of_a_run_that_waits_for_a_back_off(world):
    policy = RetryPolicy(max_retry_count=1, backoff_duration="3600s")
    run_id = world.create(world.make_pipeline({"a": []}, retry={"a": policy}))

    def script(key, attempt):
        world.store.request(run_id, "cancel", 1.0)
        return world.Outcome(succeeded=False)

    world.script = script
    # The wish is read while the attempt runs, or during the back-off: never an hour later.
    assert world.loop(run_id).run() is RuntimeState.CANCELED
    assert world.clock.now() < 1010


def test_a_task_that_ends_well_although_cancelled_keeps_its_result(world):
    run_id = world.create(world.make_pipeline({"a": []}))

    def script(key, attempt):
        world.store.request(run_id, "cancel", 1.0)
        return world.Outcome(seconds=0.25)

    world.script = script
    assert world.loop(run_id).run() is RuntimeState.SUCCEEDED
    all_states(world, run_id, "SUCCEEDED")


def test_pause_and_resume(world):
    run_id = world.create(world.make_pipeline(CHAIN))
    world.store.request(run_id, "pause", 1.0)
    waits = []

    def sleep(seconds):
        world.clock.sleep(seconds)
        waits.append(seconds)
        assert world.launched() == []
        if len(waits) == 20:
            world.store.request(run_id, "resume", 1.0)

    loop = world.loop(run_id)
    loop._settings = replace(loop._settings, sleep=sleep)
    # A run that has not started cannot be paused; it starts, and the wish finds it running.
    assert loop.run() is RuntimeState.SUCCEEDED
    assert world.launched() == ["a", "b", "c"]


def test_progress_is_coalesced_and_metrics_are_kept(world):
    events = [WorkerStarted(at=1.0, cells=2)]
    for index in (1, 2):
        events += [
            CellStarted(at=1.0, cell=index + 3, index=index),
            MetricLogged(at=1.0, name="m", value=index),
            CellFinished(at=2.0, cell=index + 3, index=index, seconds=1.0),
        ]
    events.append(ParamsLogged(at=2.0, values={"lr": 0.1}))
    world.script = lambda key, attempt: world.Outcome(events=events)
    run_id = world.run(world.make_pipeline({"a": []}))
    progress = [(e.done, e.total, e.cell, e.seconds) for e in world.events(run_id) if isinstance(e, TaskProgressed)]
    assert progress == [(0, 2, None, None), (1, 2, 4, 1.0), (2, 2, 5, 1.0)]
    assert [metric.value for metric in world.store.metrics(run_id)] == [1, 2]
    assert "parameters: lr = 0.1" in [e.text for e in world.events(run_id) if isinstance(e, NoteAdded)]


def test_a_launch_that_fails_fails_the_task(world):
    def refuse(launch):
        raise KfpError("KFP399", "no more processes")

    original = world.open_executor

    def open_executor():
        executor = original()
        executor.launch = refuse
        return executor

    world.open_executor = open_executor
    run_id = world.run(world.make_pipeline(CHAIN))
    assert world.states(run_id) == {"a": "FAILED", "b": "SKIPPED", "c": "SKIPPED"}
    assert world.store.get_run(run_id).error.code == "KFP399"


def test_a_fault_of_ours_fails_the_run_with_a_number(world, caplog):
    def script(key, attempt):
        raise RuntimeError("a bug")

    world.script = script
    run_id = world.run(world.make_pipeline(CHAIN))
    run = world.store.get_run(run_id)
    assert run.state is RuntimeState.FAILED
    assert run.error.code == "KFP309"
    number = run.error.message.split()[2].rstrip(":")
    assert number in caplog.text
    assert world.states(run_id) == {"a": "FAILED", "b": "SKIPPED", "c": "SKIPPED"}


def test_a_run_taken_over_by_another_process_is_left_alone(world):
    run_id = world.create(world.make_pipeline(CHAIN))

    def script(key, attempt):
        last = world.store.last_seq(run_id)
        world.store.append(run_id, [NoteAdded(at=1.0, text="me")], after_seq=last)
        return world.Outcome()

    world.script = script
    with pytest.raises(KfpError, match="KFP411"):
        world.loop(run_id).run()
    assert world.store.get_run(run_id).state is RuntimeState.RUNNING
    assert world.executors[0].closed


class Crash(BaseException):
    """The process is gone."""


def crash_at_launch(world, key_of_crash):
    def script(key, attempt):
        if key == key_of_crash and attempt == 1:
            raise Crash
        return world.Outcome()

    world.script = script


def test_after_a_crash_finished_steps_are_kept_and_the_rest_is_run(world):
    run_id = world.create(world.make_pipeline(CHAIN))
    crash_at_launch(world, "b")
    with pytest.raises(Crash):
        world.loop(run_id).run()
    assert world.states(run_id) == {"a": "SUCCEEDED", "b": "RUNNING", "c": "PENDING"}
    assert world.loop(run_id).run() is RuntimeState.SUCCEEDED
    assert world.launched() == ["a", "b", "c"]  # the launch that crashed never began
    assert world.task(run_id, "b").attempt == 2
    lost = [e for e in world.events(run_id) if isinstance(e, TaskMoved) and e.reason is Reason.RUN_PROCESS_DIED]
    assert [(e.path, e.state) for e in lost] == [("root/b", RuntimeState.PENDING)]


def test_lost_attempts_do_not_count_against_retries(world):
    run_id = world.create(world.make_pipeline({"a": []}, retry={"a": RetryPolicy(max_retry_count=1)}))
    crash_at_launch(world, "a")
    with pytest.raises(Crash):
        world.loop(run_id).run()
    world.script = lambda key, attempt: world.Outcome(succeeded=attempt == 3)
    assert world.loop(run_id).run() is RuntimeState.SUCCEEDED


def test_an_attempt_that_survived_the_process_is_adopted(world):
    run_id = world.create(world.make_pipeline(CHAIN))
    loops: list[RunLoop] = []

    def script(key, attempt):
        if key == "b":
            loops[0].stop()
        return world.Outcome(hangs=key == "b")

    world.script = script
    loops.append(world.loop(run_id))
    loops[0].run()
    world.script = lambda key, attempt: world.Outcome()
    loop = world.loop(run_id)
    launch = next(launch for launch in world.executors[0].running.values())
    original = world.open_executor

    def open_executor():
        executor = original()
        executor.adoptable = True
        executor.running[launch.attempt] = launch
        executor._end(launch.attempt, world.Outcome(), 5)
        return executor

    loop._open_executor = open_executor
    assert loop.run() is RuntimeState.SUCCEEDED
    assert world.task(run_id, "b").attempt == 1
    assert any("went on without the run's process" in e.text for e in world.events(run_id) if isinstance(e, NoteAdded))
    # What an adopted attempt made can be used again.
    again = world.run(world.make_pipeline(CHAIN))
    assert world.task(again, "b").reason is Reason.CACHED


def test_stop_leaves_the_run_resumable(world):
    run_id = world.create(world.make_pipeline(CHAIN))
    loops: list[RunLoop] = []

    def script(key, attempt):
        if key == "b":
            loops[0].stop()
        return world.Outcome()

    world.script = script
    loops.append(world.loop(run_id))
    assert loops[0].run() is RuntimeState.RUNNING
    world.script = lambda key, attempt: world.Outcome()
    assert world.loop(run_id).run() is RuntimeState.SUCCEEDED


def test_a_loop_without_an_executor_goes_as_far_as_the_cache(world):
    world.run(world.make_pipeline(CHAIN))
    run_id = world.create(world.make_pipeline(CHAIN, code={"c": "x = 4"}))
    assert world.loop(run_id, executor=False).run() is RuntimeState.RUNNING
    assert world.states(run_id) == {"a": "SUCCEEDED", "b": "SUCCEEDED", "c": "PENDING"}
    assert world.loop(run_id).run() is RuntimeState.SUCCEEDED
    assert world.launched() == ["a", "b", "c", "c"]


def test_retry_of_a_failed_run(world):
    world.script = lambda key, attempt: world.Outcome(succeeded=key != "b")
    run_id = world.run(world.make_pipeline(DIAMOND))
    world.script = lambda key, attempt: world.Outcome()
    stored = world.loop(run_id).active
    world.store.append(run_id, stored.retry(world.clock.now()), after_seq=world.store.last_seq(run_id))
    assert world.states(run_id) == {"a": "SUCCEEDED", "b": "PENDING", "c": "SUCCEEDED", "d": "PENDING"}
    assert world.loop(run_id).run() is RuntimeState.SUCCEEDED
    assert world.launched() == ["a", "b", "c", "b", "d"]
    assert (world.task(run_id, "b").attempt, world.task(run_id, "d").attempt) == (2, 1)


def test_store_that_cannot_write_leaves_the_run_to_reconcile(world):
    run_id = world.create(world.make_pipeline(CHAIN))

    def script(key, attempt):
        world.store.fail_appends = KfpError("KFP403", "disk full")
        return world.Outcome()

    world.script = script
    with pytest.raises(KfpError, match="KFP403"):
        world.loop(run_id).run()
    world.store.fail_appends = None
    world.script = lambda key, attempt: world.Outcome()
    assert world.loop(run_id).run() is RuntimeState.SUCCEEDED


def test_cost_per_task_does_not_grow(world):
    """1,000 tasks; the number of events and transactions is linear, and it ends within the timeout of a test."""
    edges = {f"t{n}": [f"t{n - 10}"] if n >= 10 else [] for n in range(1000)}
    started = time.process_time()
    run_id = world.run(world.make_pipeline(edges, uncached=list(edges)), slots=10)
    assert world.store.get_run(run_id).state is RuntimeState.SUCCEEDED
    assert len(world.store.logs[run_id]) == 1 + 1 + 2 * 1000 + 1
    assert time.process_time() - started < 30


def test_all_runs_of_the_machine_share_its_slots(world, tmp_path):
    other = MachineSlots(tmp_path, "other", 3)
    assert other.take(1) == 1
    run_id = world.create(world.make_pipeline(WIDE))
    loop = world.loop(run_id, slots=4, slots_folder=str(tmp_path), max_machine_tasks=3)
    assert loop.run() is RuntimeState.SUCCEEDED
    assert world.executors[0].most_at_once == 2
    assert other.take(3) == 2
    other.close()


def test_a_run_without_a_free_slot_waits(world, tmp_path):
    other = MachineSlots(tmp_path, "other", 1)
    assert other.take(1) == 1
    started = world.clock.time
    sleep = world.clock.sleep

    def let_go_later(seconds):
        sleep(seconds)
        if world.clock.time > started + 30:
            other.keep(0)

    world.clock.sleep = let_go_later
    run_id = world.create(world.make_pipeline({"a": []}))
    assert world.loop(run_id, slots_folder=str(tmp_path), max_machine_tasks=1).run() is RuntimeState.SUCCEEDED
    assert world.task(run_id, "a").started_at > started + 30
    other.close()
