"""What a task gets to read: its bindings in the spec, turned into values and artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET

from jupyter_kfp.engine.task_graph import TaskGraph, TaskNode
from jupyter_kfp.engine.task_status import TaskStatus
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import TaskPath, root_path
from jupyter_kfp.runs.run import TaskArtifact
from jupyter_kfp.spec.model import InputParameter, TaskInputParameter, ValueOrRuntimeParameter
from jupyter_kfp.spec.parameter_values import as_text, declared_type, fit_value

_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class ResolvedInputs:
    """Inputs of a task, by key."""

    parameters: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, TaskArtifact] = field(default_factory=dict)
    producers: dict[str, str] = field(default_factory=dict)
    """Names of the tasks that made them; pipeline parameters and constants have none."""


def resolve_inputs(
    graph: TaskGraph, node: TaskNode, parameters: Mapping[str, Any], tasks: Mapping[TaskPath, TaskStatus]
) -> ResolvedInputs:
    """Resolve the inputs of a task whose producers have ended.

    An optional input without a value is left out, as is a variable that its producer left unbound (see
    `StepOutput.maybe`). Raises `KfpError` KFP301 (an input is missing), KFP302 (a value has the wrong type).
    """
    resolved = ResolvedInputs()
    declared = node.component.input_definitions
    bound = node.spec.inputs.parameters if node.spec.inputs else {}
    for key, declaration in (declared.parameters if declared else {}).items():
        value = _parameter(graph, key, bound.get(key), parameters, tasks, resolved)
        if value is _ABSENT and declaration.has_default:
            value = declaration.default_value
        if value is not _ABSENT:
            resolved.parameters[key] = _fit(node, key, value, declaration)
        elif not (declaration.is_optional or _may_be_unbound(graph, bound.get(key))):
            raise _missing(node, key)
    for key, binding in (node.spec.inputs.artifacts if node.spec.inputs else {}).items():
        source = binding.task_output_artifact
        if source is None:
            raise _missing(node, key)
        artifact = tasks[root_path(source.producer_task)].artifacts.get(source.output_artifact_key)
        if artifact is not None:
            resolved.artifacts[key] = artifact
            resolved.producers[key] = graph.by_key(source.producer_task).name
        elif not _unbound_output(graph, source.producer_task, source.output_artifact_key):
            raise _missing(node, key)
    return resolved


def _parameter(
    graph: TaskGraph,
    key: str,
    binding: TaskInputParameter | None,
    parameters: Mapping[str, Any],
    tasks: Mapping[TaskPath, TaskStatus],
    resolved: ResolvedInputs,
) -> Any:
    if binding is None:
        return _ABSENT
    if binding.task_output_parameter:
        source = binding.task_output_parameter
        resolved.producers[key] = graph.by_key(source.producer_task).name
        return tasks[root_path(source.producer_task)].outputs.get(source.output_parameter_key, _ABSENT)
    if binding.component_input_parameter:
        return parameters.get(binding.component_input_parameter, _ABSENT)
    return _constant(binding.runtime_value, parameters) if binding.runtime_value else _ABSENT


def _constant(value: ValueOrRuntimeParameter, parameters: Mapping[str, Any]) -> Any:
    if value.runtime_parameter:
        return parameters.get(value.runtime_parameter, _ABSENT)
    if value.constant_value is not None:
        typed = value.constant_value
        if typed.int_value is not None:
            return int(typed.int_value)
        return typed.string_value if typed.double_value is None else typed.double_value
    # None is a possible constant.
    return _ABSENT if value.constant is UNSET else value.constant


def _fit(node: TaskNode, key: str, value: Any, declaration: InputParameter) -> Any:
    type_name = declared_type(declaration)
    if value is None:
        return None
    if type_name == "STRING":
        return as_text(value)
    try:
        return fit_value(value, type_name)
    except ValueError as error:
        raise KfpError(
            "KFP302",
            f"step {node.name}: the input {key!r} has the wrong type: {error}",
            details={"step": node.name, "input": key},
        ) from None


def _may_be_unbound(graph: TaskGraph, binding: TaskInputParameter | None) -> bool:
    source = binding.task_output_parameter if binding else None
    return source is not None and _unbound_output(graph, source.producer_task, source.output_parameter_key)


def _unbound_output(graph: TaskGraph, producer: str, key: str) -> bool:
    payload = graph.by_key(producer).payload
    return any(output.key == key and output.maybe for output in (payload.outputs if payload else ()))


def _missing(node: TaskNode, key: str) -> KfpError:
    return KfpError(
        "KFP301",
        f"step {node.name}: the input {key!r} has no value: the step that should make it did not",
        details={"step": node.name, "input": key},
    )
