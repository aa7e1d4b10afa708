"""A world for the engine: a store in memory, an executor that follows a script, a clock that moves when asked."""

from __future__ import annotations

import heapq
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from jupyter_kfp.artifacts.content_digest import digest_bytes
from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.engine.run_loop import LoopSettings, RunLoop
from jupyter_kfp.engine.tree_moves import declared
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.task_executor import TaskAttempt, TaskEnded, TaskLaunch, TaskReport
from jupyter_kfp.ids import Digest, RunId, root_path
from jupyter_kfp.runs.events import (
    ArtifactRecorded,
    IterationsFound,
    MetricRecorded,
    NoteAdded,
    RunCreated,
    RunEvent,
    RunMoved,
    StoredEvent,
    TaskMoved,
    decode_event,
    encode_event,
)
from jupyter_kfp.runs.projection import created_run, declared_tasks, move_run, move_task
from jupyter_kfp.runs.run import CacheEntry, Metric, Run, RunError, RunOptions, Task, TaskArtifact
from jupyter_kfp.runs.states import Reason, RuntimeState
from jupyter_kfp.spec import model
from jupyter_kfp.spec.extension import Extension, StepRecord, write_extension
from jupyter_kfp.spec.ir_json import to_json
from jupyter_kfp.spec.step_payload import WORKER_COMMAND, Cell, StepPayload, pack_payload
from jupyter_kfp.spec.worker_events import WorkerEvent

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package; what they share is a module beside them

Edges = Mapping[str, Sequence[str]]


def make_pipeline(
    edges: Edges,
    *,
    name: str = "p",
    retry: Mapping[str, model.RetryPolicy] | None = None,
    uncached: Sequence[str] = (),
    parameters: Mapping[str, Any] | None = None,
    code: Mapping[str, str] | None = None,
    packages: Sequence[str] = (),
) -> model.Pipeline:
    """Each task makes the artifact ``data`` and reads those of the tasks before it; the first reads the parameters."""
    components, executors, tasks, steps = {}, {}, {}, {}
    types = {int: "NUMBER_INTEGER", float: "NUMBER_DOUBLE", str: "STRING", bool: "BOOLEAN", list: "LIST"}
    declared = {
        key: model.InputParameter(parameter_type=types[type(value)], default_value=value, is_optional=True)
        for key, value in (parameters or {}).items()
    }
    for number, (key, upstream) in enumerate(edges.items(), 1):
        source = (code or {}).get(key, f"x = {number}")
        payload = StepPayload(step=key, kernel="python3", cells=[Cell(number=number, source=source)])
        taken = {} if upstream else declared
        components[f"comp-{key}"] = _component(key, upstream, taken)
        executors[f"exec-{key}"] = model.ExecutorSpec(
            container=model.ContainerSpec(
                image="image",
                command=list(WORKER_COMMAND),
                args=["--step", pack_payload(payload), "--executor_input", "{{$}}"],
            )
        )
        tasks[key] = model.TaskSpec(
            task_info=model.TaskInfo(name=key),
            component_ref=model.ComponentRef(name=f"comp-{key}"),
            dependent_tasks=list(upstream),
            caching_options=model.CachingOptions(enable_cache=True) if key not in uncached else model.CachingOptions(),
            inputs=_inputs(upstream, taken),
            retry_policy=(retry or {}).get(key),
        )
        steps[key] = StepRecord(
            name=key, cells=[number], source_digest=digest_bytes(source.encode()), packages=list(packages)
        )
    return model.Pipeline(
        spec=model.PipelineSpec(
            pipeline_info=model.PipelineInfo(name=name),
            schema_version=model.SCHEMA_VERSION,
            root=model.ComponentSpec(
                dag=model.DagSpec(tasks=tasks), input_definitions=model.InputDefinitions(parameters=declared)
            ),
            components=components,
            deployment_spec=model.DeploymentSpec(
                executors=executors, extension=write_extension(Extension(steps=steps))
            ),
        )
    )


