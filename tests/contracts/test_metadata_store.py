"""What every metadata store must do. SQLite always; PostgreSQL and MariaDB where their programs and drivers are."""

from __future__ import annotations

import pytest

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
from jupyter_kfp.runs.run import CacheEntry, Metric, Progress, RunError, RunOptions, TaskArtifact
from jupyter_kfp.runs.states import Reason, RuntimeState

PREPARE, TRAIN = root_path("prepare"), root_path("train")
SPEC = b'{"pipelineInfo":{"name":"demo"}}'
NAMES = ["", "Übung 2", "訓練", "O'Brien; DROP TABLE runs", "nul \0 inside", "a%b_c\\d", "x" * 3000]


def digest(character: str) -> Digest:
    return Digest("blake3:" + character * 64)


def artifact(character: str, name: str = "model") -> TaskArtifact:
    return TaskArtifact(
        name=name, type="system.Model", uri=f"/store/{character}", digest=digest(character), size=3, metadata={"n": 1}
    )


def created(at: float = 1.0, **changes: object) -> RunCreated:
    fields = {
        "name": "demo 1",
        "pipeline": "demo",
        "experiment": "Default",
        "parameters": {"lr": 0.1, "layers": [1, 2], "name": None},
        "options": RunOptions(force=["train"]),
        "spec_digest": digest("5"),
        "tasks": [TaskDeclared(path=PREPARE, name="prepare"), TaskDeclared(path=TRAIN, name="Train model")],
    }
    return RunCreated(at=at, **(fields | changes))


def moved(path: TaskPath, state: RuntimeState, at: float = 2.0, **fields: object) -> TaskMoved:
    return TaskMoved(at=at, path=path, state=state, **fields)


