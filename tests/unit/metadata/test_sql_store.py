"""What only real processes show of the SQL store, and that its tables are nothing but its events."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import Digest, RunId, TaskPath, new_run_id, root_path
from jupyter_kfp.metadata.sql_store import SqlMetadataStore
from jupyter_kfp.runs.events import (
    ArtifactRecorded,
    MetricRecorded,
    NoteAdded,
    RunCreated,
    RunMoved,
    TaskDeclared,
    TaskMoved,
    TaskProgressed,
)
from jupyter_kfp.runs.run import RunError, TaskArtifact
from jupyter_kfp.runs.states import ALLOWED_RUN_MOVES, ALLOWED_TASK_MOVES, Reason, RuntimeState

PATHS = [root_path("prepare"), root_path("train"), TaskPath("root/for-loop-2[0]/train")]
DIGEST = Digest("blake3:" + "5" * 64)


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("store") / "kfp.db"


@pytest.fixture(scope="module")
def store(path):
    store = SqlMetadataStore(f"sqlite:///{path}")
    yield store
    store.close()


def new_run(store: SqlMetadataStore) -> RunId:
    run_id = new_run_id()
    declared = [TaskDeclared(path=path, name=path) for path in PATHS[:2]]
    created = RunCreated(at=1.0, name="n", pipeline="p", experiment="e", spec_digest=DIGEST, tasks=declared)
    store.create_run(run_id, created, b"{}")
    return run_id


# --- events are the truth

artifacts = st.builds(
    TaskArtifact,
    name=st.sampled_from(["model", "report"]),
    type=st.just("system.Model"),
    uri=st.just("/x"),
    digest=st.sampled_from([Digest("blake3:" + character * 64) for character in "abc"]),
    size=st.integers(0, 10**12),
)
by_name = st.dictionaries(st.sampled_from(["model", "data"]), artifacts, max_size=2)
errors = st.none() | st.builds(
    RunError, code=st.just("KFP301"), message=st.text(max_size=5), cell=st.none() | st.just(3)
)


@st.composite
def run_logs(draw) -> list[object]:
    """Events that an engine could write: only moves that the tables of moves allow, attempts that only grow."""
    run_state = RuntimeState.PENDING
    states = dict.fromkeys(PATHS, RuntimeState.PENDING)
    attempts = dict.fromkeys(PATHS, 0)
    events: list[object] = []
    for number in range(draw(st.integers(0, 25))):
        at = 2.0 + number
        path = draw(st.sampled_from(PATHS))
        kind = draw(st.sampled_from(["run", "move", "move", "move", "progress", "metric", "artifact", "note"]))
        if kind == "run":
            moves = sorted(ALLOWED_RUN_MOVES[run_state])
            if moves:
                run_state = draw(st.sampled_from(moves))
                events.append(RunMoved(at=at, state=run_state, error=draw(errors)))
        elif kind == "move":
            moves = sorted(ALLOWED_TASK_MOVES[states[path]]) or [RuntimeState.PENDING]  # of a run that is retried
            states[path] = draw(st.sampled_from(moves))
            attempts[path] += states[path] is RuntimeState.RUNNING
            events.append(
                TaskMoved(
                    at=at,
                    path=path,
                    state=states[path],
                    attempt=attempts[path],
                    reason=draw(st.none() | st.sampled_from(list(Reason))),
                    detail=draw(st.text(max_size=5)),
                    error=draw(errors),
                    outputs=draw(st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3), max_size=2)),
                    artifacts=draw(by_name),
                    inputs=draw(by_name),
                )
            )
        elif kind == "progress":
            attempt = draw(st.integers(0, attempts[path]))
            events.append(TaskProgressed(at=at, path=path, attempt=attempt, done=number, total=30))
        elif kind == "metric":
            value = draw(st.floats(allow_nan=False))
            events.append(MetricRecorded(at=at, path=path, attempt=attempts[path], name="m", value=value))
        elif kind == "artifact":
            events.append(ArtifactRecorded(at=at, path=path, attempt=attempts[path], artifact=draw(artifacts)))
        else:
            events.append(NoteAdded(at=at, text=draw(st.text(max_size=5))))
    return events


def everything(store: SqlMetadataStore, run_id: RunId) -> list[object]:
    uses = [use for path in PATHS for use in store.task_artifacts(run_id, path)]
    return [
        store.get_run(run_id),
        store.tasks(run_id),
        store.metrics(run_id),
        store.logged_artifacts(run_id),
        uses,
        store.last_seq(run_id),
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=run_logs(), cuts=st.lists(st.integers(0, 25), max_size=6))
def test_tables_are_what_the_events_say_however_they_were_appended(store, events, cuts):
    run_id = new_run(store)
    seq = 1
    edges = sorted({0, len(events), *(cut for cut in cuts if cut < len(events))})
    for first, last in pairwise(edges):
        seq = store.append(run_id, events[first:last], after_seq=seq)
    before = everything(store, run_id)
    store.rebuild(run_id)
    assert everything(store, run_id) == before
    assert [stored.event for stored in store.events(run_id, after_seq=1)] == events
    store.delete_run(run_id)


def test_rebuild_mends_tables_that_were_lost(store):
    run_id = new_run(store)
    store.append(run_id, [TaskMoved(at=2.0, path=PATHS[1], state=RuntimeState.RUNNING, attempt=1)], after_seq=1)
    before = everything(store, run_id)
    with store._writing() as connection:
        connection.exec_driver_sql("DELETE FROM tasks")
        connection.exec_driver_sql("UPDATE runs SET state = 'FAILED', name = 'wrong'")
    store.rebuild(run_id)
    assert everything(store, run_id) == before


# --- processes

APPEND = """
import sys
from jupyter_kfp.errors import KfpError
from jupyter_kfp.metadata.sql_store import SqlMetadataStore
from jupyter_kfp.runs.events import NoteAdded
url, run_id, who = sys.argv[1:]
store = SqlMetadataStore(url)
print("ready", flush=True)
sys.stdin.readline()
won = 0
for after_seq in range(1, 201):
    try:
        store.append(run_id, [NoteAdded(at=1.0, text=who)], after_seq=after_seq)
        won += 1
    except KfpError as error:
        assert error.code == "KFP411", error
