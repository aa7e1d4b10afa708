"""From a spec to the tasks of a run; what cannot be run here is refused by task and reason, before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import msgspec

from jupyter_kfp.engine.retries import read_retry_policy
from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_node import STEP_ARGUMENT, TaskTemplate, argument_after
from jupyter_kfp.errors import KfpError
from jupyter_kfp.runs.run import TaskKind
from jupyter_kfp.spec.extension import Extension, read_extension
from jupyter_kfp.spec.model import (
    ComponentSpec,
    ContainerSpec,
    DagSpec,
    ExecutorSpec,
    Pipeline,
    PipelineConfig,
    PipelineSpec,
    TaskSpec,
)
from jupyter_kfp.spec.parameter_values import has_doubles_only
from jupyter_kfp.spec.step_payload import PAYLOAD_REFERENCE

_VOLUME_IMAGES = {"argostub/createpvc": "makes a volume claim", "argostub/deletepvc": "deletes a volume claim"}


def build_task_graph(pipeline: Pipeline) -> TaskGraph:
    """Resolve the tasks of a pipeline.

    Raises `KfpError` KFP231 (a feature that does not exist here), KFP232 (the spec is broken), KFP505 (needs a
    cluster).
    """
    spec = pipeline.spec
    if spec.root.dag is None or not spec.root.dag.tasks:
        raise KfpError("KFP232", f"the pipeline {spec.pipeline_info.name!r} has no tasks")
    extension = read_extension(spec.deployment_spec.extension if spec.deployment_spec else None)
    templates = _TemplateBuilder(pipeline, extension).templates(spec.root.dag, extension)
    graph = TaskGraph.of_templates(spec.pipeline_info.name, templates, extension)
    graph.has_doubles_only = has_doubles_only(spec.sdk_version)
    config = _pipeline_config(pipeline)
    if config is not None:
        graph.deadline_seconds = float(config.active_deadline_seconds or 0) or None
        graph.has_workspace = config.workspace is not None
    return graph


def _pipeline_config(pipeline: Pipeline) -> PipelineConfig | None:
    platform = pipeline.platform.platforms.get("kubernetes") if pipeline.platform else None
    return platform.pipeline_config if platform else None


class _TemplateBuilder:
    """Makes the templates of all DAGs; a component that is used more than once is looked at once."""

    def __init__(self, pipeline: Pipeline, extension: Extension | None) -> None:
        self._spec = pipeline.spec
        self._extension = extension
        kubernetes = pipeline.platform.platforms.get("kubernetes") if pipeline.platform else None
        deployment = kubernetes.deployment_spec if kubernetes else None
        self._platform: Mapping[str, dict[str, Any]] = deployment.executors if deployment else {}
        self._bodies: dict[str, tuple[TaskTemplate, ...]] = {}
        self._open: list[str] = []

    def templates(self, dag: DagSpec, extension: Extension | None) -> tuple[TaskTemplate, ...]:
        """Tasks of a DAG, each after all that it waits for; `extension` is that of the root DAG."""
        upstream = {key: _upstream_keys(key, task, dag.tasks) for key, task in dag.tasks.items()}
        noted = [key for key in (extension.steps if extension else {}) if key in upstream]
        order = _in_order({key: upstream[key] for key in dict.fromkeys([*noted, *upstream])})
        return tuple(self._template(key, dag.tasks[key], upstream[key], extension) for key in order)

    def _template(
        self, key: str, task: TaskSpec, upstream: tuple[str, ...], extension: Extension | None
    ) -> TaskTemplate:
        component = _component(self._spec, key, task)
        executor = self._executor(key, component) if component.dag is None else ExecutorSpec()
        record = extension.steps.get(key) if extension else None
        shown = task.task_info.name if task.task_info and task.task_info.name else key
        return TaskTemplate(
            key=key,
            name=record.name if record else shown,
            kind=_kind(key, task, component),
            spec=task,
            component=component,
            upstream=upstream,
            body=self._body(key, task, component.dag) if component.dag is not None else (),
            container=_with_payload(key, executor.container, self._extension),
            importer=executor.importer,
            platform=self._platform.get(component.executor_label or "", {}),
            record=record,
            retry=read_retry_policy(key, task.retry_policy),
            extension=self._extension,
        )

    def _body(self, key: str, task: TaskSpec, dag: DagSpec) -> tuple[TaskTemplate, ...]:
        component = (task.component_ref.name if task.component_ref else None) or ""
        if component in self._open:
            circle = " -> ".join([*self._open, component])
            raise KfpError("KFP232", f"task {key!r}: components contain one another: {circle}")
        if component not in self._bodies:
            self._open.append(component)
            self._bodies[component] = self.templates(dag, None)
            self._open.pop()
        return self._bodies[component]

    def _executor(self, key: str, component: ComponentSpec) -> ExecutorSpec:
        executors = self._spec.deployment_spec.executors if self._spec.deployment_spec else {}
        executor = executors.get(component.executor_label or "")
        if executor is None:
            raise KfpError(
                "KFP232",
                f"task {key!r} uses the executor {component.executor_label!r}, which the spec does not define",
                details={"task": key},
            )
        if executor.container is None and executor.importer is None:
            feature = "resolver" if executor.resolver is not None else "customJob"
            raise _unsupported(key, f"an executor of the kind {feature}")
        image = (executor.container.image or "") if executor.container else ""
        for volume_image, what in _VOLUME_IMAGES.items():
            if image == volume_image or image.startswith(f"{volume_image}:"):
                raise KfpError(
                    "KFP505",
                    f"task {key!r} {what}, which only a cluster can",
                    hint="run the pipeline on a cluster; a folder that tasks share here is the pipeline's workspace",
                    details={"task": key},
                )
        return executor


def _kind(key: str, task: TaskSpec, component: ComponentSpec) -> TaskKind:
    if task.parameter_iterator is None and task.artifact_iterator is None:
        return TaskKind.DAG if component.dag is not None else TaskKind.TASK
    if component.dag is None:
        raise _unsupported(key, "a loop over a component that is no DAG")
    return TaskKind.LOOP


def _unsupported(key: str, feature: str) -> KfpError:
    return KfpError(
        "KFP231",
        f"task {key!r} uses {feature}, which cannot run on this machine",
        hint="run the pipeline where it can: Kubeflow Pipelines knows no such tasks either, Google's service may",
        details={"task": key, "feature": feature},
    )


def _component(spec: PipelineSpec, key: str, task: TaskSpec) -> ComponentSpec:
    name = task.component_ref.name if task.component_ref else None
    component = spec.components.get(name or "")
    if component is None:
        raise KfpError("KFP232", f"task {key!r} refers to the component {name!r}, which the spec does not define")
    return component


def _upstream_keys(key: str, task: TaskSpec, tasks: Mapping[str, TaskSpec]) -> tuple[str, ...]:
    inputs = task.inputs
    parameters = inputs.parameters.values() if inputs else ()
    artifacts = inputs.artifacts.values() if inputs else ()
    producers = [
        *(one.task_output_parameter.producer_task for one in parameters if one.task_output_parameter),
        *(one.task_final_status.producer_task for one in parameters if one.task_final_status),
        *(one.task_output_artifact.producer_task for one in artifacts if one.task_output_artifact),
    ]
    found = tuple(dict.fromkeys([*task.dependent_tasks, *producers]))
    for other in found:
        if other not in tasks:
            raise KfpError("KFP232", f"task {key!r} waits for the task {other!r}, which the spec does not define")
    return found


def _in_order(upstream: Mapping[str, tuple[str, ...]]) -> list[str]:
    try:
        sorter = TopologicalSorter(upstream)
        sorter.prepare()
    except CycleError as error:
        circle = " -> ".join(str(key) for key in error.args[1])
        raise KfpError("KFP232", f"the tasks of the pipeline wait for each other in a circle: {circle}") from None
    place = {key: index for index, key in enumerate(upstream)}
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=place.__getitem__)
        order.extend(ready)
        sorter.done(*ready)
    return order


def _with_payload(key: str, container: ContainerSpec | None, extension: Extension | None) -> ContainerSpec | None:
    reference = argument_after(container, STEP_ARGUMENT) if extension else None
    if container is None or reference is None or not reference.startswith(PAYLOAD_REFERENCE):
        return container
    payload = (extension.payloads if extension else {}).get(reference.removeprefix(PAYLOAD_REFERENCE))
    if payload is None:
        raise KfpError(
            "KFP232",
            f"the code of task {key!r} is kept outside its command, and the spec does not hold it",
            hint="compile the notebook again",
        )
    arguments = [payload if argument == reference else argument for argument in container.args]
    return msgspec.structs.replace(container, args=arguments)
