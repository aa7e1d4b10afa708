"""Kubernetes settings of a task, with values in the place of references to parameters and outputs."""

from __future__ import annotations

from typing import Any

from jupyter_kfp.engine.input_resolution import ResolvedInputs
from jupyter_kfp.engine.scope import ABSENT, Scope
from jupyter_kfp.engine.task_node import TaskNode
from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.pipeline_job import PipelineJob

_REFERENCES = ("componentInputParameter", "taskOutputParameter")


def filled_settings(scope: Scope, node: TaskNode, inputs: ResolvedInputs, job: PipelineJob) -> dict[str, Any]:
    """Settings with constants only.

    A reference is to an input of the task, to one of what it is a part of, or to an output of another task.
    Raises `KfpError` KFP301 for one that has no value, KFP306 for a placeholder without one.
    """
    platform = node.template.platform
    if not platform:
        return {}
    from jupyter_kfp.spec.placeholders import PlaceholderValues, fill_settings

    values = PlaceholderValues({"inputs": {"parameterValues": inputs.parameters}}, job)
    filled: dict[str, Any] = fill_settings(_with_constants(scope, node, inputs, platform), values)
    return filled


def _with_constants(scope: Scope, node: TaskNode, inputs: ResolvedInputs, data: Any) -> Any:
    if isinstance(data, list):
        return [_with_constants(scope, node, inputs, item) for item in data]
    if not isinstance(data, dict):
        return data
    if any(reference in data for reference in _REFERENCES):
        return {"runtimeValue": {"constant": _value(scope, node, inputs, data)}}
    return {key: _with_constants(scope, node, inputs, value) for key, value in data.items()}


def _value(scope: Scope, node: TaskNode, inputs: ResolvedInputs, reference: dict[str, Any]) -> Any:
    value: Any = ABSENT
    name = reference.get("componentInputParameter")
    source = reference.get("taskOutputParameter")
    if name is not None:
        value = inputs.parameters.get(name, ABSENT)
        if value is ABSENT:
            value = scope.parameter(node, name)
    elif isinstance(source, dict):
        producer = scope.tasks.get(node.sibling(source.get("producerTask", "")))
        value = producer.outputs.get(source.get("outputParameterKey", ""), ABSENT) if producer else ABSENT
        name = f"{source.get('producerTask')}.{source.get('outputParameterKey')}"
    if value is ABSENT:
        raise KfpError(
            "KFP301",
            f"step {node.name}: a setting for Kubernetes refers to {name!r}, which has no value",
            details={"step": node.name, "input": name},
        )
    return value