print(won, flush=True)
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n", process.communicate()[1]
    return process


def test_of_two_processes_that_append_to_one_run_exactly_one_wins_each_number(store, path):
    run_id = new_run(store)
    processes = [start(APPEND, f"sqlite:///{path}", run_id, who) for who in ("a", "b")]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    told = [process.communicate(timeout=60) for process in processes]
    assert [errors for _, errors in told] == ["", ""]
    # Each number was taken once; a process that is behind meets numbers that the other took.
    stored = store.events(run_id, after_seq=1)
    assert [event.seq for event in stored] == list(range(2, store.last_seq(run_id) + 1))
    won = {who: sum(event.event.text == who for event in stored) for who in "ab"}
    assert [int(output) for output, _ in told] == [won["a"], won["b"]]


BIG_APPEND = """
import sys
from jupyter_kfp.metadata.sql_store import SqlMetadataStore
from jupyter_kfp.runs.events import TaskMoved, MetricRecorded
url, run_id, path = sys.argv[1:]
store = SqlMetadataStore(url)
seq = 1
print("ready", flush=True)
while True:
    events = [MetricRecorded(at=1.0, path=path, attempt=1, name="m", value=float(n)) for n in range(200)]
    events.append(TaskMoved(at=2.0, path=path, state="RUNNING", attempt=seq))
    seq = store.append(run_id, events, after_seq=seq)
    print(seq, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 3, 7])
def test_kill_in_the_middle_of_an_append_loses_nothing_committed(store, path, lines):
    run_id = new_run(store)
    process = start(BIG_APPEND, f"sqlite:///{path}", run_id, PATHS[0])
    for _ in range(lines):
        acknowledged = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    last = store.last_seq(run_id)
    assert last >= acknowledged
    assert (last - 1) % 201 == 0  # an append is there whole or not at all
    assert len(store.events(run_id, after_seq=1)) == last - 1
    assert len(store.metrics(run_id)) == (last - 1) // 201 * 200
    before = everything(store, run_id)
    store.rebuild(run_id)
    assert everything(store, run_id) == before
    assert store.append(run_id, [NoteAdded(at=1.0, text="goes on")], after_seq=last) == last + 1


def test_a_full_disk_is_told_and_leaves_the_log_whole(tmp_path):
    path = tmp_path / "kfp.db"
    store = SqlMetadataStore(f"sqlite:///{path}")
    run_id = new_run(store)
    with store._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 10}")
    with pytest.raises(KfpError) as caught:
        store.append(run_id, [NoteAdded(at=1.0, text="x" * 1_000_000)], after_seq=1)
    assert caught.value.code == "KFP403"
    assert str(path) in caught.value.message
    assert store.last_seq(run_id) == 1
    assert store.append(run_id, [NoteAdded(at=1.0, text="small")], after_seq=1) == 2
    store.close()
