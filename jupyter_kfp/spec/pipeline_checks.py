"""Rules of KFP that types cannot say: names, references, no cycles. What breaks one is a `KfpError` KFP224."""

from __future__ import annotations

import graphlib
import re
from collections.abc import Iterator

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.model import (
    SCHEMA_VERSION,
    ComponentSpec,
    DagSpec,
    Pipeline,
    PipelineSpec,
    TaskSpec,
)

_DNS = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_MAX_DESCRIPTION = 1024


def check_pipeline(pipeline: Pipeline, source: str) -> None:
    """Raise `KfpError` KFP224 for the first rule that is broken; `source` names the pipeline in the message."""
    for field, problem in _faults(pipeline.spec):
        raise KfpError("KFP224", f"{source}, field {field}: {problem}", details={"field": field})


def _faults(spec: PipelineSpec) -> Iterator[tuple[str, str]]:
    if spec.schema_version != SCHEMA_VERSION:
        shown = spec.schema_version or "missing"
        yield "schemaVersion", f"it is {shown}, only {SCHEMA_VERSION} can be read"
    if not _DNS.fullmatch(spec.pipeline_info.name):
        yield (
            "pipelineInfo.name",
            f"{spec.pipeline_info.name!r} is not a DNS name (lower-case letters, digits, hyphens, dots)",
        )
    if len(spec.pipeline_info.description or "") > _MAX_DESCRIPTION:
        yield "pipelineInfo.description", f"it is longer than {_MAX_DESCRIPTION} characters"
    if spec.root.dag is None or not spec.root.dag.tasks:
        yield "root.dag.tasks", "there are no tasks"
    else:
        yield from _dag_faults(spec, spec.root, spec.root.dag, "root")
    for name, component in sorted(spec.components.items()):
        where = f"components.{name}"
        if component.dag is not None:
            yield from _dag_faults(spec, component, component.dag, where)
        elif component.executor_label is None:
            yield where, "it has neither dag nor executorLabel"
        elif component.executor_label not in (spec.deployment_spec.executors if spec.deployment_spec else {}):
            yield f"{where}.executorLabel", f"no executor is called {component.executor_label!r}"
    yield from _nesting_faults(spec)


def _dag_faults(spec: PipelineSpec, owner: ComponentSpec, dag: DagSpec, where: str) -> Iterator[tuple[str, str]]:
    for key, task in dag.tasks.items():
        yield from _task_faults(spec, owner, dag, task, f"{where}.dag.tasks.{key}")
    order = {key: set(task.dependent_tasks) | set(_producers(task)) for key, task in dag.tasks.items()}
    try:
        graphlib.TopologicalSorter(order).prepare()
    except graphlib.CycleError as error:
        yield f"{where}.dag.tasks", f"the tasks wait for one another: {' -> '.join(error.args[1])}"


def _task_faults(
    spec: PipelineSpec, owner: ComponentSpec, dag: DagSpec, task: TaskSpec, where: str
) -> Iterator[tuple[str, str]]:
    if task.task_info is None or not task.task_info.name:
        yield f"{where}.taskInfo.name", "it is missing"
    name = task.component_ref.name if task.component_ref else None
    if not name:
        yield f"{where}.componentRef.name", "it is missing"
    elif name not in spec.components:
        yield f"{where}.componentRef.name", f"no component is called {name!r}"
    for other in [*task.dependent_tasks, *_producers(task)]:
        if other not in dag.tasks:
            yield where, f"it needs task {other!r}, which this DAG does not have"
    declared = set(owner.input_definitions.parameters) if owner.input_definitions else set()
    for key, binding in (task.inputs.parameters if task.inputs else {}).items():
        wanted = binding.component_input_parameter
        if wanted is not None and wanted not in declared:
            yield f"{where}.inputs.parameters.{key}", f"the pipeline around it has no parameter {wanted!r}"
    yield from _output_faults(spec, dag, task, where)


def _output_faults(spec: PipelineSpec, dag: DagSpec, task: TaskSpec, where: str) -> Iterator[tuple[str, str]]:
    """Outputs of other tasks that their components do not declare."""
    if task.inputs is None:
        return
    wanted = [
        (
            f"{where}.inputs.parameters.{key}",
            one.task_output_parameter.producer_task,
            one.task_output_parameter.output_parameter_key,
        )
        for key, one in task.inputs.parameters.items()
        if one.task_output_parameter
    ] + [
        (
            f"{where}.inputs.artifacts.{key}",
            artifact.task_output_artifact.producer_task,
            artifact.task_output_artifact.output_artifact_key,
        )
        for key, artifact in task.inputs.artifacts.items()
        if artifact.task_output_artifact
    ]
    for field, producer, output in wanted:
        reference = dag.tasks[producer].component_ref if producer in dag.tasks else None
        component = spec.components.get((reference.name if reference else None) or "")
        made = component.output_definitions if component else None
        if component and output not in (set(made.parameters) | set(made.artifacts) if made else set()):
            yield field, f"task {producer!r} has no output {output!r}"


def _producers(task: TaskSpec) -> Iterator[str]:
    if task.inputs is None:
        return
    for parameter in task.inputs.parameters.values():
        if parameter.task_output_parameter:
            yield parameter.task_output_parameter.producer_task
        if parameter.task_final_status:
            yield parameter.task_final_status.producer_task
    for artifact in task.inputs.artifacts.values():
        if artifact.task_output_artifact:
            yield artifact.task_output_artifact.producer_task


def _nesting_faults(spec: PipelineSpec) -> Iterator[tuple[str, str]]:
    nested = {
        name: {
            task.component_ref.name
            for task in component.dag.tasks.values()
            if task.component_ref and task.component_ref.name
        }
        for name, component in spec.components.items()
        if component.dag is not None
    }
    try:
        graphlib.TopologicalSorter(nested).prepare()
    except graphlib.CycleError as error:
        yield "components", f"components contain one another: {' -> '.join(error.args[1])}"