def _component(key: str, upstream: Sequence[str], taken: Mapping[str, model.InputParameter]) -> model.ComponentSpec:
    dataset = model.ArtifactType(schema_title="system.Dataset", schema_version="0.0.1")
    return model.ComponentSpec(
        executor_label=f"exec-{key}",
        input_definitions=model.InputDefinitions(
            artifacts={other: model.InputArtifact(artifact_type=dataset) for other in upstream}, parameters=dict(taken)
        ),
        output_definitions=model.OutputDefinitions(artifacts={"data": model.OutputArtifact(artifact_type=dataset)}),
    )


def _inputs(upstream: Sequence[str], taken: Mapping[str, model.InputParameter]) -> model.TaskInputs:
    bindings = {
        other: model.TaskInputArtifact(
            task_output_artifact=model.TaskOutputArtifact(producer_task=other, output_artifact_key="data")
        )
        for other in upstream
    }
    parameters = {key: model.TaskInputParameter(component_input_parameter=key) for key in taken}
    return model.TaskInputs(artifacts=bindings, parameters=parameters)


@dataclass
class Clock:
    """Time that passes only when somebody waits."""

    time: float = 1000.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.time += seconds


class MemoryStore:
    """What the engine uses of a `MetadataStore`; events go through JSON, as in a real one."""

    def __init__(self) -> None:
        self.logs: dict[RunId, list[bytes]] = {}
        self.runs: dict[RunId, Run] = {}
        self.task_records: dict[RunId, dict[str, Task]] = {}
        self.specs: dict[RunId, bytes] = {}
        self.requests: dict[RunId, list[Any]] = {}
        self.entries: list[CacheEntry] = []
        self.appends = 0
        self.fail_appends: BaseException | None = None
        self._writes_left: int | None = None
        self._stop: Callable[[], None] | None = None

    def create_run(self, run_id: RunId, created: RunCreated, spec: bytes) -> None:
        self.logs[run_id] = [encode_event(created)]
        self.runs[run_id] = created_run(run_id, created)
        self.task_records[run_id] = {task.path: task for task in declared_tasks(created)}
        self.specs[run_id] = spec
        self.requests[run_id] = []

    def stop_after(self, writes: int | None, stop: Callable[[], None] | None) -> None:
        """Call `stop` behind so many writes from now on."""
        self._writes_left, self._stop = writes, stop

    def append(self, run_id: RunId, events: Sequence[RunEvent], *, after_seq: int) -> int:
        if self.fail_appends is not None:
            raise self.fail_appends
        if len(self.logs[run_id]) != after_seq:
            raise KfpError("KFP411", "conflict")
        self.appends += 1
        if self._writes_left is not None and self._stop is not None:
            self._writes_left -= 1
            if self._writes_left <= 0:
                self._stop()
        for event in events:
            self.logs[run_id].append(encode_event(event))
            if isinstance(event, RunMoved):
                self.runs[run_id] = move_run(self.runs[run_id], event)
            elif isinstance(event, IterationsFound):
                records = self.task_records[run_id]
                for path in [path for path in records if event.again and path.startswith(f"{event.path}[")]:
                    del records[path]
                records.update({task.path: task for task in declared_tasks(event)})
            elif isinstance(event, TaskMoved):
                records = self.task_records[run_id]
                records[event.path] = move_task(records[event.path], event)
        return len(self.logs[run_id])

    def events(self, run_id: RunId, *, after_seq: int = 0, limit: int = 10_000) -> list[StoredEvent]:
        page = self.logs[run_id][after_seq : after_seq + limit]
        return [
            StoredEvent(run_id=run_id, seq=seq, event=decode_event(data))
            for seq, data in enumerate(page, after_seq + 1)
        ]

    def last_seq(self, run_id: RunId) -> int:
        return len(self.logs[run_id])

    def get_run(self, run_id: RunId) -> Run:
        return self.runs[run_id]

    def get_spec(self, run_id: RunId) -> bytes:
        return self.specs[run_id]

    def tasks(self, run_id: RunId) -> list[Task]:
        return list(self.task_records[run_id].values())

    def list_runs(self, *, states: Sequence[RuntimeState] = (), **_: Any) -> list[Run]:
        return [run for run in reversed(self.runs.values()) if not states or run.state in states]

    def request(self, run_id: RunId, kind: Any, at: float) -> None:
        self.requests[run_id].append(kind)

    def pending_requests(self, run_id: RunId) -> list[Any]:
        return list(self.requests[run_id])

    def clear_requests(self, run_id: RunId) -> None:
        self.requests[run_id].clear()

    def put_cache_entries(self, entries: Sequence[CacheEntry]) -> None:
        self.entries.extend(entries)

    def find_cache_entries(self, keys: Collection[Digest]) -> dict[Digest, CacheEntry]:
        return {entry.key: entry for entry in self.entries if entry.key in set(keys)}

    def latest_cache_entry(self, pipeline: str, task_key: str) -> CacheEntry | None:
        found = (entry for entry in reversed(self.entries) if (entry.pipeline, entry.task_key) == (pipeline, task_key))
        return next(found, None)

    def notes(self, run_id: RunId) -> list[NoteAdded]:
        return list(self._of_kind(run_id, NoteAdded))

    def metrics(self, run_id: RunId) -> list[Metric]:
        return [
            Metric(path=event.path, name=event.name, value=event.value, step=event.step, at=event.at)
            for event in self._of_kind(run_id, MetricRecorded)
        ]

    def logged_artifacts(self, run_id: RunId) -> list[tuple[str, TaskArtifact]]:
        return [(event.path, event.artifact) for event in self._of_kind(run_id, ArtifactRecorded)]

    def _of_kind(self, run_id: RunId, kind: type) -> list[Any]:
        return [stored.event for stored in self.events(run_id, limit=1 << 30) if isinstance(stored.event, kind)]