class RunRecordsContract:
    """Of everything that keeps runs, whether or not it knows all of them. Subclasses give the fixture `store`."""

    def new_run(self, store: SqlMetadataStore, at: float = 1.0, **changes: object) -> RunId:
        run_id = new_run_id()
        store.create_run(run_id, created(at, **changes), SPEC)
        return run_id

    # --- runs

    def test_a_created_run_is_there_with_its_tasks_and_spec(self, store):
        run_id = self.new_run(store)
        run = store.get_run(run_id)
        assert (run.run_id, run.name, run.pipeline, run.experiment) == (run_id, "demo 1", "demo", "Default")
        assert run.state is RuntimeState.PENDING
        assert run.parameters == {"lr": 0.1, "layers": [1, 2], "name": None}
        assert run.options.force == ["train"]
        assert (run.created_at, run.started_at, run.finished_at) == (1.0, None, None)
        assert store.get_spec(run_id) == SPEC
        assert [(task.path, task.name, task.state, task.attempt) for task in store.tasks(run_id)] == [
            (PREPARE, "prepare", RuntimeState.PENDING, 0),
            (TRAIN, "Train model", RuntimeState.PENDING, 0),
        ]
        assert [stored.seq for stored in store.events(run_id)] == [1]

    def test_a_run_is_created_once(self, store):
        run_id = self.new_run(store)
        with pytest.raises(KfpError, match="exists already") as caught:
            store.create_run(run_id, created(name="other"), SPEC)
        assert caught.value.code == "KFP412"
        assert store.get_run(run_id).name == "demo 1"

    # --- events

    def test_appended_events_come_back_in_order(self, store):
        run_id = self.new_run(store)
        notes = [NoteAdded(at=float(at), text=f"note {at}") for at in range(5)]
        assert store.append(run_id, notes[:3], after_seq=1) == 4
        assert store.append(run_id, notes[3:], after_seq=4) == 6
        assert store.append(run_id, [], after_seq=6) == 6
        assert store.last_seq(run_id) == 6
        assert [stored.event for stored in store.events(run_id, after_seq=1)] == notes
        assert [stored.seq for stored in store.events(run_id, after_seq=2, limit=2)] == [3, 4]

    def test_notes_are_found_among_the_events(self, store):
        run_id = self.new_run(store)
        warning = RunError(code="KFP335", message="something", hint="do this")
        notes = [NoteAdded(at=2.0, text="first"), NoteAdded(at=4.0, text="second", warning=warning)]
        store.append(run_id, [notes[0], moved(TRAIN, RuntimeState.RUNNING, attempt=1), notes[1]], after_seq=1)
        assert store.notes(run_id) == notes

    def test_append_compares_and_sets(self, store):
        run_id = self.new_run(store)
        store.append(run_id, [NoteAdded(at=2.0, text="first")], after_seq=1)
        with pytest.raises(KfpError) as caught:
            store.append(run_id, [moved(TRAIN, RuntimeState.RUNNING, attempt=1)], after_seq=1)
        assert caught.value.code == "KFP411"
        assert caught.value.details["found"] == 2
        assert store.last_seq(run_id) == 2
        assert store.tasks(run_id)[1].state is RuntimeState.PENDING

    def test_the_life_of_a_task(self, store):
        run_id = self.new_run(store)
        events = [
            RunMoved(at=2.0, state=RuntimeState.RUNNING),
            moved(TRAIN, RuntimeState.RUNNING, 3.0, attempt=1, inputs={"data": artifact("a", "data")}),
            TaskProgressed(at=4.0, path=TRAIN, attempt=1, done=1, total=3, cell=7),
        ]
        seq = store.append(run_id, events, after_seq=1)
        task = store.tasks(run_id)[1]
        assert (task.state, task.attempt, task.started_at) == (RuntimeState.RUNNING, 1, 3.0)
        assert task.progress == Progress(done=1, total=3, cell=7)

        error = RunError(code="KFP301", message="cell 7: boom", step="train", cell=7, line=2)
        retry = moved(TRAIN, RuntimeState.PENDING, 5.0, attempt=1, reason=Reason.RETRYING, detail="in 8 s", error=error)
        seq = store.append(run_id, [retry], after_seq=seq)
        task = store.tasks(run_id)[1]
        assert (task.state, task.reason, task.detail, task.error) == (
            RuntimeState.PENDING,
            Reason.RETRYING,
            "in 8 s",
            error,
        )

        seq = store.append(run_id, [moved(TRAIN, RuntimeState.RUNNING, 6.0, attempt=2)], after_seq=seq)
        task = store.tasks(run_id)[1]
        assert (task.attempt, task.started_at, task.progress, task.error) == (2, 6.0, None, None)
        late = TaskProgressed(at=6.5, path=TRAIN, attempt=1, done=3, total=3)
        seq = store.append(run_id, [late], after_seq=seq)
        assert store.tasks(run_id)[1].progress is None

        end = moved(
            TRAIN, RuntimeState.SUCCEEDED, 7.0, attempt=2, outputs={"rows": 42}, artifacts={"model": artifact("b")}
        )
        seq = store.append(run_id, [end, RunMoved(at=8.0, state=RuntimeState.SUCCEEDED)], after_seq=seq)
        task = store.tasks(run_id)[1]
        assert (task.finished_at, task.outputs, task.artifacts) == (7.0, {"rows": 42}, {"model": artifact("b")})
        run = store.get_run(run_id)
        assert (run.state, run.started_at, run.finished_at) == (RuntimeState.SUCCEEDED, 2.0, 8.0)

    def test_a_task_that_was_not_declared_comes_last(self, store):
        run_id = self.new_run(store)
        iteration = TaskPath("root/for-loop-2[0]/train")
        store.append(run_id, [moved(iteration, RuntimeState.RUNNING, attempt=1)], after_seq=1)
        assert [(task.path, task.name) for task in store.tasks(run_id)][-1] == (iteration, "train")

    def test_a_long_path_is_a_path(self, store):
        path = root_path("x" * 1200)
        run_id = self.new_run(store, tasks=[TaskDeclared(path=path, name="訓練" * 50)])
        store.append(run_id, [moved(path, RuntimeState.RUNNING, attempt=1)], after_seq=1)
        assert [(task.path, task.state) for task in store.tasks(run_id)] == [(path, RuntimeState.RUNNING)]

    def test_metrics_in_order_with_every_float(self, store):
        run_id = self.new_run(store)
        values = [0.5, float("inf"), float("-inf"), 1e308, -0.0]
        logged = [
            MetricRecorded(at=2.0, path=TRAIN, attempt=1, name="loss", value=value, step=step)
            for step, value in enumerate(values)
        ]
        nan = MetricRecorded(at=3.0, path=TRAIN, attempt=1, name="r2", value=float("nan"), step=10**25)
        store.append(run_id, [*logged, nan], after_seq=1)
        *found, last = store.metrics(run_id)
        assert found == [
            Metric(path=TRAIN, name="loss", value=value, step=step, at=2.0) for step, value in enumerate(values)
        ]
        assert last.value != last.value
        assert last.step == 10**25
        assert store.events(run_id)[-1].event.value != last.value

    def test_of_an_artifact_logged_again_the_newest(self, store):
        run_id = self.new_run(store)
        logged = [artifact("a", "report"), artifact("b", "figure"), artifact("c", "report")]
        events = [ArtifactRecorded(at=2.0, path=TRAIN, attempt=1, artifact=item) for item in logged]
        other = ArtifactRecorded(at=2.0, path=PREPARE, attempt=1, artifact=artifact("d", "report"))
        store.append(run_id, [*events, other], after_seq=1)
        assert store.logged_artifacts(run_id) == [(TRAIN, logged[1]), (TRAIN, logged[2]), (PREPARE, other.artifact)]

    def test_text_that_no_database_takes_does_not_stop_a_run(self, store):
        run_id = self.new_run(store)
        error = RunError(code="KFP301", message="half \ud800 pair, nul \0", traceback="\udcff")
        store.append(run_id, [moved(TRAIN, RuntimeState.FAILED, detail="\udcff \0", error=error)], after_seq=1)
        task = store.tasks(run_id)[1]
        assert task.error.message.startswith("half ")
        assert task.error.message.endswith(" pair, nul \0")

    # --- requests

    def test_requests_wait_in_order_until_cleared(self, store):
        run_id, other = self.new_run(store), self.new_run(store)
        for kind in ("pause", "resume", "cancel"):
            store.request(run_id, kind, 2.0)
        assert store.pending_requests(run_id) == ["pause", "resume", "cancel"]
        assert store.pending_requests(other) == []
        store.clear_requests(run_id)
        assert store.pending_requests(run_id) == []

    # --- cache

    def entry(self, run_id: RunId, key: str, at: float, **fields: object) -> CacheEntry:
        return CacheEntry(
            key=digest(key), pipeline="demo", task_key="train", run_id=run_id, path=TRAIN, created_at=at, **fields
        )

    def test_the_newest_cache_entry_wins(self, store):
        run_id = self.new_run(store)
        assert store.find_cache_entries([digest("1")]) == {}
        assert store.latest_cache_entry("demo", "train") is None
        older = self.entry(run_id, "1", 1.0, parts={"source": "s"}, outputs={"n": 1})
        newer = self.entry(run_id, "1", 2.0, artifacts={"model": artifact("a"), "same": artifact("a")})
        store.put_cache_entries([older])
        store.put_cache_entries([newer])
        assert store.find_cache_entries([digest("1"), digest("9")]) == {digest("1"): newer}
        store.put_cache_entries([older])
        assert store.find_cache_entries([digest("1"), digest("9")]) == {digest("1"): newer}
        other = self.entry(run_id, "2", 3.0)
        store.put_cache_entries([other])
        assert store.latest_cache_entry("demo", "train") == other
        assert store.latest_cache_entry("demo", "prepare") is None


