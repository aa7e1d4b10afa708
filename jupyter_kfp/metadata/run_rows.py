"""Records of a run to rows of the tables, and back."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from jupyter_kfp.ids import RunId, TaskPath
from jupyter_kfp.metadata.tables import name_key
from jupyter_kfp.runs.events import MetricRecorded, TaskMoved
from jupyter_kfp.runs.run import (
    CacheEntry,
    Metric,
    Progress,
    Run,
    RunError,
    RunOptions,
    Task,
    TaskArtifact,
    TaskKind,
    TaskOrigin,
)
from jupyter_kfp.runs.states import Reason, RuntimeState

Values = dict[str, Any]

_encode = msgspec.json.Encoder().encode
_artifacts_decoder = msgspec.json.Decoder(dict[str, TaskArtifact])
_artifact_decoder = msgspec.json.Decoder(TaskArtifact)
_error_decoder = msgspec.json.Decoder(RunError)
_options_decoder = msgspec.json.Decoder(RunOptions)
_progress_decoder = msgspec.json.Decoder(Progress)
_origin_decoder = msgspec.json.Decoder(TaskOrigin)
_entry_decoder = msgspec.json.Decoder(CacheEntry)
_values_decoder = msgspec.json.Decoder(dict[str, Any])
_NO_OPTIONS = RunOptions()


def run_row(run: Run, last_seq: int) -> Values:
    """Columns of `runs`."""
    return {
        "run_id": run.run_id,
        "name": _text(run.name),
        "pipeline": _text(run.pipeline),
        "pipeline_key": name_key(run.pipeline),
        "experiment": _text(run.experiment),
        "experiment_key": name_key(run.experiment),
        "state": run.state.value,
        "reason": run.reason,
        "error": _json(run.error),
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "parameters": _json(run.parameters),
        "options": _json(run.options) if run.options != _NO_OPTIONS else None,
        "spec_digest": run.spec_digest,
        "last_seq": last_seq,
    }


def read_run(row: Row[Any]) -> Run:
    """From a row of `runs`."""
    return Run(
        run_id=RunId(row.run_id),
        name=row.name,
        pipeline=row.pipeline,
        experiment=row.experiment,
        state=RuntimeState(row.state),
        reason=Reason(row.reason) if row.reason else None,
        error=_error_decoder.decode(row.error) if row.error else None,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        parameters=_values_decoder.decode(row.parameters) if row.parameters else {},
        options=_options_decoder.decode(row.options) if row.options else _NO_OPTIONS,
        spec_digest=row.spec_digest,
    )


def task_row(run_id: RunId, task: Task, position: int) -> Values:
    """Columns of `tasks`."""
    return {
        "run_id": run_id,
        "path_key": name_key(task.path),
        "position": position,
        "path": task.path,
        "name": _text(task.name),
        "kind": task.kind.value,
        "state": task.state.value,
        "reason": task.reason,
        "detail": _text(task.detail),
        "attempt": task.attempt,
        "created_at": task.created_at,
        "started_at": task.started_at,
        "finished_at": task.finished_at,
        "progress": _json(task.progress),
        "outputs": _json(task.outputs),
        "artifacts": _json(task.artifacts),
        "error": _json(task.error),
        "input_parameters": _json(task.input_parameters),
        "origin": _json(task.origin),
    }


def read_task(row: Row[Any]) -> Task:
    """From a row of `tasks`."""
    return Task(
        path=TaskPath(row.path),
        name=row.name,
        kind=TaskKind(row.kind),
        state=RuntimeState(row.state),
        reason=Reason(row.reason) if row.reason else None,
        detail=row.detail,
        attempt=row.attempt,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        progress=_progress_decoder.decode(row.progress) if row.progress else None,
        outputs=_values_decoder.decode(row.outputs) if row.outputs else {},
        artifacts=_artifacts_decoder.decode(row.artifacts) if row.artifacts else {},
        error=_error_decoder.decode(row.error) if row.error else None,
        input_parameters=_values_decoder.decode(row.input_parameters) if row.input_parameters else {},
        origin=_origin_decoder.decode(row.origin) if row.origin else None,
    )


def move_artifact_rows(run_id: RunId, seq: int, event: TaskMoved) -> list[Values]:
    """Columns of `task_artifacts`: what a task read, when it starts; what it made, when it ends."""
    used = [("input", key, artifact) for key, artifact in event.inputs.items()]
    used += [("output", key, artifact) for key, artifact in event.artifacts.items()]
    return [
        artifact_row(run_id, seq, item, event.path, event.attempt, (role, key, artifact))
        for item, (role, key, artifact) in enumerate(used)
    ]


def artifact_row(
    run_id: RunId, seq: int, item: int, path: TaskPath, attempt: int, use: tuple[str, str, TaskArtifact]
) -> Values:
    """Columns of `task_artifacts`; `use` is role, key and artifact."""
    role, key, artifact = use
    return {
        "run_id": run_id,
        "seq": seq,
        "item": item,
        "path_key": name_key(path),
        "path": path,
        "attempt": attempt,
        "role": role,
        "artifact_key": _text(key),
        "digest": artifact.digest,
        "data": _encode(artifact),
    }


def read_artifact(row: Row[Any]) -> TaskArtifact:
    """From a row of `task_artifacts`."""
    return _artifact_decoder.decode(row.data)


def read_metric(event: MetricRecorded) -> Metric:
    """A metric from the event that `metrics` keeps."""
    return Metric(path=event.path, name=event.name, value=event.value, step=event.step, at=event.at)


def entry_row(entry: CacheEntry) -> Values:
    """Columns of `cache_entries`."""
    return {
        "key": entry.key,
        "run_id": entry.run_id,
        "task_key": name_key(entry.pipeline, entry.task_key),
        "created_at": entry.created_at,
        "data": _encode(entry),
    }


def read_entry(row: Row[Any]) -> CacheEntry:
    """From a row of `cache_entries`."""
    return _entry_decoder.decode(row.data)


def _json(value: Any) -> bytes | None:
    return _encode(value) if value else None


def _text(text: str) -> str:
    # PostgreSQL takes no NUL in a text, no database takes half a surrogate pair.
    return text.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()
