"""The facade over real stores; a loop in this process, with an executor in memory, stands for the process of a run."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from jupyter_kfp import pipeline_service, run_process
from jupyter_kfp.artifacts.local_store import LocalArtifactStore
from jupyter_kfp.engine import run_checks
from jupyter_kfp.engine.run_lock import RunLock
from jupyter_kfp.engine.run_loop import RunLoop
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.task_executor import TaskEnded, TaskReport
from jupyter_kfp.ids import RunId, new_run_id, root_path
from jupyter_kfp.metadata.sql_store import SqlMetadataStore
from jupyter_kfp.pipeline_service import PipelineService
from jupyter_kfp.runs.events import NoteAdded, RunMoved, TaskMoved
from jupyter_kfp.runs.run import RunError, RunOptions, TaskArtifact
from jupyter_kfp.runs.states import Reason, RuntimeState
from jupyter_kfp.settings import Settings

S = RuntimeState
CELLS = [
    ("parameters", "n = 1\nrate = 0.5"),
    ("step:Load data", "data = list(range(n))"),
    ("step:train", "model = sum(data) * rate"),
    ("step:report", "print(model)"),
]


class MemoryExecutor:
    """Ends each attempt at once: as `failing` says, else well, with outputs made from its inputs."""

    def __init__(self, artifacts, failing):
        self.artifacts = artifacts
        self.failing = failing
        self.launched = []
        self.reports = []

    def launch(self, launch):
        self.launched.append(launch.attempt.path.removeprefix("root/"))
        if self.launched[-1] in self.failing:
            error = RunError(code="KFP311", message="no", step=self.launched[-1])
            end = TaskEnded(succeeded=False, reason=Reason.USER_CODE, error=error)
        else:
            end = TaskEnded(succeeded=True, artifacts=self.outputs(launch))
        self.reports.append(TaskReport(attempt=launch.attempt, ended=end))

    def outputs(self, launch):
        made_of = [
            launch.attempt.path,
            launch.input_parameters,
            {k: a.digest for k, a in launch.input_artifacts.items()},
        ]
        found = {}
        for key in launch.output_definitions.artifacts:
            content = json.dumps([*made_of, key], sort_keys=True).encode()
            digest = self.artifacts.put_bytes(content)
            found[key] = TaskArtifact(
                name=key, type="system.Artifact", uri=self.artifacts.uri(digest), digest=digest, size=len(content)
            )
        return found

    def check(self, timeout):
        reports, self.reports = self.reports, []
        return reports

    def adopt(self, attempt):
        return False

    def terminate(self, attempt, *, grace_seconds):
        raise AssertionError("everything ends at once")

    def close(self):
        pass


class Processes:
    """Stands for `start_run_process`: what was started, and how steps go."""

    def __init__(self):
        self.failing = set()
        self.started = []
        self.launched = []
        self.dies = False

    def start(self, run_id, settings, lock, early=None):
        self.started.append(run_id)
        if not self.dies:
            artifacts = LocalArtifactStore(settings.artifacts_folder)
            executor = MemoryExecutor(artifacts, self.failing)
            store = SqlMetadataStore(settings.sqlalchemy_url)
            RunLoop(run_id, store, artifacts, lambda: executor).run()
            store.close()
            self.launched += executor.launched
        lock.release()


@pytest.fixture
def processes(monkeypatch):
    stand_in = Processes()
    monkeypatch.setattr(run_process, "start_run_process", stand_in.start)
    return stand_in


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


@pytest.fixture
def service(settings, processes):
    opened = PipelineService(settings)
    yield opened
    opened.close()


@pytest.fixture
def pipeline(service, make_notebook):
    return service.load(make_notebook(*CELLS, name="forest"))


def start(service, pipeline, options=None, **given):
    return service.start_run(pipeline, given, options or RunOptions(working_directory="/"))


def refused(code, call, *arguments, **named):
    with pytest.raises(KfpError) as caught:
        call(*arguments, **named)
    assert caught.value.code == code, caught.value
    return caught.value


def test_a_run_from_start_to_end(service, pipeline, processes):
    run = start(service, pipeline, n=3)
    assert run.state is S.SUCCEEDED
    assert run.name.startswith("forest 20")
    assert run.parameters == {"n": 3, "rate": 0.5}
    assert processes.launched == ["load-data--c0s4", "train", "report"]
    assert [task.name for task in service.tasks(run.run_id)] == ["Load data", "train", "report"]
    assert service.find_run(run.run_id[:8]) == run
    assert service.list_runs() == [run]
    artifacts = service.artifacts(run.run_id)
    path, data = next(pair for pair in artifacts if pair[0] == root_path("load-data--c0s4"))
    assert json.loads(service.artifact_path(data.digest).read_bytes())[0] == path


def test_events_are_followed_from_any_place(service, pipeline):
    run = start(service, pipeline)
    batches = list(service.follow(run.run_id))
    events = [stored for batch in batches for stored in batch]
    assert [stored.seq for stored in events] == list(range(1, len(events) + 1))
    assert isinstance(events[-1].event, RunMoved)
    assert [stored for batch in service.follow(run.run_id, after_seq=4) for stored in batch] == events[4:]
    assert list(service.follow(run.run_id, after_seq=len(events))) == []


def test_a_second_run_needs_no_process(service, pipeline, processes):
    first = start(service, pipeline)
    second = start(service, pipeline)
    assert processes.started == [first.run_id]
    assert {task.reason for task in service.tasks(second.run_id)} == {Reason.CACHED}
    assert service.plan(pipeline, {}, RunOptions(working_directory="/"))[0].action == "cached"


def test_a_plan_writes_nothing(service, pipeline):
    planned = service.plan(pipeline, {}, RunOptions(working_directory="/"))
    assert [task.action for task in planned] == ["run", "unknown", "unknown"]
    assert service.list_runs() == []


@pytest.mark.parametrize(
    ("given", "code"),
    [({"n": "three"}, "KFP241"), ({"n": [1]}, "KFP243"), ({"m": 1}, "KFP244")],
)
def test_parameters_are_checked_before_anything_is_written(service, pipeline, processes, given, code):
    refused(code, start, service, pipeline, **given)
    assert service.list_runs() == []
    assert processes.started == []


@pytest.mark.parametrize("field", ["force", "only", "start_from"])
def test_unknown_steps_are_refused(service, pipeline, field):
    error = refused("KFP245", start, service, pipeline, RunOptions(**{field: ["trian"]}))
    assert error.hint == "did you mean 'train'?"
    assert service.list_runs() == []


def test_steps_are_found_by_name_and_by_id(service, pipeline, processes):
    start(service, pipeline)
    processes.launched.clear()
    run = start(service, pipeline, RunOptions(only=["train"], force=["train"], working_directory="/"))
    assert processes.launched == ["train"]
    assert run.options.only == ["train"]
    start(service, pipeline, RunOptions(force=["Load data"], working_directory="/"))
    assert processes.launched == ["train", "load-data--c0s4"]


def test_nothing_to_reuse_is_refused_with_what_is_missing(service, pipeline):
    error = refused("KFP246", start, service, pipeline, RunOptions(only=["train"]))
    assert "Load data" in error.message
    assert service.list_runs() == []


def test_unknown_kernel_is_refused(service, make_notebook):
    pipeline = service.load(make_notebook(*CELLS, kernel="no-such-kernel"))
    error = refused("KFP501", start, service, pipeline)
    assert "python3" in error.details["kernels"]
    assert service.list_runs() == []


def test_a_spec_that_cannot_run_here_is_refused(service, pipeline):
    pipeline.spec.components["comp-train"].dag = pipeline.spec.root.dag
    error = refused("KFP232", start, service, pipeline)
    assert "'train'" in error.message
    assert service.list_runs() == []


def test_a_full_disk_is_refused(service, pipeline, monkeypatch):
    service.list_runs()
    monkeypatch.setattr(run_checks, "MIN_FREE_BYTES", 1 << 62)
    refused("KFP452", start, service, pipeline)


def test_a_home_that_cannot_be_made_is_refused(tmp_path, processes):
    (tmp_path / "file").write_text("")
    service = PipelineService(Settings(home=tmp_path / "file" / "home"))
    error = refused("KFP451", service.list_runs)
    assert "JUPYTER_KFP_HOME" in (error.hint or "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_home_is_refused(tmp_path, processes):
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    refused("KFP451", PipelineService(Settings(home=home)).list_runs)


def test_a_home_without_write_access_is_refused(service, monkeypatch):
    monkeypatch.setattr(run_checks.os, "access", lambda *_: False)
    error = refused("KFP451", service.list_runs)
    assert "read-only" in error.message


def test_compiling_touches_no_database(service, make_notebook, settings):
    service.load(make_notebook(*CELLS))
    assert not settings.home.exists()


def test_errors_of_a_notebook_are_raised_with_all_of_them(service, make_notebook):
    notebook = make_notebook(("step:a", "print(nothing)"), ("step:b", "print(no_more)"), name="bad")
    with pytest.raises(KfpError) as caught:
        service.load(notebook)
    assert "bad.ipynb: cell 1" in caught.value.message
    assert len(caught.value.details["diagnostics"]) >= 2


def test_a_compiled_pipeline_is_loaded_from_a_file(service, pipeline, tmp_path):
    from jupyter_kfp.spec.ir_yaml import to_yaml

    (tmp_path / "p.yaml").write_text(to_yaml(pipeline))
    assert service.load(tmp_path / "p.yaml") == pipeline


def test_a_failed_run_is_retried_in_place(service, pipeline, processes):
    processes.failing = {"train"}
    run = start(service, pipeline)
    assert (run.state, run.error.step) == (S.FAILED, "train")
    processes.failing = set()
    again = service.retry(run.run_id)
    assert again.run_id == run.run_id
    assert again.state is S.SUCCEEDED
    assert processes.launched == ["load-data--c0s4", "train", "train", "report"]
    assert {task.path: task.attempt for task in service.tasks(run.run_id)} == {
        "root/load-data--c0s4": 1,
        "root/train": 2,
        "root/report": 1,
    }
    refused("KFP248", service.retry, run.run_id)


def test_cancel_leaves_a_wish_or_refuses(service, pipeline, processes, settings):
    processes.dies = True
    run = start(service, pipeline)
    assert run.state is S.RUNNING
    held = RunLock.acquire(settings.runs_folder / run.run_id)
    service.cancel(run.run_id)
    held.release()
    processes.dies = False
    assert [batch for batch in service.follow(run.run_id, poll_seconds=0.01) if batch]
    assert service.find_run(run.run_id).state is S.CANCELED
    refused("KFP249", service.cancel, run.run_id)


def test_following_resumes_a_run_whose_process_is_gone(service, pipeline, processes, monkeypatch):
    monkeypatch.setattr(pipeline_service, "_LIVENESS_SECONDS", 0.05)
    processes.dies = True
    run = start(service, pipeline)
    processes.dies = False
    events = [stored.event for batch in service.follow(run.run_id, poll_seconds=0.01) for stored in batch]
    assert any(isinstance(event, NoteAdded) and event.reason is Reason.RUN_PROCESS_DIED for event in events)
    assert service.find_run(run.run_id).state is S.SUCCEEDED
    assert len(processes.started) == 2


def test_the_next_start_of_anything_resumes_a_run(service, pipeline, processes, settings):
    processes.dies = True
    run = start(service, pipeline)
    processes.dies = False
    later = PipelineService(settings)
    assert later.find_run(run.run_id).state is S.SUCCEEDED
    later.close()


def test_delete_frees_what_nothing_else_uses(service, pipeline, settings):
    first = start(service, pipeline, n=1)
    second = start(service, pipeline, n=2)
    kept = {artifact.digest for _, artifact in service.artifacts(second.run_id)}
    gone = {artifact.digest for _, artifact in service.artifacts(first.run_id)} - kept
    assert gone
    assert service.delete(first.run_id) > 0
    store = LocalArtifactStore(settings.artifacts_folder)
    assert set(store.list()) == kept
    assert not (settings.runs_folder / first.run_id).exists()
    refused("KFP211", service.find_run, first.run_id)
    assert [run.run_id for run in service.list_runs()] == [second.run_id]


def test_what_a_later_run_took_from_the_cache_survives_a_delete(service, pipeline):
    first = start(service, pipeline)
    second = start(service, pipeline)
    service.delete(first.run_id)
    for _, artifact in service.artifacts(second.run_id):
        assert service.artifact_path(artifact.digest).exists()


def test_a_running_run_is_not_deleted(service, pipeline, processes, settings):
    processes.dies = True
    run = start(service, pipeline)
    held = RunLock.acquire(settings.runs_folder / run.run_id)
    assert "cancel it first" in (refused("KFP247", service.delete, run.run_id).hint or "")
    held.release()


def test_a_run_that_cannot_be_created_leaves_no_folder(service, pipeline, settings, monkeypatch):
    def full(*_):
        raise KfpError("KFP403", "full")

    monkeypatch.setattr(SqlMetadataStore, "create_run", full)
    refused("KFP403", start, service, pipeline)
    assert list(settings.runs_folder.iterdir()) == []


def test_logs_of_a_task_that_never_ran_are_empty(service, pipeline):
    run = start(service, pipeline)
    assert service.logs(run.run_id, root_path("train")).data == b""
    refused("KFP213", service.logs, run.run_id, root_path("nobody"))
    refused("KFP211", service.logs, RunId("nobody"), root_path("train"))


def test_artifacts_are_copied_out(service, pipeline, tmp_path):
    run = start(service, pipeline)
    _, artifact = service.artifacts(run.run_id)[0]
    service.copy_artifact(artifact.digest, tmp_path / "copy")
    (tmp_path / "copy").write_bytes(b"mine now")
    assert service.artifact_path(artifact.digest).read_bytes() != b"mine now"


def test_times_of_a_run_are_in_order(service, pipeline):
    before = time.time()
    run = start(service, pipeline)
    assert before <= run.created_at <= run.started_at <= run.finished_at <= time.time()
    moves = [e.event for e in next(service.follow(run.run_id)) if isinstance(e.event, TaskMoved)]
    assert [move.at for move in moves] == sorted(move.at for move in moves)


def test_results_have_names_that_other_programs_understand(service: PipelineService, tmp_path: Path) -> None:
    run_id, path = new_run_id(), root_path("plot")
    digests = [service._artifacts.put_bytes(content) for content in (b"first", b"second")]
    first, second = (
        TaskArtifact(name="roc", type="system.Artifact", uri="", digest=digest, size=6, metadata={"file_name": "x.png"})
        for digest in digests
    )
    place = service.result_file(run_id, path, first)
    assert (place.name, place.read_bytes()) == ("roc.png", b"first")
    assert service.result_file(run_id, path, first) == place
    # The same name with other content, as after a retry: neither is lost.
    other = service.result_file(run_id, path, second)
    assert (other.suffix, other.read_bytes(), place.read_bytes()) == (".png", b"second", b"first")
    place.write_bytes(b"mine")
    assert service.result_file(run_id, path, first).read_bytes() == b"first"
    assert place.read_bytes() == b"mine"


def test_last_is_the_newest_run(service, pipeline) -> None:
    with pytest.raises(KfpError, match="last") as none:
        service.find_run("last")
    assert none.value.code == "KFP211"
    runs = [start(service, pipeline) for _ in range(2)]
    assert service.find_run("last").run_id == runs[1].run_id
