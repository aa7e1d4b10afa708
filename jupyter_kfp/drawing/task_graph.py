"""The graph of a pipeline as data for drawings: any KFP v2 IR, nested DAGs as groups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Literal

import msgspec

from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import TaskPath, step_name
from jupyter_kfp.spec.extension import EdgeVariable, Extension, read_extension
from jupyter_kfp.spec.model import (
    ComponentSpec,
    DagSpec,
    ExecutorSpec,
    OutputDefinitions,
    Pipeline,
    PipelineSpec,
    TaskInputs,
    TaskSpec,
)
from jupyter_kfp.spec.step_payload import CLASSIFICATION_KEY, LOGGED_PREFIX, METRICS_KEY, NOTEBOOK_KEY

NodeKind = Literal["step", "importer", "group", "loop", "condition"]

_CHANNEL = re.compile(r"inputs\.parameter_values\['(?:pipelinechannel--)?([^']*)'\]")
_CHANNEL_PREFIX = "pipelinechannel--"
_LOOP_SUFFIX = re.compile(r"-loop-item.*$|^loop-item-param-\d+$")


class GraphNode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A task; a group, loop or condition has a graph of its own."""

    path: TaskPath
    """Path of the task in a run, without the indices of iterations."""
    key: str
    name: str
    kind: NodeKind = "step"
    cells: list[int] = []
    """Positions of the step's cells in the notebook, from 1; none if another tool compiled the pipeline."""
    makes: list[str] = []
    """Names of the outputs; variables by the names that they have in the notebook."""
    logs: list[str] = []
    """What the step's code marks to be seen: ``metrics``, and artifacts by the names that they are logged under."""
    parameters: list[str] = []
    """Parameters of the pipeline (or of the group) that the task reads."""
    condition: str = ""
    """When it runs, in the words of the pipeline, e.g. ``flip-coin-Output == 'heads'``."""
    loop_over: str = ""
    """What a loop runs over: the name of a list, or the list itself."""
    always: bool = False
    """It runs even if tasks before it failed (exit handlers)."""
    image: str = ""
    inner: TaskGraph | None = None


class GraphEdge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From one task to another of the same graph; without variables it is an order only (``after:``)."""

    source: TaskPath
    target: TaskPath
    variables: list[str] = []

    @property
    def is_order(self) -> bool:
        """Whether no data goes along it."""
        return not self.variables


class TaskGraph(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One DAG: nodes in an order in which they could run, which is that of the notebook where there is one."""

    name: str
    nodes: list[GraphNode] = []
    edges: list[GraphEdge] = []

    def steps(self) -> Iterator[GraphNode]:
        """All tasks that are no groups, those inside groups too."""
        for node in self.nodes:
            if node.inner is None:
                yield node
            else:
                yield from node.inner.steps()


def build_task_graph(pipeline: Pipeline) -> TaskGraph:
    """Read the graph from the IR.

    Raises `KfpError` KFP441 if tasks wait for one another or a component contains itself, KFP442 if a task refers to a
    component or a task that is not there.
    """
    spec = pipeline.spec
    extension = read_extension(spec.deployment_spec.extension) if spec.deployment_spec else None
    name = spec.pipeline_info.display_name or spec.pipeline_info.name
    return _Reader(spec, extension or Extension()).read(name, spec.root, TaskPath("root"), ())


class _Reader:
    """Walks the components of one spec."""

    def __init__(self, spec: PipelineSpec, extension: Extension) -> None:
        self._spec = spec
        self._extension = extension
        self._labels = {one.name: _shown(one) for edge in extension.edges for one in edge.variables}

    def read(self, name: str, component: ComponentSpec, path: TaskPath, inside: tuple[str, ...]) -> TaskGraph:
        dag = component.dag or DagSpec()
        keys = _order(dag, self._order_hint(path), path)
        edges = [
            edge
            for key in keys
            for edge in (self._recorded_edges(path, key, dag) or _edges_of_task(path, key, dag.tasks[key]))
        ]
        nodes = [self._read_task(key, dag.tasks[key], path, inside) for key in keys]
        return TaskGraph(name=name, nodes=nodes, edges=edges)

    def _order_hint(self, path: TaskPath) -> list[str]:
        return list(self._extension.steps) if path == "root" else []

    def _recorded_edges(self, path: TaskPath, key: str, dag: DagSpec) -> list[GraphEdge]:
        """What the compiler recorded, which has the names of variables; only for our own pipelines."""
        if path != "root":
            return []
        return [
            GraphEdge(
                source=_join(path, edge.source),
                target=_join(path, key),
                variables=_unique(_shown(variable) for variable in edge.variables),
            )
            for edge in self._extension.edges
            if edge.target == key and edge.source in dag.tasks
        ]

    def _read_task(self, key: str, task: TaskSpec, parent: TaskPath, inside: tuple[str, ...]) -> GraphNode:
        path = _join(parent, key)
        reference = (task.component_ref.name if task.component_ref else None) or ""
        component = self._spec.components.get(reference)
        if component is None:
            raise KfpError(
                "KFP442", f"task {path} refers to the component {reference!r}, which the pipeline does not have"
            )
        if reference in inside:
            raise KfpError("KFP441", f"component {reference} contains itself, by task {path}")
        record = self._extension.steps.get(key) if parent == "root" else None
        name = (record.name if record else None) or (task.task_info.name if task.task_info else None) or key
        policy = task.trigger_policy
        makes, logs = _outputs(component, is_ours=record is not None)
        makes = [self._labels.get(name, name) for name in makes]
        return GraphNode(
            path=path,
            key=key,
            name=name,
            kind=self._kind(task, component),
            cells=record.cells if record else [],
            makes=makes,
            logs=logs,
            parameters=_parameters(task.inputs),
            condition=_readable(policy.condition) if policy and policy.condition else "",
            loop_over=_loop_over(task),
            always=bool(policy and policy.strategy == "ALL_UPSTREAM_TASKS_COMPLETED"),
            image=self._image(component),
            inner=self.read(name, component, path, (*inside, reference)) if component.dag else None,
        )

    def _kind(self, task: TaskSpec, component: ComponentSpec) -> NodeKind:
        if component.dag is not None:
            if task.parameter_iterator or task.artifact_iterator:
                return "loop"
            return "condition" if task.trigger_policy and task.trigger_policy.condition else "group"
        executor = self._executors().get(component.executor_label or "")
        return "importer" if executor and executor.importer else "step"

    def _image(self, component: ComponentSpec) -> str:
        executor = self._executors().get(component.executor_label or "")
        return (executor.container.image or "") if executor and executor.container else ""

    def _executors(self) -> dict[str, ExecutorSpec]:
        return self._spec.deployment_spec.executors if self._spec.deployment_spec else {}


