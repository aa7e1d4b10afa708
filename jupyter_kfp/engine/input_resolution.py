"""What a task gets to read: its bindings in the spec, turned into values and artifacts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET

from jupyter_kfp.engine.final_status import final_status
from jupyter_kfp.engine.scope import ABSENT, Scope
from jupyter_kfp.engine.task_node import TaskNode
from jupyter_kfp.errors import KfpError
from jupyter_kfp.runs.artifact_lists import named_artifacts, under
from jupyter_kfp.runs.run import TaskArtifact
from jupyter_kfp.runs.states import RuntimeState
from jupyter_kfp.spec.model import (
    InputArtifact,
    InputParameter,
    TaskInputArtifact,
    TaskInputParameter,
    ValueOrRuntimeParameter,
)
from jupyter_kfp.spec.parameter_values import as_text, declared_type, fit_value, whole_numbers
from jupyter_kfp.spec.pipeline_job import PipelineJob

_NO_JOB = PipelineJob()
_PARSED = {"NUMBER_INTEGER", "NUMBER_DOUBLE", "BOOLEAN", "LIST", "STRUCT"}
"""Types whose values are read from text, if they come as text."""


@dataclass(frozen=True, slots=True)
class ResolvedInputs:
    """Inputs of a task, by key."""

    parameters: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, TaskArtifact] = field(default_factory=dict)
    """Those of a list as ``key[0]``, ``key[1]`` ..."""
    producers: dict[str, str] = field(default_factory=dict)
    """Names of the tasks that made them; pipeline parameters and constants have none."""


def resolve_inputs(scope: Scope, node: TaskNode, job: PipelineJob = _NO_JOB) -> ResolvedInputs:
    """Resolve the inputs of a task whose producers have ended.

    An optional input without a value is left out, as is a variable that its producer left unbound (see
    `StepOutput.maybe`). What is bound but not declared, because constants or settings refer to it, comes along. Raises
    `KfpError` KFP301 (an input is missing), KFP302 (a value has the wrong type), and what the placeholders of constants
    and the selectors of parts raise.
    """
    return _Resolution(scope, node, job).resolve()


class _Resolution:
    def __init__(self, scope: Scope, node: TaskNode, job: PipelineJob) -> None:
        self._scope = scope
        self._node = node
        self._job = job
        self._found = ResolvedInputs()
        declared = node.component.input_definitions
        self._parameters = declared.parameters if declared else {}
        self._artifacts = declared.artifacts if declared else {}

    def resolve(self) -> ResolvedInputs:
        inputs = self._node.spec.inputs
        bound = inputs.parameters if inputs else {}
        for key in dict.fromkeys([*self._parameters, *bound]):
            self._take_parameter(key, bound.get(key))
        self._fill_constants(bound)
        for key, binding in (inputs.artifacts if inputs else {}).items():
            self._take_artifact(key, binding)
        return self._found

    def _take_parameter(self, key: str, binding: TaskInputParameter | None) -> None:
        declaration = self._parameters.get(key)
        value = self._value(key, binding) if binding is not None else ABSENT
        if value is ABSENT and declaration is not None and declaration.has_default:
            value = self._written(declaration.default_value)
        if value is not ABSENT and _template_of(binding) is not None:
            self._found.parameters[key] = value  # is filled, and then fitted, when all others are there
        elif value is not ABSENT:
            self._found.parameters[key] = self._fit(key, value, declaration)
        elif declaration is not None and self._must_be_there(declaration) and not self._may_be_unbound(binding):
            raise self._missing(key)

    def _value(self, key: str, binding: TaskInputParameter) -> Any:
        value: Any = ABSENT
        if binding.task_output_parameter:
            source = binding.task_output_parameter
            producer = self._node.sibling(source.producer_task)
            self._found.producers[key] = self._scope.graph.nodes[producer].name
            value = self._scope.tasks[producer].outputs.get(source.output_parameter_key, ABSENT)
        elif binding.component_input_parameter:
            value = self._scope.parameter(self._node, binding.component_input_parameter)
        elif binding.task_final_status:
            producer = self._node.sibling(binding.task_final_status.producer_task)
            value = final_status(self._scope.tasks[producer], self._job)
        elif binding.runtime_value:
            value = self._written(self._constant(binding.runtime_value))
        if binding.parameter_expression_selector and value is not ABSENT:
            from jupyter_kfp.spec.parameter_expressions import select_value

            value = select_value(binding.parameter_expression_selector, value)
        return value

    def _written(self, value: Any) -> Any:
        """A value of the spec, as its author wrote it."""
        return whole_numbers(value) if self._scope.graph.has_doubles_only else value

    def _constant(self, value: ValueOrRuntimeParameter) -> Any:
        if value.runtime_parameter:
            return self._scope.parameter(self._node, value.runtime_parameter)
        if value.constant_value is not None:
            typed = value.constant_value
            if typed.int_value is not None:
                return int(typed.int_value)
            return typed.string_value if typed.double_value is None else typed.double_value
        # None is a possible constant.
        return ABSENT if value.constant is UNSET else value.constant

    def _fill_constants(self, bound: Mapping[str, TaskInputParameter]) -> None:
        """Put values in the place of placeholders, once all that they may refer to are there."""
        for key, binding in bound.items():
            constant = _template_of(binding)
            if constant is None:
                continue
            from jupyter_kfp.spec.placeholders import fill_constant

            others = {other: value for other, value in self._found.parameters.items() if other != key}
            filled = fill_constant(self._written(constant), others, self._job)
            self._found.parameters[key] = self._fit(key, filled, self._parameters.get(key))

    def _take_artifact(self, key: str, binding: TaskInputArtifact) -> None:
        declaration = self._artifacts.get(key) or InputArtifact()
        source = binding.task_output_artifact
        found: dict[str, TaskArtifact] = {}
        if source is not None:
            producer = self._node.sibling(source.producer_task)
            found = named_artifacts(self._scope.tasks[producer].artifacts, source.output_artifact_key)
            self._found.producers[key] = self._scope.graph.nodes[producer].name
        elif binding.component_input_artifact:
            found = self._scope.artifacts(self._node, binding.component_input_artifact)
        if not found and self._must_be_there(declaration) and not declaration.is_artifact_list:
            if source is None or not self._is_unbound_output(source.producer_task, source.output_artifact_key):
                raise self._missing(key)
            del self._found.producers[key]
        if declaration.is_artifact_list and "" in found:
            found = {"[0]": found[""]}
        elif not declaration.is_artifact_list and len(found) == 1:
            found = {"": next(iter(found.values()))}
        self._found.artifacts.update(under(key, found))

    def _fit(self, key: str, value: Any, declaration: InputParameter | None) -> Any:
        try:
            return _fitted(value, declaration)
        except ValueError as error:
            raise KfpError(
                "KFP302",
                f"step {self._node.name}: the input {key!r} has the wrong type: {error}",
                details={"step": self._node.name, "input": key},
            ) from None

    def _must_be_there(self, declaration: InputParameter | InputArtifact) -> bool:
        """Of a nested DAG nothing must: the SDK does not mark its inputs as optional; a part that needs one says so."""
        return self._node.is_leaf and not declaration.is_optional

    def _may_be_unbound(self, binding: TaskInputParameter | None) -> bool:
        source = binding.task_output_parameter if binding else None
        return source is not None and self._is_unbound_output(source.producer_task, source.output_parameter_key)

    def _is_unbound_output(self, producer: str, key: str) -> bool:
        payload = self._scope.graph.nodes[self._node.sibling(producer)].payload
        return any(output.key == key and output.maybe for output in (payload.outputs if payload else ()))

    def _missing(self, key: str) -> KfpError:
        why = "nothing is bound to it"
        inputs = self._node.spec.inputs
        binding = inputs.parameters.get(key) if inputs else None
        artifact = inputs.artifacts.get(key) if inputs else None
        outer = (binding and binding.component_input_parameter) or (artifact and artifact.component_input_artifact)
        if outer:
            around = "pipeline" if self._node.parent is None else "pipeline around it"
            why = f"the {around} has none for {outer!r}, which is optional"
        elif (binding and binding.task_output_parameter) or (artifact and artifact.task_output_artifact):
            why = "the step that should make it did not"
        source = binding.task_output_parameter.producer_task if binding and binding.task_output_parameter else None
        status = self._scope.tasks.get(self._node.sibling(source)) if source else None
        if status is not None and status.state is not RuntimeState.SUCCEEDED and status.finished:
            why = f"{self._scope.graph.nodes[status.path].name}, which should make it, is {status.state}"
        return KfpError(
            "KFP301",
            f"step {self._node.name}: the input {key!r} has no value: {why}",
            hint=f"give the input {key!r} a default, for the case that there is none",
            details={"step": self._node.name, "input": key},
        )


def fitting(value: Any, declaration: InputParameter | None) -> Any:
    """A value as a type wants it if it can be had; else as it is, for the one that reads it to judge."""
    try:
        return _fitted(value, declaration)
    except ValueError:
        return value


def _fitted(value: Any, declaration: InputParameter | None) -> Any:
    """A value as a type wants it. Raises `ValueError` with the reason."""
    type_name = declared_type(declaration) if declaration is not None else ""
    if value is None or not type_name:
        return value
    return as_text(value) if type_name == "STRING" else fit_value(_read(value, type_name), type_name)


def _read(value: Any, type_name: str) -> Any:
    """A value that came by way of a text parameter, as parts of items of loops do."""
    if not isinstance(value, str) or type_name not in _PARSED:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _template_of(binding: TaskInputParameter | None) -> Any:
    """The constant of a binding if there are placeholders in it."""
    constant = binding.runtime_value.constant if binding is not None and binding.runtime_value else UNSET
    return constant if constant is not UNSET and _has_placeholder(constant) else None


def _has_placeholder(value: Any) -> bool:
    if isinstance(value, str):
        return "{{$" in value
    if isinstance(value, list):
        return any(_has_placeholder(item) for item in value)
    return isinstance(value, dict) and any(_has_placeholder(item) for item in value.values())
