"""Every state that a small tree can come into, times everything that can happen then.

The tree has a leaf with a retry, a nested DAG, a loop of two iterations and a task that waits for them: 2,300 states,
explored breadth first. What a process does between two pieces of news is done at once, as `run_loop` does it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator

import pytest
from random_trees import Part, pipeline_of

from jupyter_kfp.engine.active_run import ActiveRun
from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.engine.input_resolution import ResolvedInputs
from jupyter_kfp.engine.tree_moves import declared
from jupyter_kfp.executors.task_executor import TaskAttempt, TaskEnded
from jupyter_kfp.ids import RunId
from jupyter_kfp.runs.events import RunCreated, RunEvent, RunMoved, StoredEvent, TaskMoved
from jupyter_kfp.runs.run import RunError, TaskKind
from jupyter_kfp.runs.states import FINISHED, Reason, RuntimeState
from jupyter_kfp.spec.pipeline_job import PipelineJob

RUN_ID = RunId("00000000-0000-4000-8000-000000000000")
S = RuntimeState
ERROR = RunError(code="KFP311", message="it failed")
LATE = 1e9
"""A time at which every back-off is over."""
PARTS = [
    Part("a", retries=1),
    Part("dag", body=[Part("x")]),
    Part("loop", body=[Part("z")], items=2),
    Part("last", before=["a", "dag", "loop"], any_end=True),
]
Log = tuple[RunEvent, ...]


@pytest.fixture(scope="module")
def graph():
    return build_task_graph(pipeline_of(PARTS))


def rebuilt(graph, log: Log) -> ActiveRun:
    stored = [StoredEvent(run_id=RUN_ID, seq=seq, event=event) for seq, event in enumerate(log, 1)]
    return ActiveRun.from_events(RUN_ID, graph, stored, max_parallel_tasks=2)


def key_of(run: ActiveRun) -> tuple[object, ...]:
    """What tells states apart; numbers of attempts do not, of which a run may have any."""
    tasks = tuple((path, one.state, one.failures, bool(one.not_before)) for path, one in sorted(run.tasks.items()))
    return run.state, tasks, run.resumptions


def settled(run: ActiveRun, now: float) -> Iterator[RunEvent]:
    """Do what there is to do, until only news or time can change anything; applies and gives the events."""
    while decision := run.decide(now):
        events = list(decision.events)
        for event in events:
            run.apply(event)
        yield from events
        for path in decision.prepare:
            if run.graph.nodes[path].is_leaf:
                run.prepared(path)
                continue
            for event in run.start(path, ResolvedInputs(), PipelineJob(), now):
                run.apply(event)
                yield event
        for path in decision.launch:
            event = TaskMoved(at=now, path=path, state=S.RUNNING, attempt=run.tasks[path].attempt + 1)
            run.apply(event)
            yield event
    told = run.in_flight or decision.wake_at is not None or run.state is S.PAUSED
    assert run.finished or told, f"{run.state} with nothing to wait for"


def happenings(run: ActiveRun) -> Iterator[tuple[str, Callable[[], list[RunEvent]]]]:
    """Everything that can happen to a run, in any state."""
    for wish in ("cancel", "pause", "resume", "retry"):
        yield wish, lambda wish=wish: getattr(run, wish)(1.0)
    yield "time passes", list
    yield "a process goes on", list
    yield "abort", lambda: run.abort(Reason.RUN_PROCESS_DIED, ERROR, 1.0)
    for attempt in run.in_flight:
        yield "success", lambda attempt=attempt: run.ended(attempt, TaskEnded(succeeded=True), 1.0)
        for retryable in (True, False):
            end = TaskEnded(succeeded=False, reason=Reason.USER_CODE, error=ERROR, retryable=retryable)
            yield "failure", lambda attempt=attempt, end=end: run.ended(attempt, end, 1.0)
        yield "lost", lambda attempt=attempt: run.lost(attempt, 1.0)
        late = TaskAttempt(RUN_ID, attempt.path, attempt.attempt - 1)
        yield "late news", lambda late=late: run.ended(late, TaskEnded(succeeded=True), 1.0)
    for path, status in run.tasks.items():
        if status.finished:
            ended = TaskAttempt(RUN_ID, path, status.attempt)
            yield "late news", lambda ended=ended: run.ended(ended, TaskEnded(succeeded=True), 1.0)


def consistent(run: ActiveRun) -> None:
    for path, status in run.tasks.items():
        parts = [run.tasks[part] for part in run.graph.parts(path)] if not run.graph.nodes[path].is_leaf else []
        if status.state is S.SUCCEEDED:
            assert all(part.ended_well for part in parts), f"{path} succeeded without its parts"
        if status.finished:
            assert all(part.finished for part in parts), f"{path} ended before its parts"
        if status.state is S.PENDING and run.graph.nodes[path].kind is not TaskKind.TASK:
            assert not any(part.state in {S.RUNNING, S.CANCELING} for part in parts), f"parts of {path} began before it"
    if run.finished:
        assert all(status.finished for status in run.tasks.values())
        assert not run.in_flight
    if run.state is S.SUCCEEDED:
        assert all(run.tasks[path].ended_well for path in run.graph.roots)


def test_whatever_happens_in_whatever_state_leaves_a_run_that_makes_sense(graph):
    tasks = [declared(node) for node in graph.nodes.values()]
    created = RunCreated(at=0.0, name="r", pipeline="tree", experiment="e", spec_digest="d", tasks=tasks)
    first = rebuilt(graph, (created,))
    waiting: deque[Log] = deque([(created,)])
    seen, ends = {key_of(first)}, Counter[str]()
    while waiting:
        log = waiting.popleft()
        for index, (name, _) in enumerate(happenings(rebuilt(graph, log))):
            run = rebuilt(graph, log)
            finished = {path for path, status in run.tasks.items() if status.finished}
            events = list(happenings(run))[index][1]()
            assert not (name == "late news" and events)
            for event in events:
                run.apply(event)
            events += list(settled(run, LATE if name == "time passes" else 1.0))
            consistent(run)
            if name != "retry":
                again = {one.path for one in events if isinstance(one, TaskMoved)} & finished
                assert not again, f"{again} moved after their end, by {name}"
            if run.finished:
                ends[run.state] += any(isinstance(one, RunMoved) for one in events)
            key = key_of(run)
            assert key == key_of(rebuilt(graph, (*log, *events))), "the log is another run than the one that wrote it"
            if key not in seen:
                seen.add(key)
                waiting.append((*log, *events))
    assert set(ends) == {S.SUCCEEDED, S.FAILED, S.CANCELED}
    assert len(seen) > 2000, "not much of the tree was seen"
    assert {state for state, *_ in seen} == {S.RUNNING, S.PAUSED, S.CANCELING, *FINISHED - {S.SKIPPED}} | {S.PENDING}