def _order(dag: DagSpec, hint: list[str], path: TaskPath) -> list[str]:
    """Keys in an order that respects dependencies and otherwise the hint, then the spec."""
    place = {key: index for index, key in enumerate(dict.fromkeys([*hint, *dag.tasks]))}
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for key, task in dag.tasks.items():
        sorter.add(key, *_producers(key, task, dag, path))
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise KfpError("KFP441", f"tasks of {path} wait for one another: {circle}") from None
    order: list[str] = []
    waiting: list[str] = []
    while sorter.is_active():
        waiting = sorted([*waiting, *sorter.get_ready()], key=place.__getitem__)
        order.append(waiting.pop(0))
        sorter.done(order[-1])
    return order


def _producers(key: str, task: TaskSpec, dag: DagSpec, path: TaskPath) -> set[str]:
    producers = {source for source, _ in _data_inputs(task)} | set(task.dependent_tasks)
    for producer in sorted(producers):
        if producer not in dag.tasks:
            raise KfpError("KFP442", f"task {_join(path, key)} waits for the task {producer!r}, which is not there")
    return producers


def _edges_of_task(path: TaskPath, key: str, task: TaskSpec) -> list[GraphEdge]:
    variables: dict[str, list[str]] = {}
    for producer, output in _data_inputs(task):
        variables.setdefault(producer, []).append(step_name(output.removeprefix(_CHANNEL_PREFIX)))
    for producer in task.dependent_tasks:
        variables.setdefault(producer, [])
    return [
        GraphEdge(source=_join(path, producer), target=_join(path, key), variables=_unique(names))
        for producer, names in variables.items()
    ]


def _data_inputs(task: TaskSpec) -> Iterator[tuple[str, str]]:
    """Producer and output key of what a task reads from others of its DAG."""
    inputs = task.inputs or TaskInputs()
    for artifact in inputs.artifacts.values():
        if artifact.task_output_artifact:
            yield artifact.task_output_artifact.producer_task, artifact.task_output_artifact.output_artifact_key
    for parameter in inputs.parameters.values():
        if parameter.task_output_parameter:
            yield parameter.task_output_parameter.producer_task, parameter.task_output_parameter.output_parameter_key
        elif parameter.task_final_status:
            yield parameter.task_final_status.producer_task, "status"


def _parameters(inputs: TaskInputs | None) -> list[str]:
    names = (
        parameter.component_input_parameter
        for parameter in (inputs.parameters.values() if inputs else ())
        if parameter.component_input_parameter
    )
    return _unique(step_name(name.removeprefix(_CHANNEL_PREFIX)) for name in names)


def _outputs(component: ComponentSpec, *, is_ours: bool) -> tuple[list[str], list[str]]:
    """Names of the variables (or outputs) and of what is logged; the executed notebook goes without saying."""
    definitions = component.output_definitions or OutputDefinitions()
    keys = [*definitions.artifacts, *definitions.parameters]
    if not is_ours:
        return _unique(step_name(key.removeprefix(_CHANNEL_PREFIX)) for key in keys), []
    metrics = ["metrics"] if METRICS_KEY in keys or CLASSIFICATION_KEY in keys else []
    logged = [step_name(key.removeprefix(LOGGED_PREFIX)) for key in keys if key.startswith(LOGGED_PREFIX)]
    special = {METRICS_KEY, CLASSIFICATION_KEY, NOTEBOOK_KEY}
    makes = [step_name(key) for key in keys if key not in special and not key.startswith(LOGGED_PREFIX)]
    return _unique(makes), _unique([*metrics, *logged])


def _shown(variable: EdgeVariable) -> str:
    """The variable, or in a few words what it stands for."""
    return variable.label.removeprefix("the ").removeprefix("state of ") or variable.name


def _loop_over(task: TaskSpec) -> str:
    iterator = task.parameter_iterator
    if iterator and iterator.items:
        return iterator.items.raw or _channel(iterator.items.input_parameter or "")
    artifacts = task.artifact_iterator
    if artifacts and artifacts.items:
        return _channel(artifacts.items.input_artifact or "")
    return ""


def _channel(name: str) -> str:
    return step_name(_LOOP_SUFFIX.sub("", name.removeprefix(_CHANNEL_PREFIX)) or name)


def _readable(condition: str) -> str:
    """A CEL condition as people say it: ``inputs.parameter_values['pipelinechannel--x'] == 1`` is ``x == 1``."""
    return _CHANNEL.sub(lambda match: step_name(match[1]), condition)


def _join(path: TaskPath, key: str) -> TaskPath:
    return TaskPath(f"{path}/{key}")


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
