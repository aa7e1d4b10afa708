"""How a task ended, as a parameter of an exit task (``taskFinalStatus``, ``dsl.PipelineTaskFinalStatus``)."""

from __future__ import annotations

from typing import Any

from jupyter_kfp.engine.task_status import TaskStatus
from jupyter_kfp.ids import task_key
from jupyter_kfp.runs.states import RuntimeState
from jupyter_kfp.spec.pipeline_job import PipelineJob

_WORDS = {RuntimeState.CANCELED: "CANCELLED"}
"""Where KFP's word differs from the name of the state."""
_UNKNOWN = 2
_CANCELLED = 1
"""Codes of `google.rpc.Code`, which KFP uses here."""


def final_status(status: TaskStatus, job: PipelineJob) -> dict[str, Any]:
    """The structure that KFP's Python components expect; ``error`` is always there, and empty if there was none."""
    error: dict[str, Any] = {}
    if status.state is RuntimeState.FAILED:
        error = {"code": _UNKNOWN, "message": status.error.message if status.error else "the task failed"}
    elif status.state is RuntimeState.CANCELED:
        error = {"code": _CANCELLED, "message": "the task was canceled"}
    return {
        "state": _WORDS.get(status.state, status.state.value),
        "pipelineJobResourceName": job.resource_name,
        "pipelineTaskName": task_key(status.path),
        "error": error,
    }
