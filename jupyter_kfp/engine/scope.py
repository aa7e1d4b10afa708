"""What the parts of a task can see: the inputs of what they are a part of, as its move to RUNNING recorded them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_node import TaskNode
from jupyter_kfp.engine.task_status import TaskStatus
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.artifact_lists import named_artifacts
from jupyter_kfp.runs.run import TaskArtifact, TaskKind

ABSENT: Any = object()
"""No value; None is one."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The state of a run, as far as the inputs of its tasks depend on it."""

    graph: TaskGraph
    parameters: Mapping[str, Any]
    """Of the run: the inputs of the root DAG."""
    tasks: Mapping[TaskPath, TaskStatus]

    def parameter(self, node: TaskNode, key: str) -> Any:
        """Value of an input of what the task is a part of, or `ABSENT`."""
        if node.parent is None:
            return self.parameters.get(key, ABSENT)
        for owner in self._owners(node.parent):
            if key in owner.input_parameters:
                return owner.input_parameters[key]
        return ABSENT

    def artifacts(self, node: TaskNode, key: str) -> dict[str, TaskArtifact]:
        """Artifacts of an input of what the task is a part of; see `named_artifacts`."""
        for owner in self._owners(node.parent) if node.parent is not None else ():
            found = named_artifacts(owner.inputs, key)
            if found:
                return found
        return {}

    def _owners(self, parent: TaskPath) -> list[TaskStatus]:
        """An iteration has its item, and everything else from its loop."""
        node = self.graph.nodes[parent]
        if node.kind is TaskKind.ITERATION and node.parent is not None:
            return [self.tasks[parent], self.tasks[node.parent]]
        return [self.tasks[parent]]


def differ(some: Mapping[str, Any], others: Mapping[str, Any], key: str) -> bool:
    """Whether a parameter has another value; 1, 1.0 and True are three."""
    one, other = some.get(key, ABSENT), others.get(key, ABSENT)
    return type(one) is not type(other) or one != other
