"""The tasks of a run as instances with a path: the layer between the spec's DAGs and the state machine.

Everything behind this layer knows tasks by path only (``root/train``, ``root/for-loop-2[0]/train``), what each is a
part of, and what must end before each. Nested DAGs are there from the start; iterations of a loop come when its items
are known, see `TaskGraph.expand`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from jupyter_kfp.engine.task_node import TaskNode, TaskTemplate
from jupyter_kfp.ids import TaskPath, child_path, iteration_path
from jupyter_kfp.runs.run import TaskKind
from jupyter_kfp.spec.extension import Extension


@dataclass
class TaskGraph:
    """All tasks of a run and their order."""

    pipeline: str
    extension: Extension | None = None
    nodes: dict[TaskPath, TaskNode] = field(default_factory=dict)
    """A task after all that it waits for and after what it is a part of, otherwise in the order of the spec."""
    downstream: dict[TaskPath, list[TaskPath]] = field(default_factory=dict)
    """What waits for each, with the same parent."""
    children: dict[TaskPath, list[TaskPath]] = field(default_factory=dict)
    """Parts of each task that is no leaf; of a loop whose items are not known yet none."""
    roots: list[TaskPath] = field(default_factory=list)
    """Tasks of the root DAG."""
    deadline_seconds: float | None = None
    """Longest time that the run as a whole may take."""
    has_workspace: bool = False
    """Whether its tasks share a folder."""
    has_doubles_only: bool = False
    """Whether whole numbers in constants and defaults are written as 3.0."""

    @classmethod
    def of_templates(cls, pipeline: str, templates: Sequence[TaskTemplate], extension: Extension | None) -> TaskGraph:
        """The graph of a root DAG with these tasks, each after all that it waits for."""
        graph = cls(pipeline, extension)
        for node in _instances(None, templates):
            graph._add(node)
        return graph

    def leaf_templates(self) -> list[TaskTemplate]:
        """All tasks of the spec that an executor has to do, also those in loops, each once."""
        found: dict[int, TaskTemplate] = {}
        waiting = [self.nodes[path].template for path in self.roots]
        while waiting:
            template = waiting.pop(0)
            if id(template) not in found:
                found[id(template)] = template
                waiting.extend(template.body)
        return [template for template in found.values() if template.kind is TaskKind.TASK]

    def copy(self) -> TaskGraph:
        """A graph that grows on its own."""
        return TaskGraph(
            pipeline=self.pipeline,
            extension=self.extension,
            nodes=dict(self.nodes),
            downstream={path: list(paths) for path, paths in self.downstream.items()},
            children={path: list(paths) for path, paths in self.children.items()},
            roots=list(self.roots),
            deadline_seconds=self.deadline_seconds,
            has_workspace=self.has_workspace,
            has_doubles_only=self.has_doubles_only,
        )

    def parts(self, parent: TaskPath | None) -> list[TaskPath]:
        """Paths of the tasks that a task is made of; None: of the root DAG."""
        return self.roots if parent is None else self.children.get(parent, [])

    def below(self, path: TaskPath) -> Iterator[TaskPath]:
        """Everything that is a part of the task, or of a part of it; a part before its own parts."""
        waiting = list(reversed(self.children.get(path, ())))
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(self.children.get(part, ())))

    def above(self, path: TaskPath) -> Iterator[TaskPath]:
        """What the task is a part of, from the inside."""
        parent = self.nodes[path].parent
        while parent is not None:
            yield parent
            parent = self.nodes[parent].parent

    def after(self, paths: Iterable[TaskPath]) -> set[TaskPath]:
        """The tasks themselves with all their parts, and everything that waits for them, directly or not.

        A task that waits for what they are a part of does so, too; but not what they are a part of itself.
        """
        found: set[TaskPath] = set()
        waiting = list(paths)
        followed: set[TaskPath] = set()
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting.extend(self.children.get(path, ()))
            for owner in (path, *self.above(path)):
                if owner in followed:
                    break
                followed.add(owner)
                waiting.extend(self.downstream[owner])
        return found

    # --- loops

    def iterations(self, loop: TaskPath, count: int) -> Iterator[TaskNode]:
        """What a loop is made of that has so many items: iterations and all their parts."""
        template = self.nodes[loop].template
        for index in range(count):
            path = iteration_path(loop, index)
            yield TaskNode(path, template, TaskKind.ITERATION, parent=loop, index=index)
            yield from _instances(path, template.body)

    def expand(self, loop: TaskPath, count: int) -> list[TaskPath]:
        """Give a loop its iterations, instead of those that it had; returns the new paths in their order."""
        self.collapse(loop)
        found = []
        for node in self.iterations(loop, count):
            self._add(node)
            found.append(node.path)
        return found

    def collapse(self, loop: TaskPath) -> list[TaskPath]:
        """Take its iterations from a loop; returns the paths that are gone."""
        gone = list(self.below(loop))
        for path in gone:
            del self.nodes[path]
            del self.downstream[path]
            self.children.pop(path, None)
        self.children[loop] = []
        return gone

    def _add(self, node: TaskNode) -> None:
        self.nodes[node.path] = node
        self.downstream[node.path] = []
        for path in node.upstream:
            self.downstream[path].append(node.path)
        (self.roots if node.parent is None else self.children[node.parent]).append(node.path)
        if not node.is_leaf:
            self.children[node.path] = []


def _instances(parent: TaskPath | None, templates: Sequence[TaskTemplate]) -> Iterator[TaskNode]:
    for template in templates:
        path = child_path(parent, template.key)
        upstream = tuple(child_path(parent, key) for key in template.upstream)
        yield TaskNode(path, template, template.kind, parent, upstream)
        if template.kind is TaskKind.DAG:
            yield from _instances(path, template.body)
