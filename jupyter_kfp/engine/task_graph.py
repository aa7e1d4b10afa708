"""The tasks of a pipeline as instances with a path: the layer between the spec's DAGs and the state machine.

Everything behind this layer knows tasks by path only (``root/train``, later ``root/for-loop-2[0]/train``), and what
must end before each. Nested DAGs, loops and conditions are to be resolved here; until they are, `check_supported`
refuses a spec that has them, before anything runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

import msgspec

from jupyter_kfp.engine.retries import NO_RETRIES, RetryRule, read_retry_policy
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import TaskPath, root_path
from jupyter_kfp.spec.extension import Extension, StepRecord, read_extension
from jupyter_kfp.spec.model import ComponentSpec, ContainerSpec, Pipeline, PipelineSpec, TaskSpec
from jupyter_kfp.spec.payload_storage import with_module_files
from jupyter_kfp.spec.step_payload import (
    PAYLOAD_REFERENCE,
    WORKER_COMMAND,
    StepPayload,
    pack_payload,
    unpack_payload,
)

_STEP_ARGUMENT = "--step"


@dataclass(frozen=True)
class TaskNode:
    """One instance of a task, with all that is known of it before the run."""

    path: TaskPath
    key: str
    """Key of the task in its DAG."""
    name: str
    """Display name, as the user wrote it."""
    spec: TaskSpec
    component: ComponentSpec
    container: ContainerSpec
    """With a referenced payload in its place, but perhaps with references to the user's modules in it."""
    upstream: tuple[TaskPath, ...]
    """What must have ended before it: the producers of its inputs and ``dependentTasks``."""
    record: StepRecord | None = None
    """What our compiler noted of the step; None for a spec of another tool."""
    retry: RetryRule = NO_RETRIES
    extension: Extension | None = None

    @property
    def complete_container(self) -> ContainerSpec:
        """As an executor wants it, complete. Raises `KfpError` KFP333 if the spec lacks a module's content."""
        payload = self.payload
        if payload is None or all(file.is_complete for file in payload.modules.files):
            return self.container
        complete = pack_payload(with_module_files(payload, self.extension.module_files if self.extension else {}))
        packed = _argument_after(self.container, _STEP_ARGUMENT)
        arguments = [complete if argument == packed else argument for argument in self.container.args]
        return msgspec.structs.replace(self.container, args=arguments)

    @property
    def timeout_seconds(self) -> float | None:
        """Longest time that an attempt may take."""
        return self.record.timeout_seconds if self.record else None

    @property
    def cacheable(self) -> bool:
        """Whether the spec allows the outputs of an earlier run to be used."""
        return bool(self.spec.caching_options and self.spec.caching_options.enable_cache)

    @cached_property
    def payload(self) -> StepPayload | None:
        """The step that the container runs; None if it is no notebook step."""
        packed = _argument_after(self.container, _STEP_ARGUMENT)
        return unpack_payload(packed) if packed else None


@dataclass(frozen=True)
class TaskGraph:
    """All tasks of a run and their order."""

    nodes: dict[TaskPath, TaskNode]
    """In the order of the spec, a task after all that it waits for."""
    pipeline: str
    extension: Extension | None = None
    downstream: dict[TaskPath, tuple[TaskPath, ...]] = field(default_factory=dict)

    def by_key(self, key: str) -> TaskNode:
        """The task of the root DAG with this key. Raises KeyError."""
        return self.nodes[root_path(key)]

    def after(self, paths: Iterable[TaskPath]) -> set[TaskPath]:
        """The tasks themselves and everything that waits for them, directly or not."""
        found: set[TaskPath] = set()
        waiting = list(paths)
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting.extend(self.downstream[path])
        return found


def build_task_graph(pipeline: Pipeline) -> TaskGraph:
    """Resolve the tasks of a pipeline. Raises `KfpError` KFP231 (not supported yet), KFP232 (the spec is broken)."""
    spec = pipeline.spec
    check_supported(spec)
    extension = read_extension(spec.deployment_spec.extension if spec.deployment_spec else None)
    tasks = spec.root.dag.tasks if spec.root.dag else {}
    upstream = {key: _upstream_keys(key, task, tasks) for key, task in tasks.items()}
    nodes: dict[TaskPath, TaskNode] = {}
    followers: dict[TaskPath, list[TaskPath]] = {root_path(key): [] for key in tasks}
    for key in _in_order(_in_notebook_order(upstream, extension)):
        node = _make_node(spec, key, upstream[key], extension)
        nodes[node.path] = node
        for path in node.upstream:
            followers[path].append(node.path)
    downstream = {path: tuple(paths) for path, paths in followers.items()}
    return TaskGraph(nodes=nodes, pipeline=spec.pipeline_info.name, extension=extension, downstream=downstream)