class MetadataStoreContract(RunRecordsContract):
    """Subclasses give the fixture `store`, empty."""

    # --- runs
    @pytest.mark.parametrize("name", NAMES)
    def test_names_of_any_kind(self, store, name):
        run_id = self.new_run(store, name=name, experiment=name, pipeline=name)
        assert store.get_run(run_id).experiment == name.replace("\0", "\N{SYMBOL FOR NULL}")
        assert [run.run_id for run in store.list_runs(experiment=name, pipeline=name)] == [run_id]
        assert store.events(run_id)[0].event.name == name

    def test_experiments_that_differ_in_case_or_accent_are_two(self, store):
        for at, name in enumerate(["cafe", "Cafe", "café"], start=1):
            self.new_run(store, at=float(at), experiment=name)
        assert store.experiments() == ["café", "Cafe", "cafe"]
        assert [run.experiment for run in store.list_runs(experiment="Cafe")] == ["Cafe"]

    def test_runs_are_listed_newest_first_and_filtered(self, store):
        ids = [self.new_run(store, at=float(at), experiment="AB"[at % 2], pipeline="pq"[at // 2]) for at in range(4)]
        assert [run.run_id for run in store.list_runs()] == ids[::-1]
        assert [run.run_id for run in store.list_runs(limit=2, offset=1)] == [ids[2], ids[1]]
        assert [run.run_id for run in store.list_runs(experiment="B")] == [ids[3], ids[1]]
        assert [run.run_id for run in store.list_runs(pipeline="q", experiment="A")] == [ids[2]]
        store.append(ids[0], [RunMoved(at=9.0, state=RuntimeState.RUNNING)], after_seq=1)
        assert [run.run_id for run in store.list_runs(states=[RuntimeState.RUNNING, RuntimeState.FAILED])] == [ids[0]]
        assert store.experiments() == ["B", "A"]

    def test_find_by_prefix(self, store):
        ids = [RunId("aaaa1111-0000-4000-8000-000000000000"), RunId("aaaa2222-0000-4000-8000-000000000000")]
        for run_id in ids:
            store.create_run(run_id, created(), SPEC)
        assert store.find_run("aaaa1").run_id == ids[0]
        assert store.find_run("AAAA2222-00").run_id == ids[1]
        with pytest.raises(KfpError, match="aaaa1111-000") as caught:
            store.find_run("aaaa")
        assert caught.value.code == "KFP212"
        with pytest.raises(KfpError) as caught:
            store.find_run("aaab1")
        assert caught.value.code == "KFP211"
        assert "aaaa1111" in caught.value.hint
        with pytest.raises(KfpError) as caught:
            store.find_run("demo 1")
        assert "aaaa1111" in caught.value.hint
        with pytest.raises(KfpError):
            store.find_run("%")

    def test_a_missing_run_is_kfp211_everywhere(self, store):
        missing = new_run_id()
        entry = CacheEntry(
            key=digest("k"), pipeline="demo", task_key="train", run_id=missing, path=TRAIN, created_at=1.0
        )
        calls = [
            lambda: store.get_run(missing),
            lambda: store.find_run(missing[:8]),
            lambda: store.last_seq(missing),
            lambda: store.events(missing),
            lambda: store.tasks(missing),
            lambda: store.metrics(missing),
            lambda: store.logged_artifacts(missing),
            lambda: store.get_spec(missing),
            lambda: store.append(missing, [NoteAdded(at=1.0, text="x")], after_seq=1),
            lambda: store.request(missing, "cancel", 1.0),
            lambda: store.delete_run(missing),
            lambda: store.rebuild(missing),
            lambda: store.put_cache_entries([entry]),
        ]
        for call in calls:
            with pytest.raises(KfpError) as caught:
                call()
            assert caught.value.code == "KFP211"

    # --- lineage

    def test_lineage_both_ways(self, store):
        first, second = self.new_run(store, at=1.0), self.new_run(store, at=2.0)
        data = artifact("a", "data")
        store.append(first, [moved(PREPARE, RuntimeState.SUCCEEDED, attempt=1, artifacts={"data": data})], after_seq=1)
        store.append(first, [moved(TRAIN, RuntimeState.RUNNING, attempt=2, inputs={"X": data})], after_seq=2)
        store.append(second, [moved(PREPARE, RuntimeState.SUCCEEDED, artifacts={"data": data})], after_seq=1)
        uses = [(use.run_id, use.path, use.attempt, use.role, use.key) for use in store.artifact_uses(data.digest)]
        assert uses == [
            (first, PREPARE, 1, "output", "data"),
            (first, TRAIN, 2, "input", "X"),
            (second, PREPARE, 0, "output", "data"),
        ]
        assert [(use.role, use.artifact) for use in store.task_artifacts(first, TRAIN)] == [("input", data)]

    # --- deletion

    def test_a_deleted_run_names_what_nothing_refers_to_any_more(self, store):
        first, second = self.new_run(store), self.new_run(store)
        makes = moved(PREPARE, RuntimeState.SUCCEEDED, artifacts={"a": artifact("a"), "b": artifact("b")})
        logs = ArtifactRecorded(at=2.0, path=PREPARE, attempt=1, artifact=artifact("c"))
        store.append(first, [makes, logs], after_seq=1)
        store.put_cache_entries([self.entry(first, "1", 1.0, artifacts={"d": artifact("d")})])
        store.put_cache_entries([self.entry(second, "2", 1.0, artifacts={"c": artifact("c")})])
        store.append(second, [moved(TRAIN, RuntimeState.RUNNING, inputs={"a": artifact("a")})], after_seq=1)
        assert store.delete_run(first) == [digest("b"), digest("d")]
        assert store.find_cache_entries([digest("1")]) == {}
        with pytest.raises(KfpError):
            store.get_run(first)
        assert store.get_spec(second) == SPEC
        assert store.delete_run(second) == [digest("a"), digest("c")]
        assert store.list_runs() == []

    def test_what_nobody_refers_to_is_told(self, store):
        first, second = self.new_run(store), self.new_run(store)
        store.append(first, [moved(TRAIN, RuntimeState.RUNNING, attempt=1, inputs={"x": artifact("a")})], after_seq=1)
        store.put_cache_entries([self.entry(second, "1", 1.0, artifacts={"o": artifact("c")})])
        asked = [digest(letter) for letter in "abc"]
        assert store.unreferenced(asked) == {digest("b")}
        store.delete_run(first)
        assert store.unreferenced(iter(asked)) == {digest("a"), digest("b")}
        assert store.unreferenced([]) == set()

    # --- scale

    def test_ten_thousand_tasks(self, store):
        paths = [root_path(f"task-{number}") for number in range(10_000)]
        run_id = self.new_run(store, tasks=[TaskDeclared(path=path, name="t") for path in paths])
        store.append(run_id, [moved(path, RuntimeState.RUNNING, attempt=1) for path in paths], after_seq=1)
        found = store.tasks(run_id)
        assert [task.path for task in found] == paths
        assert {task.state for task in found} == {RuntimeState.RUNNING}


class TestSqlite(MetadataStoreContract):
    @pytest.fixture
    def store(self, sqlite_store):
        return emptied(sqlite_store)


class TestPostgresql(MetadataStoreContract):
    @pytest.fixture
    def store(self, postgresql_store):
        return emptied(postgresql_store)


class TestMariadb(MetadataStoreContract):
    @pytest.fixture
    def store(self, mariadb_store):
        return emptied(mariadb_store)


def emptied(store: SqlMetadataStore) -> SqlMetadataStore:
    for run in store.list_runs(limit=1000):
        store.delete_run(run.run_id)
    return store