@dataclass
class Outcome:
    """How an attempt goes."""

    succeeded: bool = True
    seconds: float = 1.0
    retryable: bool = True
    reason: Reason | None = None
    events: list[WorkerEvent] = field(default_factory=list)
    artifacts: list[TaskArtifact] = field(default_factory=list)
    content: str = ""
    """What the output is made of, beside the step's inputs."""
    details: dict[str, Any] = field(default_factory=dict)
    """Of the error of a failed attempt."""
    hangs: bool = False


class ScriptedExecutor:
    """Ends each attempt as `script` says, on the clock's time."""

    def __init__(
        self,
        clock: Clock,
        script: Callable[[str, int], Outcome],
        end: Callable[[TaskLaunch, Outcome], TaskEnded] | None = None,
    ) -> None:
        self.clock = clock
        self.script = script
        self.end = end
        self.launched: list[TaskLaunch] = []
        self.running: dict[TaskAttempt, TaskLaunch] = {}
        self.most_at_once = 0
        self.closed = False
        self.adoptable = False
        self._ends: list[tuple[float, int, TaskAttempt, Outcome]] = []

    def launch(self, launch: TaskLaunch) -> None:
        key = launch.attempt.path.removeprefix("root/")
        outcome = self.script(key, launch.attempt.attempt)
        self.launched.append(launch)
        self.running[launch.attempt] = launch
        self.most_at_once = max(self.most_at_once, len(self.running))
        if not outcome.hangs:
            self._end(launch.attempt, outcome, outcome.seconds)

    def check(self, timeout: float) -> list[TaskReport]:
        assert timeout >= 0
        if not self._ends or self._ends[0][0] > self.clock.time + timeout:
            self.clock.sleep(timeout)
            return []
        self.clock.time = max(self.clock.time, self._ends[0][0])
        _, _, attempt, outcome = heapq.heappop(self._ends)
        launch = self.running.pop(attempt, None)
        if launch is None:
            return []
        return [
            TaskReport(
                attempt=attempt, events=outcome.events, artifacts=outcome.artifacts, ended=self._ended(launch, outcome)
            )
        ]

    def adopt(self, attempt: TaskAttempt) -> bool:
        return self.adoptable

    def terminate(self, attempt: TaskAttempt, *, grace_seconds: float) -> None:
        self._end(attempt, Outcome(succeeded=False), 0.1)

    def close(self) -> None:
        self.closed = True

    def _end(self, attempt: TaskAttempt, outcome: Outcome, seconds: float) -> None:
        heapq.heappush(self._ends, (self.clock.time + seconds, len(self.launched), attempt, outcome))

    def _ended(self, launch: TaskLaunch, outcome: Outcome) -> TaskEnded:
        path = launch.attempt.path
        if self.end is not None and outcome.succeeded:
            return self.end(launch, outcome)
        if not outcome.succeeded:
            error = RunError(
                code="KFP311",
                message=f"{path} attempt {launch.attempt.attempt}",
                step=path,
                hint="try again",
                details=outcome.details,
            )
            reason = outcome.reason or Reason.USER_CODE
            return TaskEnded(succeeded=False, reason=reason, error=error, retryable=outcome.retryable)
        made_of = [path, outcome.content, *(artifact.digest for artifact in launch.input_artifacts.values())]
        digest = digest_bytes("\n".join(made_of).encode())
        artifact = TaskArtifact(name="data", type="system.Dataset", uri=f"/a/{digest}", digest=digest, size=1)
        return TaskEnded(succeeded=True, artifacts={"data": artifact})


