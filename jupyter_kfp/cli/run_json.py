"""A run as one JSON object, for ``--json``; the shape is a contract with scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from jupyter_kfp.cli.log_stream import log_source, log_tail
from jupyter_kfp.ids import RunId, TaskPath
from jupyter_kfp.runs.run import Metric, Run, RunError, Task, TaskArtifact

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PipelineService


def run_json(service: PipelineService, run: Run) -> dict[str, Any]:
    """Collect what is known of a run. Times are seconds since the epoch."""
    tasks = service.tasks(run.run_id)
    artifacts: dict[TaskPath, dict[str, TaskArtifact]] = {}
    for path, artifact in service.artifacts(run.run_id):
        artifacts.setdefault(path, {})[artifact.name] = artifact
    return {
        "run_id": run.run_id,
        "state": run.state.value,
        "reason": run.reason.value if run.reason is not None else None,
        "error": _error(run.error),
        "parameters": run.parameters,
        "metrics": [_metric(metric) for metric in service.metrics(run.run_id)],
        "notes": [note.text for note in service.notes(run.run_id)],
        "tasks": {
            task.path: _task(task, artifacts.get(task.path, {}), _log(service, run.run_id, task)) for task in tasks
        },
    }


def _log(service: PipelineService, run_id: RunId, task: Task) -> str:
    if not (task.attempt or task.origin):
        return ""
    source = log_source(run_id, task, task.attempt)
    return log_tail(service, source.run_id, source.path, attempt=source.attempt or None)


def run_row(run: Run) -> dict[str, Any]:
    """Summarise a run for a list of runs."""
    return {
        "run_id": run.run_id,
        "name": run.name,
        "pipeline": run.pipeline,
        "experiment": run.experiment,
        "state": run.state.value,
        "reason": run.reason.value if run.reason is not None else None,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "parameters": run.parameters,
    }


def _metric(metric: Metric) -> dict[str, Any]:
    return {
        "task": metric.path,
        "name": metric.name,
        "value": metric.value,
        "step": metric.step,
        "at": metric.at,
    }


def _task(task: Task, artifacts: dict[str, TaskArtifact], log: str) -> dict[str, Any]:
    cell = task.progress.cell if task.progress is not None else None
    if task.error is not None and task.error.cell is not None:
        cell = task.error.cell
    return {
        "state": task.state.value,
        "reason": task.reason.value if task.reason is not None else None,
        "attempt": task.attempt,
        "cell": cell,
        "started_at": task.started_at,
        "finished_at": task.finished_at,
        "outputs": task.outputs,
        "artifacts": {
            name: {"type": artifact.type, "uri": artifact.uri, "digest": artifact.digest, "size": artifact.size}
            for name, artifact in {**task.artifacts, **artifacts}.items()
        },
        "log": log,
        "error": _error(task.error),
    }


def _error(error: RunError | None) -> Any:
    """All fields, also those that are empty, so that scripts need not ask for them."""
    return None if error is None else msgspec.structs.asdict(error)
