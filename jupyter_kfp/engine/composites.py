"""Nested DAGs and loops: the items of a loop, and what a task that is made of others gives out. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_kfp.engine.input_resolution import ResolvedInputs, fitting
from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_node import TaskNode
from jupyter_kfp.engine.task_status import TaskStatus
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import TaskPath, child_path
from jupyter_kfp.runs.artifact_lists import named_artifacts, numbered, under
from jupyter_kfp.runs.run import TaskArtifact, TaskKind
from jupyter_kfp.runs.states import RuntimeState
from jupyter_kfp.spec.model import DagOutputParameter, DagOutputs
from jupyter_kfp.spec.parameter_values import shorten
from jupyter_kfp.spec.pipeline_job import PipelineJob


@dataclass(frozen=True, slots=True)
class LoopItems:
    """What a loop goes over: values or artifacts."""

    values: list[Any] = field(default_factory=list)
    artifacts: list[TaskArtifact] = field(default_factory=list)

    def __len__(self) -> int:
        """Number of iterations."""
        return len(self.values) or len(self.artifacts)


@dataclass(frozen=True, slots=True)
class GivenOut:
    """Outputs of a task, by key."""

    parameters: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, TaskArtifact] = field(default_factory=dict)


def loop_items(node: TaskNode, inputs: ResolvedInputs, job: PipelineJob) -> LoopItems:
    """The items of a loop with these inputs. Raises `KfpError` KFP301 (none are there), KFP302 (they are no list)."""
    by_artifact = node.spec.artifact_iterator
    if by_artifact is not None:
        key = (by_artifact.items.input_artifact if by_artifact.items else None) or ""
        return LoopItems(artifacts=list(named_artifacts(inputs.artifacts, key).values()))
    iterator = node.spec.parameter_iterator
    items = iterator.items if iterator else None
    if items is not None and items.raw is not None:
        return LoopItems(values=_with_values(_as_list(node, items.raw), inputs, job))
    key = (items.input_parameter if items else None) or ""
    if key not in inputs.parameters:
        raise KfpError(
            "KFP301",
            f"step {node.name}: the list {key!r} that the loop goes over has no value",
            hint=f"give {key!r} a value, or the loop a default: an empty list is one",
            details={"step": node.name, "input": key},
        )
    return LoopItems(values=_as_list(node, inputs.parameters[key]))


def item_inputs(node: TaskNode, loop: TaskNode, items: LoopItems) -> ResolvedInputs:
    """What an iteration knows beside the inputs of its loop: its item."""
    iterator = loop.spec.parameter_iterator or loop.spec.artifact_iterator
    key = (iterator.item_input if iterator else None) or ""
    if items.artifacts:
        return ResolvedInputs(artifacts={key: items.artifacts[node.index]})
    declared = loop.component.input_definitions
    declaration = declared.parameters.get(key) if declared else None
    return ResolvedInputs(parameters={key: fitting(items.values[node.index], declaration)})


def given_out(graph: TaskGraph, node: TaskNode, tasks: Mapping[TaskPath, TaskStatus]) -> GivenOut:
    """What a nested DAG, an iteration or a loop gives out whose parts have ended.

    What nobody made, because it was skipped, is left out: of a loop's list the entry, else the output.
    """
    outputs = node.component.dag.outputs if node.component.dag else None
    if outputs is None:
        return GivenOut()
    if node.kind is not TaskKind.LOOP:
        return _of_dag(node, outputs, tasks)
    parts = [tasks[path] for path in graph.parts(node.path)]
    lists = {key: [part.outputs[key] for part in parts if key in part.outputs] for key in outputs.parameters}
    artifacts: dict[str, TaskArtifact] = {}
    for key in outputs.artifacts:
        found = [one for part in parts for one in named_artifacts(part.artifacts, key).values()]
        artifacts |= under(key, numbered(found))
    return GivenOut(lists, artifacts)


def _of_dag(node: TaskNode, outputs: DagOutputs, tasks: Mapping[TaskPath, TaskStatus]) -> GivenOut:
    parameters: dict[str, Any] = {}
    for key, source in outputs.parameters.items():
        for subtask, output in _sources(source):
            made = tasks.get(child_path(node.path, subtask))
            if made is not None and made.state is RuntimeState.SUCCEEDED and output in made.outputs:
                parameters[key] = made.outputs[output]
                break
    artifacts: dict[str, TaskArtifact] = {}
    for key, selected in outputs.artifacts.items():
        found: list[dict[str, TaskArtifact]] = []
        for selector in selected.artifact_selectors:
            made = tasks.get(child_path(node.path, selector.producer_subtask or ""))
            if made is not None and made.state is RuntimeState.SUCCEEDED:
                found.append(named_artifacts(made.artifacts, selector.output_artifact_key or ""))
        artifacts |= under(key, _together(found))
    return GivenOut(parameters, artifacts)


def _sources(output: DagOutputParameter) -> list[tuple[str, str]]:
    selectors = output.value_from_oneof.parameter_selectors if output.value_from_oneof else []
    if output.value_from_parameter is not None:
        selectors = [output.value_from_parameter]
    return [(one.producer_subtask or "", one.output_parameter_key or "") for one in selectors]


def _together(found: list[dict[str, TaskArtifact]]) -> dict[str, TaskArtifact]:
    """Of several selectors, as ``dsl.OneOf`` has them, the first that was made."""
    return next((one for one in found if one), {})


def _as_list(node: TaskNode, items: Any) -> list[Any]:
    try:
        value = json.loads(items) if isinstance(items, str) else items
    except ValueError:
        value = items
    if not isinstance(value, list):
        raise KfpError(
            "KFP302",
            f"step {node.name}: a loop goes over a list, and got {shorten(items)}",
            details={"step": node.name},
        )
    return value


def _with_values(items: list[Any], inputs: ResolvedInputs, job: PipelineJob) -> list[Any]:
    if "{{$" not in json.dumps(items):
        return items
    from jupyter_kfp.spec.placeholders import fill_constant

    filled: list[Any] = fill_constant(items, inputs.parameters, job)
    return filled