class Artifacts:
    """Knows only which contents are gone."""

    def __init__(self) -> None:
        self.gone: set[Digest] = set()

    def exists(self, digest: Digest) -> bool:
        return digest not in self.gone


class World:
    """Everything around a run loop."""

    Outcome = Outcome
    make_pipeline = staticmethod(make_pipeline)
    to_json = staticmethod(to_json)

    def __init__(self) -> None:
        self.clock = Clock()
        self.store = MemoryStore()
        self.artifacts = Artifacts()
        self.executors: list[ScriptedExecutor] = []
        self.script: Callable[[str, int], Outcome] = lambda _key, _attempt: Outcome()
        self.end: Callable[[TaskLaunch, Outcome], TaskEnded] | None = None
        """Says how an attempt ends that succeeds, in the place of the usual outputs."""
        self._runs = 0

    def create(
        self, pipeline: model.Pipeline, options: RunOptions | None = None, parameters: dict[str, Any] | None = None
    ) -> RunId:
        self._runs += 1
        run_id = RunId(f"{self._runs:08d}-0000-4000-8000-000000000000")
        graph = build_task_graph(pipeline)
        created = RunCreated(
            at=self.clock.now(),
            name="run",
            pipeline=graph.pipeline,
            experiment="Default",
            parameters=parameters or {},
            options=options or RunOptions(),
            spec_digest="blake3:0",
            tasks=[declared(node) for node in graph.nodes.values()],
        )
        self.store.create_run(run_id, created, to_json(pipeline))
        return run_id

    def loop(self, run_id: RunId, *, slots: int = 2, executor: bool = True, **fields: Any) -> RunLoop:
        settings = LoopSettings(max_parallel_tasks=slots, now=self.clock.now, sleep=self.clock.sleep, **fields)
        return RunLoop(run_id, self.store, self.artifacts, self.open_executor if executor else None, settings)

    def run(
        self, pipeline: model.Pipeline, options: RunOptions | None = None, *, slots: int = 2, **given: Any
    ) -> RunId:
        run_id = self.create(pipeline, options, given)
        self.loop(run_id, slots=slots).run()
        return run_id

    def open_executor(self) -> ScriptedExecutor:
        self.executors.append(ScriptedExecutor(self.clock, self.script, self.end))
        return self.executors[-1]

    def states(self, run_id: RunId) -> dict[str, str]:
        return {task.path.removeprefix("root/"): task.state.value for task in self.store.tasks(run_id)}

    def details(self, run_id: RunId) -> dict[str, str]:
        return {task.path.removeprefix("root/"): task.detail for task in self.store.tasks(run_id)}

    def task(self, run_id: RunId, key: str) -> Task:
        return self.store.task_records[run_id][root_path(key)]

    def launched(self) -> list[str]:
        return [
            launch.attempt.path.removeprefix("root/") for executor in self.executors for launch in executor.launched
        ]

    def events(self, run_id: RunId) -> list[RunEvent]:
        return [stored.event for stored in self.store.events(run_id, limit=1 << 30)]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(scope="session")
def make_world() -> Callable[[], World]:
    return World
