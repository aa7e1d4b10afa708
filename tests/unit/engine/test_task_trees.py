"""Runs of random trees: an interpreter of its own says what must come of them; logs are replayed, processes die."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from random_trees import Leaves, Oracle, dags, pipeline_of

from jupyter_kfp.engine.active_run import ActiveRun
from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.engine.stored_run import load_active_run
from jupyter_kfp.runs.run import TaskKind
from jupyter_kfp.runs.states import FINISHED, RuntimeState


def start(world, parts, **options):
    """A run that has not begun, with leaves that end as the parts say."""
    world.end = Leaves(parts).end
    return world.create(pipeline_of(parts), **options)


def check(world, run_id, oracle, state):
    """The run and all its tasks ended as the oracle says."""
    tasks = world.store.task_records[run_id]
    found = {path: (task.state.value, task.outputs.get("out")) for path, task in tasks.items()}
    wanted = {path: (end.state, end.out) for path, end in oracle.ends.items()}
    missing = dict.fromkeys(wanted.keys() - found.keys())
    assert {path: found[path] for path in wanted.keys() & found.keys()} | missing == wanted
    rest = {path: found[path][0] for path in found.keys() - wanted.keys()}
    assert set(rest.values()) <= {"SKIPPED"}, "parts of iterations that the oracle does not know"
    assert world.store.get_run(run_id).state == state


def consistent(run):
    """What must hold of every finished run, canceled ones too."""
    for path, status in run.tasks.items():
        assert status.state in FINISHED
        node = run.graph.nodes[path]
        if node.kind is not TaskKind.TASK and status.state is RuntimeState.SUCCEEDED:
            assert all(run.tasks[part].ended_well for part in run.graph.parts(path))
        if status.state is RuntimeState.SKIPPED:
            assert all(run.tasks[part].state is RuntimeState.SKIPPED for part in run.graph.below(path))
    assert not run.in_flight


@settings(max_examples=200, deadline=None)
@given(dags(), st.integers(1, 4))
def test_a_tree_comes_to_what_the_oracle_says_and_its_retry_too(make_world, parts, slots):
    world, oracle = make_world(), Oracle(parts)
    run_id = start(world, parts)
    world.loop(run_id, slots=slots).run()
    check(world, run_id, oracle, oracle.run())
    for _ in range(2):
        stored = load_active_run(world.store, run_id)
        consistent(stored.active)
        events = stored.active.retry(world.clock.now())
        if not events:
            return
        world.store.append(run_id, events, after_seq=stored.last_seq)
        world.loop(run_id, slots=slots).run()
        check(world, run_id, oracle, oracle.run())


@settings(max_examples=60, deadline=None)
@given(dags(), st.lists(st.integers(1, 12), min_size=1, max_size=4))
def test_a_run_whose_process_dies_comes_to_the_same(make_world, parts, lives):
    """Each process stops after so many writes, as if it had been killed right behind one."""
    world, oracle = make_world(), Oracle(parts)
    run_id = start(world, parts)
    for writes in lives:
        loop = world.loop(run_id)
        world.store.stop_after(writes, loop.stop)
        loop.run()
    world.store.stop_after(None, None)
    world.loop(run_id).run()
    check(world, run_id, oracle, oracle.run())


@settings(max_examples=60, deadline=None)
@given(dags(), st.integers(1, 3), st.lists(st.sampled_from(["cancel", "pause", "resume"]), max_size=3), st.data())
def test_every_prefix_of_a_log_is_the_run_that_wrote_it(make_world, parts, slots, wishes, data):
    world = make_world()
    run_id = start(world, parts)
    for wish in wishes:
        world.store.request(run_id, wish, 0.0)
    if "pause" in wishes:
        world.store.request(run_id, "resume", 0.0)
    world.loop(run_id, slots=slots).run()
    events = world.store.events(run_id, limit=1 << 30)
    graph = build_task_graph(pipeline_of(parts))
    live = ActiveRun.from_events(run_id, graph, events[:1])
    chosen = {data.draw(st.integers(1, len(events))) for _ in range(5)}
    for place, stored in enumerate(events[1:], 2):
        live.apply(stored.event)
        if place not in chosen:
            continue
        rebuilt = ActiveRun.from_events(run_id, graph, events[:place])
        assert rebuilt.tasks == live.tasks
        assert rebuilt.graph == live.graph
        assert (rebuilt.state, rebuilt.in_flight) == (live.state, live.in_flight)
    consistent(live)
