"""May the outputs of an earlier run be used for a task? The key, what it is made of, and the entry behind it."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from jupyter_kfp.artifacts.artifact_store import ArtifactStore
from jupyter_kfp.artifacts.content_digest import digest_bytes
from jupyter_kfp.engine.cache_reasons import (
    CELL_PART,
    GONE,
    OFF_FOR_RUN,
    OFF_FOR_STEP,
    explain_hit,
    explain_miss,
    explain_outputs_of,
)
from jupyter_kfp.engine.file_checks import check_files
from jupyter_kfp.engine.input_resolution import ResolvedInputs
from jupyter_kfp.engine.kernel_environment import KernelEnvironment, kernel_environment
from jupyter_kfp.engine.module_versions import forget_versions, module_parts
from jupyter_kfp.engine.secret_parts import SecretParts
from jupyter_kfp.engine.selection import is_named
from jupyter_kfp.engine.task_node import TaskNode
from jupyter_kfp.executors.local_process.local_code import code_digest
from jupyter_kfp.ids import Digest, RunId
from jupyter_kfp.metadata.metadata_store import MetadataStore
from jupyter_kfp.runs.events import ArtifactRecorded, MetricRecorded, RunEvent, TaskMoved
from jupyter_kfp.runs.run import CacheEntry, Run, RunOptions, TaskArtifact, TaskOrigin
from jupyter_kfp.runs.states import Reason, RuntimeState
from jupyter_kfp.spec.model import ContainerSpec
from jupyter_kfp.spec.step_payload import MODULES_KEY, PAYLOAD_FORMAT, StepPayload
from jupyter_kfp.spec.used_files import UsedFiles

_SEEN_SETTINGS = (
    "secretAsEnv",
    "secretAsVolume",
    "configMapAsEnv",
    "configMapAsVolume",
    "pvcMount",
    "fieldPathAsEnv",
    "emptyDirMounts",
)
OWN_KEY = "cache-key"
"""The part that stands for all others where the author of a pipeline gave one."""
_RUNS_TO_SEARCH = 20
"""How many runs of a pipeline are looked through for outputs that the cache no longer has."""


@dataclass(frozen=True, slots=True)
class CacheAnswer:
    """What the cache says of a task with given inputs."""

    key: Digest
    parts: dict[str, str]
    why: str
    """Of a hit or a miss; one sentence without a full stop."""
    entry: CacheEntry | None = None
    """None: the task has to run."""


class TaskCache:
    """The cache as one run sees it."""

    def __init__(
        self,
        store: MetadataStore,
        artifacts: ArtifactStore,
        pipeline: str,
        options: RunOptions,
        secrets: SecretParts | None = None,
    ) -> None:
        """`secrets` are part of the key of tasks that use some."""
        self._store = store
        self._artifacts = artifacts
        self._pipeline = pipeline
        self._options = options
        self._secrets = secrets
        self._records: dict[RunId, _RunRecords] = {}
        self._latest: dict[str, CacheEntry | None] = {}
        forget_versions()
        kernel_environment.cache_clear()

    def look_up(self, node: TaskNode, inputs: ResolvedInputs) -> CacheAnswer:
        """Ask for outputs that may stand for a run of the task."""
        return self.look_up_all([(node, inputs)])[0]

    def look_up_all(self, tasks: Sequence[tuple[TaskNode, ResolvedInputs]]) -> list[CacheAnswer]:
        """The same for many tasks at the cost of one question."""
        parts = [self._parts(node, inputs) for node, inputs in tasks]
        keys = [cache_key(one) for one in parts]
        found = self._store.find_cache_entries(set(keys)) if self._options.use_cache else {}
        return [
            self._answer(task, CacheAnswer(key, one, "", found.get(key)))
            for task, key, one in zip(tasks, keys, parts, strict=True)
        ]

    def _answer(self, task: tuple[TaskNode, ResolvedInputs], found: CacheAnswer) -> CacheAnswer:
        """Judge what was found under the key."""
        node, inputs = task
        key, parts, entry = found.key, found.parts, found.entry
        if not self._options.use_cache:
            return CacheAnswer(key, parts, OFF_FOR_RUN)
        if is_named(node, self._options.force):
            return CacheAnswer(key, parts, f"--force {node.name}")
        if not node.cacheable:
            return CacheAnswer(key, parts, OFF_FOR_STEP)
        if entry is not None:
            why = self._unusable(entry, node)
            if why is None:
                return CacheAnswer(key, parts, explain_hit(entry), entry)
        else:
            latest = self._latest_before(node)
            why = explain_miss(latest, parts | cell_parts(node), inputs.producers)
        return CacheAnswer(key, parts, why)

    def _parts(self, node: TaskNode, inputs: ResolvedInputs) -> dict[str, str]:
        parts = cache_parts(node, inputs, self._options)
        if self._secrets is not None and node.template.platform and OWN_KEY not in parts:
            parts |= self._secrets.parts(node.template.platform)
        return parts

    def _latest_before(self, node: TaskNode) -> CacheEntry | None:
        """The newest entry of a task, as it was when it was first asked for: what this run adds says nothing of why."""
        if node.cache_name not in self._latest:
            self._latest[node.cache_name] = self._store.latest_cache_entry(self._pipeline, node.cache_name)
        return self._latest[node.cache_name]

    def latest_files(self, node: TaskNode) -> UsedFiles:
        """Files that a task used when it ran last."""
        latest = self._latest_before(node)
        return latest.files if latest is not None else UsedFiles()

    def newest_outputs(self, node: TaskNode) -> CacheEntry | None:
        """Outputs of the newest successful run of a task, whatever its inputs were; for ``--from`` and ``--only``.

        Only runs of the same notebook or file count, however it was changed since.
        """
        latest = self._store.latest_cache_entry(self._pipeline, node.cache_name)
        if latest is not None and self._has_same_source(self._store.get_run(latest.run_id)) and self._is_whole(latest):
            return latest
        for run in self._store.list_runs(pipeline=self._pipeline, limit=_RUNS_TO_SEARCH):
            if not self._has_same_source(run):
                continue
            for task in self._store.tasks(run.run_id):
                if task.path != node.path or task.state is not RuntimeState.SUCCEEDED:
                    continue
                entry = CacheEntry(
                    key=Digest(""),
                    pipeline=self._pipeline,
                    task_key=node.cache_name,
                    run_id=run.run_id,
                    path=task.path,
                    attempt=task.attempt,
                    created_at=task.finished_at or run.created_at,
                    outputs=task.outputs,
                    artifacts=task.artifacts,
                )
                if self._is_whole(entry):
                    return entry
        return None

    def _has_same_source(self, run: Run) -> bool:
        """Whether a run was made from the same file: pipelines of several files may have one name."""
        source, own = run.options.notebook_path, self._options.notebook_path
        return not source or not own or source == own

    def entry_of(self, node: TaskNode, inputs: ResolvedInputs) -> CacheEntry | None:
        """What is remembered of a task with these inputs, whatever became of it since."""
        key = cache_key(self._parts(node, inputs))
        return self._store.find_cache_entries([key]).get(key)

    def entry(
        self, node: TaskNode, answer: CacheAnswer, run_id: RunId, moved: TaskMoved, files: UsedFiles
    ) -> CacheEntry:
        """The outputs of a task that succeeded, and what files it used, as they are to be remembered."""
        return CacheEntry(
            key=answer.key,
            pipeline=self._pipeline,
            task_key=node.cache_name,
            run_id=run_id,
            path=moved.path,
            attempt=moved.attempt,
            created_at=moved.at,
            parts=answer.parts | cell_parts(node),
            files=files,
            outputs=moved.outputs,
            artifacts=moved.artifacts,
        )

    def remember(self, entries: Sequence[CacheEntry]) -> None:
        """Keep outputs for later runs."""
        self._store.put_cache_entries(entries)

    def events_of_hit(
        self, node: TaskNode, entry: CacheEntry, reason: Reason, now: float, inputs: ResolvedInputs | None = None
    ) -> list[RunEvent]:
        """The task's end, with the metrics and logged artifacts of the run that made the outputs.

        `inputs` are what the task would have read; a reused one was not asked for them.
        """
        records = self._records_of(entry.run_id)
        path = node.path
        shown: list[RunEvent] = [
            MetricRecorded(at=now, path=path, attempt=0, name=metric.name, value=metric.value, step=metric.step)
            for metric in records.metrics.get(entry.path, ())
        ]
        shown += [
            ArtifactRecorded(at=now, path=path, attempt=0, artifact=artifact)
            for artifact in records.artifacts.get(entry.path, ())
        ]
        moved = TaskMoved(
            at=now,
            path=path,
            state=RuntimeState.SUCCEEDED,
            reason=reason,
            detail=explain_outputs_of(entry) if reason is Reason.REUSED else explain_hit(entry),
            outputs=entry.outputs,
            artifacts=entry.artifacts,
            inputs=inputs.artifacts if inputs else {},
            input_parameters=inputs.parameters if inputs else {},
            origin=TaskOrigin(run_id=entry.run_id, path=entry.path, attempt=entry.attempt),
        )
        return [*shown, moved]

    def _unusable(self, entry: CacheEntry, node: TaskNode) -> str | None:
        """Why an entry with the right key cannot be used; None if it can."""
        if not self._is_whole(entry):
            return GONE
        payload = node.payload
        carried = [one.path for one in (*payload.file_inputs, *payload.file_outputs)] if payload else []
        checked = check_files(entry.files, self._options.working_directory, carried)
        if checked.why is None and checked.files != entry.files:
            self._store.put_cache_entries([msgspec.structs.replace(entry, files=checked.files)])
        return checked.why

    def _is_whole(self, entry: CacheEntry) -> bool:
        logged = self._records_of(entry.run_id).artifacts.get(entry.path, ())
        return all(self._artifacts.exists(artifact.digest) for artifact in (*entry.artifacts.values(), *logged))

    def _records_of(self, run_id: RunId) -> _RunRecords:
        if run_id not in self._records:
            records = _RunRecords()
            for metric in self._store.metrics(run_id):
                records.metrics.setdefault(metric.path, []).append(metric)
            for path, artifact in self._store.logged_artifacts(run_id):
                records.artifacts.setdefault(path, []).append(artifact)
            self._records[run_id] = records
        return self._records[run_id]


class _RunRecords:
    """What a run logged, by task."""

    def __init__(self) -> None:
        self.metrics: dict[str, list[Any]] = {}
        self.artifacts: dict[str, list[TaskArtifact]] = {}


def cache_parts(node: TaskNode, inputs: ResolvedInputs, options: RunOptions) -> dict[str, str]:
    """Everything that the outputs of a task depend on, by name; in the order in which a miss should name it."""
    payload = node.payload
    record = node.record
    container = node.container or ContainerSpec()
    caching = node.spec.caching_options
    if caching is not None and caching.cache_key:  # the author's own word for it stands alone, as on a KFP server
        component = node.spec.component_ref.name if node.spec.component_ref else None
        return {OWN_KEY: caching.cache_key, "component": component or ""}
    parts = {"source": record.source_digest} if record else {"container": _digest([container.command, container.args])}
    parts |= {f"parameter:{key}": json.dumps(value, sort_keys=True) for key, value in inputs.parameters.items()}
    # A command sees all metadata of its inputs; a step what belongs to the content.
    seen = _with_metadata if payload is None else _content
    parts |= {f"input:{key}": seen(artifact) for key, artifact in inputs.artifacts.items()}
    if payload is not None:
        environment = kernel_environment(payload.kernel)
        parts |= _module_parts(node, inputs, environment)
        parts |= {"python": environment.python_version, "kernel": payload.kernel, "guarded": _guarded(payload)}
    else:
        parts |= _settings_parts(node)
        code = code_digest([*container.command, *container.args], options.working_directory)
        parts |= {"code": code} if code else {}
    parts["outputs"] = _digest([node.component.output_definitions, payload.outputs if payload else []])
    parts["image"] = container.image or ""
    parts["environment"] = _digest(container.env)
    if payload is not None:
        parts["folder"] = options.working_directory
    parts["format"] = str(PAYLOAD_FORMAT)
    return parts


def _guarded(payload: StepPayload) -> str:
    """What the step was seen to leave alone: a step that later ones did not watch then has to be judged again."""
    inputs = [(one.name, one.changed_below, one.guarded) for one in payload.inputs]
    setup = [payload.guarded_setup, payload.unnamed_setup]
    return _digest([inputs, setup, payload.neighbours, sorted(payload.modules.watched)])


def _content(artifact: TaskArtifact) -> str:
    return artifact.digest


def _with_metadata(artifact: TaskArtifact) -> str:
    return f"{artifact.digest} {_digest(artifact.metadata)}" if artifact.metadata else artifact.digest


def _settings_parts(node: TaskNode) -> dict[str, str]:
    """What a command may see of the platform."""
    seen = {key: value for key, value in node.template.platform.items() if key in _SEEN_SETTINGS}
    return {"settings": _digest(seen)} if seen else {}


def _module_parts(node: TaskNode, inputs: ResolvedInputs, environment: KernelEnvironment) -> dict[str, str]:
    """Of what the step imports, and of the user's own modules that its inputs have functions and classes of."""
    packages, modules = (node.record.packages, node.record.modules) if node.record else ([], [])
    records = node.extension.modules if node.extension else {}
    told = [str(artifact.metadata.get(MODULES_KEY, "")) for artifact in inputs.artifacts.values()]
    needed = [name for names in told for name in names.split(",")]
    return module_parts(packages, environment, [*modules, *needed], records)


def cell_parts(node: TaskNode) -> dict[str, str]:
    """Digests of single cells, kept beside the key so that a later miss can name the cell that changed."""
    cells = node.payload.cells if node.payload else ()
    return {f"{CELL_PART}{cell.number}": digest_bytes(_normal_source(cell.source).encode())[:23] for cell in cells}


def cache_key(parts: dict[str, str]) -> Digest:
    """Digest over the parts."""
    return digest_bytes(json.dumps(parts, sort_keys=True).encode())


def _normal_source(source: str) -> str:
    """Without comments and layout where it is plain Python; other text as it stands."""
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError):
        return source


def _digest(value: Any) -> str:
    return digest_bytes(msgspec.json.encode(value, order="sorted"))