def check_supported(spec: PipelineSpec) -> None:
    """Refuse, by task and feature, what this version cannot run. Raises `KfpError` KFP231."""
    if spec.root.dag is None or not spec.root.dag.tasks:
        raise KfpError("KFP232", f"the pipeline {spec.pipeline_info.name!r} has no tasks")
    for key, task in spec.root.dag.tasks.items():
        feature = _unsupported_feature(spec, key, task)
        if feature:
            raise KfpError(
                "KFP231",
                f"task {key!r} uses {feature}, which is not supported yet",
                hint="this version runs flat pipelines of notebook steps; run this one on a Kubeflow Pipelines server",
                details={"task": key, "feature": feature},
            )


def _unsupported_feature(spec: PipelineSpec, key: str, task: TaskSpec) -> str | None:
    component = _component(spec, key, task)
    trigger = task.trigger_policy
    found = {
        "a condition (triggerPolicy.condition)": bool(trigger and trigger.condition),
        "ALL_UPSTREAM_TASKS_COMPLETED (an exit handler or ignore_upstream_failure)": bool(
            trigger and trigger.strategy == "ALL_UPSTREAM_TASKS_COMPLETED"
        ),
        "a loop over parameters (parameterIterator)": task.parameter_iterator is not None,
        "a loop over artifacts (artifactIterator)": task.artifact_iterator is not None,
        "a nested pipeline (a component with a DAG)": component.dag is not None,
    }
    for feature, present in found.items():
        if present:
            return feature
    return _unsupported_input(task) or _unsupported_executor(spec, component)


def _unsupported_input(task: TaskSpec) -> str | None:
    for name, binding in (task.inputs.parameters if task.inputs else {}).items():
        if binding.task_final_status:
            return f"the final status of another task (input {name!r})"
        if binding.parameter_expression_selector:
            return f"a parameter expression (input {name!r})"
        constant = binding.runtime_value.constant if binding.runtime_value else None
        if isinstance(constant, str) and "{{$." in constant:
            return f"the placeholder {constant} (input {name!r})"
    return None


def _unsupported_executor(spec: PipelineSpec, component: ComponentSpec) -> str | None:
    executors = spec.deployment_spec.executors if spec.deployment_spec else {}
    executor = executors.get(component.executor_label or "")
    if executor is None:
        return f"the executor {component.executor_label!r}, which the spec does not define"
    if executor.importer is not None:
        return "an importer"
    if executor.container is None:
        return "an executor other than a container"
    if list(executor.container.command) != WORKER_COMMAND:
        return "a container that is no notebook step"
    return None


def _component(spec: PipelineSpec, key: str, task: TaskSpec) -> ComponentSpec:
    name = task.component_ref.name if task.component_ref else None
    component = spec.components.get(name or "")
    if component is None:
        raise KfpError("KFP232", f"task {key!r} refers to the component {name!r}, which the spec does not define")
    return component


def _upstream_keys(key: str, task: TaskSpec, tasks: Mapping[str, TaskSpec]) -> tuple[str, ...]:
    inputs = task.inputs
    parameters = [p.task_output_parameter for p in inputs.parameters.values()] if inputs else []
    artifacts = [a.task_output_artifact for a in inputs.artifacts.values()] if inputs else []
    producers = [*(p.producer_task for p in parameters if p), *(a.producer_task for a in artifacts if a)]
    found = tuple(dict.fromkeys([*task.dependent_tasks, *producers]))
    for other in found:
        if other not in tasks:
            raise KfpError("KFP232", f"task {key!r} waits for the task {other!r}, which the spec does not define")
    return found


def _in_notebook_order(
    upstream: Mapping[str, tuple[str, ...]], extension: Extension | None
) -> dict[str, tuple[str, ...]]:
    noted = [key for key in (extension.steps if extension else {}) if key in upstream]
    return {key: upstream[key] for key in dict.fromkeys([*noted, *upstream])}


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


def _make_node(spec: PipelineSpec, key: str, upstream: tuple[str, ...], extension: Extension | None) -> TaskNode:
    task = spec.root.dag.tasks[key] if spec.root.dag else TaskSpec()
    component = _component(spec, key, task)
    executors = spec.deployment_spec.executors if spec.deployment_spec else {}
    container = executors[component.executor_label or ""].container or ContainerSpec()
    record = extension.steps.get(key) if extension else None
    return TaskNode(
        path=root_path(key),
        key=key,
        name=record.name if record else (task.task_info.name if task.task_info and task.task_info.name else key),
        spec=task,
        component=component,
        container=_with_payload(key, container, extension),
        upstream=tuple(root_path(other) for other in upstream),
        record=record,
        retry=read_retry_policy(key, task.retry_policy),
        extension=extension,
    )


def _argument_after(container: ContainerSpec, option: str) -> str | None:
    arguments = container.args
    for index, argument in enumerate(arguments[:-1]):
        if argument == option:
            return arguments[index + 1]
    return None


def _with_payload(key: str, container: ContainerSpec, extension: Extension | None) -> ContainerSpec:
    reference = _argument_after(container, _STEP_ARGUMENT)
    if reference is None or not reference.startswith(PAYLOAD_REFERENCE):
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
