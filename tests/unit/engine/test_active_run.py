"""The state machine: every move, every replay, and random pipelines with random outcomes."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_kfp.engine.active_run import ActiveRun
from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.engine.task_status import TaskStatus
from jupyter_kfp.executors.task_executor import TaskAttempt, TaskEnded
from jupyter_kfp.ids import RunId, root_path
from jupyter_kfp.runs.events import RunMoved, TaskMoved
from jupyter_kfp.runs.run import RunError, RunOptions
from jupyter_kfp.runs.states import ALLOWED_RUN_MOVES, ALLOWED_TASK_MOVES, FINISHED, Reason, RuntimeState
from jupyter_kfp.spec.model import RetryPolicy

RUN_ID = RunId("00000000-0000-4000-8000-000000000000")
A = root_path("a")
S = RuntimeState
WAYS = {
    S.PENDING: [],
    S.RUNNING: [S.RUNNING],
    S.SUCCEEDED: [S.SUCCEEDED],
    S.SKIPPED: [S.SKIPPED],
    S.FAILED: [S.RUNNING, S.FAILED],
    S.CANCELING: [S.RUNNING, S.CANCELING],
    S.CANCELED: [S.RUNNING, S.CANCELING, S.CANCELED],
    S.PAUSED: [S.RUNNING, S.PAUSED],
}
"""How to bring a task into each state; a run too, but for the one that only a started run can reach."""
TASK_STATES = [state for state in S if state is not S.PAUSED]
RUN_STATES = [state for state in S if state is not S.SKIPPED]
RUN_WAYS = {**WAYS, S.SUCCEEDED: [S.RUNNING, S.SUCCEEDED]}


def new_run(world, edges=None, **options):
    return ActiveRun(RUN_ID, build_task_graph(world.make_pipeline(edges or {"a": []}, **options)))


def moved(state, **fields):
    return TaskMoved(at=1.0, path=A, state=state, **fields)


@pytest.mark.parametrize(("before", "after"), list(itertools.product(TASK_STATES, S)))
def test_tasks_make_the_allowed_moves_and_no_others(before, after):
    status = TaskStatus(A)
    for state in WAYS[before]:
        status.move(moved(state))
    if after in ALLOWED_TASK_MOVES[before]:
        status.move(moved(after))
        assert status.state is after
    else:
        with pytest.raises(AssertionError, match="is no move"):
            status.move(moved(after))


@pytest.mark.parametrize(("before", "after"), list(itertools.product(RUN_STATES, S)))
def test_runs_make_the_allowed_moves_and_no_others(world, before, after):
    run = new_run(world)
    for state in RUN_WAYS[before]:
        run.apply(RunMoved(at=1.0, state=state))
    if after in ALLOWED_RUN_MOVES[before]:
        run.apply(RunMoved(at=1.0, state=after))
        assert run.state is after
    else:
        with pytest.raises(AssertionError, match="is no move"):
            run.apply(RunMoved(at=1.0, state=after))


@pytest.mark.parametrize("state", RUN_STATES)
@pytest.mark.parametrize("wish", ["cancel", "pause", "resume", "retry"])
def test_wishes_in_every_state_give_possible_moves(world, state, wish):
    run = new_run(world)
    for step in RUN_WAYS[state]:
        run.apply(RunMoved(at=1.0, state=step))
    for event in getattr(run, wish)(2.0):
        run.apply(event)


@pytest.mark.parametrize("state", [S.PENDING, S.SUCCEEDED, S.SKIPPED, S.FAILED, S.CANCELED])
def test_late_news_of_an_attempt_says_nothing(world, state):
    run = new_run(world)
    for step in WAYS[state]:
        run.apply(moved(step, attempt=1))
    assert run.ended(TaskAttempt(RUN_ID, A, 1), TaskEnded(succeeded=True), 2.0) == []


def test_news_of_another_attempt_or_task_says_nothing(world):
    run = new_run(world)
    run.apply(moved(S.RUNNING, attempt=2))
    assert run.ended(TaskAttempt(RUN_ID, A, 1), TaskEnded(succeeded=True), 2.0) == []
    assert run.ended(TaskAttempt(RUN_ID, root_path("nobody"), 2), TaskEnded(succeeded=True), 2.0) == []


def test_abort_ends_everything(world):
    run = new_run(world, {"a": [], "b": ["a"], "c": []})
    run.apply(RunMoved(at=1.0, state=S.RUNNING))
    run.apply(moved(S.RUNNING, attempt=1))
    for event in run.abort(Reason.RUN_PROCESS_DIED, RunError(code="KFP303", message="m"), 2.0):
        run.apply(event)
    assert run.state is S.FAILED
    assert {task.path: task.state for task in run.tasks.values()} == {
        A: S.FAILED,
        root_path("b"): S.SKIPPED,
        root_path("c"): S.SKIPPED,
    }


def test_pausing_when_nothing_is_left_ends_the_run(world):
    run = new_run(world)
    for event in (RunMoved(at=1.0, state=S.RUNNING), moved(S.RUNNING, attempt=1), RunMoved(at=1.0, state=S.PAUSED)):
        run.apply(event)
    assert not run.decide(2.0)
    run.apply(moved(S.SUCCEEDED, attempt=1))
    for event in run.decide(3.0).events:
        run.apply(event)
    assert run.state is S.SUCCEEDED


class Simulation:
    """Plays executor, cache and user for a state machine, by the dice; keeps every event."""

    def __init__(self, run, dice):
        self.run = run
        self.dice = dice
        self.now = 1.0
        self.events = []
        self.transactions = set()
        self.running = []
        self.launched = []

    def add(self, events):
        for event in events:
            self.run.apply(event)
            self.events.append(event)
        self.transactions.add(len(self.events))

    def play(self, *, wishes=()):
        wishes = list(wishes)
        for _ in range(10_000):
            wake_at = self.work()
            if self.run.finished:
                return
            if wishes and self.dice.random() < 0.3:
                self.add(getattr(self.run, wishes.pop(0))(self.now))
                continue
            if self.running:
                self.end(self.running.pop(self.dice.randrange(len(self.running))))
            elif self.run.state is S.PAUSED:
                self.add(self.run.resume(self.now))
            else:
                assert wake_at is not None, "nothing runs, nothing waits, and the run has not ended"
                self.now = wake_at
        raise AssertionError("the run does not end")

    def work(self):
        while decision := self.run.decide(self.now):
            self.add(decision.events)
            for path in decision.reuse:
                self.add([TaskMoved(at=self.now, path=path, state=S.SUCCEEDED, reason=Reason.REUSED)])
            for path in decision.prepare:
                assert all(self.run.tasks[other].satisfies for other in self.run.graph.nodes[path].upstream)
                if self.dice.random() < 0.2:
                    self.add([TaskMoved(at=self.now, path=path, state=S.SUCCEEDED, reason=Reason.CACHED)])
                elif self.dice.random() < 0.05:
                    self.add([TaskMoved(at=self.now, path=path, state=S.FAILED, reason=Reason.INPUT_ERROR)])
                else:
                    self.run.prepared(path)
            for path in decision.launch:
                number = self.run.tasks[path].attempt + 1
                self.add([TaskMoved(at=self.now, path=path, state=S.RUNNING, attempt=number)])
                self.running.append(TaskAttempt(RUN_ID, path, number))
                self.launched.append((path, number))
        self.now += 0.5
        return decision.wake_at

    def end(self, attempt):
        kind = self.dice.random()
        if kind < 0.1:
            self.add(self.run.lost(attempt, self.now))
            return
        error = RunError(code="KFP311", message=str(attempt))
        end = TaskEnded(succeeded=kind < 0.75, retryable=kind < 0.9, error=error, reason=Reason.USER_CODE)
        self.add(self.run.ended(attempt, end, self.now))


@st.composite
def pipelines(draw):
    count = draw(st.integers(1, 8))
    edges = {f"t{n}": [f"t{m}" for m in range(n) if draw(st.integers(0, 3)) == 0] for n in range(count)}
    retry = {
        key: RetryPolicy(max_retry_count=draw(st.integers(0, 3)), backoff_duration=draw(st.sampled_from(["0s", "7s"])))
        for key in edges
    }
    options = RunOptions()
    if draw(st.booleans()):
        chosen = [key for key in edges if draw(st.booleans())]
        options = RunOptions(only=chosen) if draw(st.booleans()) else RunOptions(start_from=chosen)
    return edges, retry, options


def consistent(run):
    """What must hold of every finished run."""
    states = {path: status.state for path, status in run.tasks.items()}
    assert set(states.values()) <= FINISHED
    for path, node in run.graph.nodes.items():
        status = run.tasks[path]
        bad = [other for other in node.upstream if not run.tasks[other].satisfies]
        if status.reason is Reason.UPSTREAM_FAILED:
            assert bad
        if status.state is S.SUCCEEDED and status.reason is not Reason.REUSED:
            assert not bad
    if run.state is S.SUCCEEDED:
        assert all(status.satisfies for status in run.tasks.values())
    if run.state is S.FAILED:
        assert S.FAILED in states.values()


@settings(max_examples=150, deadline=None)
@given(
    pipelines(),
    st.integers(0, 2**32),
    st.integers(1, 4),
    st.lists(st.sampled_from(["cancel", "pause", "resume"]), max_size=3),
)
def test_every_run_ends_and_replays(make_world, pipeline, seed, slots, wishes):
    edges, retry, options = pipeline
    graph = build_task_graph(make_world().make_pipeline(edges, retry=retry))
    run = ActiveRun(RUN_ID, graph, options, max_parallel_tasks=slots)
    game = Simulation(run, random.Random(seed))
    game.play(wishes=wishes)
    consistent(run)
    # A retry of what failed ends too, and does not run again what succeeded.
    if run.state in (S.FAILED, S.CANCELED):
        succeeded = {path for path, status in run.tasks.items() if status.satisfies}
        before = len(game.launched)
        game.add(run.retry(game.now))
        game.play()
        consistent(run)
        assert succeeded.isdisjoint(path for path, _ in game.launched[before:])
    assert len(set(game.launched)) == len(game.launched), "an attempt was launched twice"
    replays(game, graph, options, slots)


def replays(game, graph, options, slots):
    """At every prefix of the log the rebuilt run is in the state of the one that wrote it, and can go on from there."""
    live = ActiveRun(RUN_ID, graph, options, max_parallel_tasks=slots)
    for place, event in enumerate(game.events):
        live.apply(event)
        rebuilt = ActiveRun(RUN_ID, graph, options, max_parallel_tasks=slots)
        for earlier in game.events[: place + 1]:
            rebuilt.apply(earlier)
        assert rebuilt.tasks == live.tasks
        assert (rebuilt.state, rebuilt.in_flight) == (live.state, live.in_flight)
        if place + 1 in game.transactions and place % 7 == 0 and not rebuilt.finished:
            later = Simulation(rebuilt, random.Random(place))
            later.now = game.now + 1000
            later.add(itertools.chain.from_iterable(rebuilt.lost(each, later.now) for each in rebuilt.in_flight))
            later.play()
            consistent(rebuilt)
    assert live.tasks == game.run.tasks


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ('step "Train model", cell 4, line 2: ValueError: fix me\nand more', "ValueError: fix me"),
        ('step "Train model": stopped after its timeout of 2 s', "stopped after its timeout of 2 s"),
        ("the disk is full", "the disk is full"),
        ("", "ValueError"),
    ],
)
def test_a_retry_says_why(world, message, told):
    run = new_run(world, retry={"a": RetryPolicy(max_retry_count=3, backoff_duration="1s")})
    run.apply(moved(S.RUNNING, attempt=1))
    error = RunError(code="KFP361", message=message, step="train-model", exception="ValueError")
    (move,) = run.ended(TaskAttempt(RUN_ID, A, 1), TaskEnded(succeeded=False, error=error), 2.0)
    assert move.detail == f"{told}; retry 1 of 3 in 1 s"
