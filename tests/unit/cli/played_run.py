"""A service that plays a recorded run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_kfp.cli.app import main
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.task_executor import LogPage
from jupyter_kfp.ids import Digest, RunId, TaskPath, root_path
from jupyter_kfp.runs.events import (
    MetricRecorded,
    NoteAdded,
    RunCreated,
    RunEvent,
    RunMoved,
    StoredEvent,
    TaskDeclared,
    TaskMoved,
    TaskProgressed,
)
from jupyter_kfp.runs.run import Metric, Progress, Run, RunError, Task, TaskArtifact
from jupyter_kfp.runs.states import Reason, RuntimeState
from jupyter_kfp.spec.model import (
    ComponentRef,
    ComponentSpec,
    DagSpec,
    Pipeline,
    PipelineInfo,
    PipelineSpec,
    TaskInfo,
    TaskSpec,
)

S = RuntimeState
RUN_ID = RunId("3fa2c1d7-0000-4000-8000-000000000000")
PREPARE, TRAIN, COMPARE = root_path("prepare"), root_path("train-model--c0s5"), root_path("compare")
STARTED = 1_700_000_000.0


def digest(letter: str) -> Digest:
    return Digest(f"blake3:{letter * 64}")


def artifact(name: str, letter: str, kind: str = "system.Artifact") -> TaskArtifact:
    return TaskArtifact(name=name, type=kind, uri=f"/store/{letter}", digest=digest(letter), size=2048)


ERROR = RunError(
    code="KFP301",
    message='step "Train model", cell 7, line 2: ValueError: no rows',
    step="Train model",
    cell=7,
    line=2,
    exception="ValueError",
    traceback="Cell 7, line 2\n    fit(rows)\nValueError: no rows",
    hint="Look at the rows.",
)


def succeeding_run() -> list[RunEvent]:
    return [
        RunCreated(
            at=STARTED,
            name="nightly",
            pipeline="models",
            experiment="Default",
            spec_digest="blake3:0",
            tasks=[
                TaskDeclared(path=PREPARE, name="prepare"),
                TaskDeclared(path=TRAIN, name="Train model"),
                TaskDeclared(path=COMPARE, name="compare"),
            ],
        ),
        RunMoved(at=STARTED + 0.1, state=S.RUNNING),
        TaskMoved(at=STARTED + 0.2, path=PREPARE, state=S.SUCCEEDED, reason=Reason.CACHED, detail="same as run 81cc"),
        TaskMoved(at=STARTED + 0.3, path=TRAIN, state=S.RUNNING, attempt=1),
        TaskProgressed(at=STARTED + 0.4, path=TRAIN, attempt=1, done=0, total=5, cell=6),
        TaskProgressed(at=STARTED + 12.4, path=TRAIN, attempt=1, done=2, total=5, cell=8),
        MetricRecorded(at=STARTED + 12.5, path=TRAIN, attempt=1, name="loss", value=0.5, step=1),
        MetricRecorded(at=STARTED + 12.6, path=TRAIN, attempt=1, name="loss", value=0.25, step=2),
        TaskMoved(at=STARTED + 13.3, path=TRAIN, state=S.SUCCEEDED, attempt=1),
        TaskMoved(at=STARTED + 13.4, path=COMPARE, state=S.RUNNING, attempt=1),
        MetricRecorded(at=STARTED + 13.5, path=COMPARE, attempt=1, name="best", value=3.0),
        TaskMoved(at=STARTED + 13.8, path=COMPARE, state=S.SUCCEEDED, attempt=1),
        RunMoved(at=STARTED + 13.9, state=S.SUCCEEDED),
    ]


def failing_run() -> list[RunEvent]:
    events = succeeding_run()[:6]
    return [
        *events,
        TaskMoved(at=STARTED + 13, path=TRAIN, state=S.PENDING, attempt=1, reason=Reason.RETRYING, detail="in 2 s"),
        TaskMoved(at=STARTED + 15, path=TRAIN, state=S.RUNNING, attempt=2, detail="attempt 2"),
        TaskMoved(at=STARTED + 16, path=TRAIN, state=S.FAILED, attempt=2, reason=Reason.USER_CODE, error=ERROR),
        TaskMoved(
            at=STARTED + 16.1,
            path=COMPARE,
            state=S.SKIPPED,
            reason=Reason.UPSTREAM_FAILED,
            detail="Train model failed",
        ),
        RunMoved(at=STARTED + 16.2, state=S.FAILED, reason=Reason.TASK_FAILED, error=ERROR),
    ]


def stored(events: list[RunEvent]) -> list[StoredEvent]:
    return [StoredEvent(run_id=RUN_ID, seq=number, event=event) for number, event in enumerate(events, 1)]


def small_pipeline() -> Pipeline:
    tasks = {
        "prepare": TaskSpec(task_info=TaskInfo(name="prepare"), component_ref=ComponentRef(name="comp-a")),
        "train-model--c0s5": TaskSpec(
            task_info=TaskInfo(name="Train model"), component_ref=ComponentRef(name="comp-b")
        ),
    }
    spec = PipelineSpec(pipeline_info=PipelineInfo(name="models"), root=ComponentSpec(dag=DagSpec(tasks=tasks)))
    return Pipeline(spec=spec)


class FakeService:
    """Answers from lists; notes what it was asked to do."""

    def __init__(self, events: list[RunEvent], store: Path) -> None:
        self.events = stored(events)
        self.store = store
        self.calls: list[tuple[Any, ...]] = []
        self.log = {(TRAIN, 1): b"epoch 1\nepoch 2\n", (TRAIN, 2): b"again\n", (COMPARE, 1): "größer\n".encode()}
        self.kept = [(TRAIN, artifact("executed-notebook", "e")), (TRAIN, artifact("roc", "f", "system.HTML"))]
        self.during_follow: Callable[[int], None] = lambda seq: None

    def close(self) -> None:
        self.calls.append(("close",))

    def expect_run(self) -> None:
        self.calls.append(("expect_run",))

    def load(self, path: Path, *, by_heading: bool = False, whole: bool = False, recall: bool = False) -> Pipeline:
        self.calls.append(("load", path, by_heading, whole, recall))
        return small_pipeline()

    def resolve_parameters(self, pipeline: Pipeline, given: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(("resolve", given))
        return dict(given)

    def start_run(self, pipeline: Pipeline, parameters: Any, options: Any, *, name: str, experiment: str) -> Run:
        self.calls.append(("start", parameters, options, name, experiment))
        return self.run()

    def retry(self, run_id: RunId, changed: Any = None) -> Run:
        self.calls.append(("retry", run_id))
        return self.run()

    def cancel(self, run_id: RunId) -> None:
        self.calls.append(("cancel", run_id))

    def delete(self, run_id: RunId) -> int:
        self.calls.append(("delete", run_id))
        return 5 << 20

    def follow(self, run_id: RunId, *, after_seq: int = 0, poll_seconds: float = 0.05) -> Iterator[list[StoredEvent]]:
        for event in self.events[after_seq:]:
            self.during_follow(event.seq)
            yield [event]
            yield []

    def run(self) -> Run:
        last = next(
            stored_event.event for stored_event in reversed(self.events) if isinstance(stored_event.event, RunMoved)
        )
        return Run(
            run_id=RUN_ID,
            name="nightly",
            pipeline="models",
            experiment="Default",
            state=last.state,
            reason=last.reason,
            error=last.error,
            created_at=STARTED,
            started_at=STARTED,
            finished_at=last.at,
            parameters={"n_trees": 300},
        )

    def find_run(self, prefix: str) -> Run:
        if not RUN_ID.startswith(prefix):
            raise KfpError("KFP211", f"there is no run {prefix}", hint="jupyter kfp runs lists them.")
        return self.run()

    def list_runs(self, **filters: Any) -> list[Run]:
        self.calls.append(("list", filters))
        return [self.run()]

    def tasks(self, run_id: RunId) -> list[Task]:
        tasks: dict[TaskPath, Task] = {}
        for event in [stored_event.event for stored_event in self.events]:
            if isinstance(event, RunCreated):
                tasks = {item.path: Task(path=item.path, name=item.name, state=S.PENDING) for item in event.tasks}
            elif isinstance(event, TaskMoved):
                tasks[event.path] = Task(
                    path=event.path,
                    name=tasks[event.path].name,
                    state=event.state,
                    reason=event.reason,
                    detail=event.detail,
                    attempt=event.attempt,
                    started_at=STARTED if event.attempt else None,
                    finished_at=event.at,
                    progress=Progress(done=2, total=5, cell=8) if event.attempt else None,
                    outputs={"rows": 3} if event.path == COMPARE else {},
                    artifacts={"model": artifact("model", "a", "system.Model")} if event.path == TRAIN else {},
                    error=event.error,
                )
        return list(tasks.values())

    def notes(self, run_id: RunId) -> list[NoteAdded]:
        return [stored.event for stored in self.events if isinstance(stored.event, NoteAdded)]

    def metrics(self, run_id: RunId) -> list[Metric]:
        events = [stored_event.event for stored_event in self.events]
        return [
            Metric(path=event.path, name=event.name, value=event.value, step=event.step, at=event.at)
            for event in events
            if isinstance(event, MetricRecorded)
        ]

    def artifacts(self, run_id: RunId) -> list[tuple[TaskPath, TaskArtifact]]:
        return [(TRAIN, artifact("model", "a", "system.Model")), *self.kept]

    def logs(
        self, run_id: RunId, path: TaskPath, *, attempt: int | None = None, offset: int = 0, limit: int = 1 << 20
    ) -> LogPage:
        newest = next(task.attempt for task in self.tasks(run_id) if task.path == path)
        data = self.log.get((path, attempt or newest), b"")
        start = max(0, len(data) + offset) if offset < 0 else offset
        return LogPage(data=data[start : start + limit], offset=start, size=len(data))

    def result_file(self, run_id: RunId, path: TaskPath, artifact: TaskArtifact) -> Path:
        return self.artifact_path(artifact.digest)

    def artifact_path(self, wanted: Digest) -> Path:
        return self.store / wanted.removeprefix("blake3:")[:4]

    def copy_artifact(self, wanted: Digest, destination: Path) -> None:
        destination.write_text(wanted)


class CommandLine:
    """Runs commands and keeps what they wrote."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture
        self.out = self.err = ""

    def __call__(self, *argv: str) -> int:
        code = main(list(argv))
        self.out, self.err = self._capture.readouterr()
        return code

    def json(self) -> Any:
        """The one object on stdout."""
        return json.loads(self.out)
