"""Whether steps of one run that used one file, with nothing to say which comes first, each saw the right content.

Right is what the notebook gives, from top to bottom. Most such files the compiler has seen in the code, and has put
the steps in order; here is what only the run shows: names that are made up in modules, files that programs write.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from jupyter_kfp.artifacts.file_state import refreshed_state
from jupyter_kfp.engine.file_checks import shown
from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_node import TaskNode
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.run import RunError
from jupyter_kfp.spec.used_files import ABSENT, UNSTEADY, UsedFiles, same_content


@dataclass(frozen=True, slots=True)
class TaskFiles:
    """What a task that succeeded has used, and when."""

    node: TaskNode
    files: UsedFiles
    started: float
    """Of a task taken from the cache the same as `ended`."""
    ended: float
    ran: bool


class Wrong(NamedTuple):
    """What went wrong between two steps, as a sentence about each of them that lacks its subject."""

    of_later: str
    of_earlier: str


_READ_SOMETHING_ELSE = Wrong(
    'read the file {file} while it was not what step "{earlier}" writes, which stands above it',
    'wrote the file {file} too late for step "{later}", which stands below it and has read something else',
)
_CAME_TOO_LATE = Wrong(
    'looked for the file {file} before step "{earlier}", which stands above it, wrote it',
    'wrote the file {file} after step "{later}", which stands below it, had looked for it',
)
_WROTE_OVER = Wrong(
    'wrote the file {file}, and step "{earlier}", which stands above it, wrote over it',
    'wrote over the file {file} of step "{later}", which stands below it',
)
_CHANGED_BEFORE = Wrong(
    'changed the file {file} before step "{earlier}" had read it, which stands above it',
    'read the file {file} after step "{later}", which stands below it, had changed it',
)
_LISTED_BEFORE = Wrong(
    'listed a folder before step "{earlier}", which stands above it, wrote or removed {file}',
    'wrote or removed {file} after step "{later}", which stands below it, had listed its folder',
)
_MADE_BEFORE = Wrong(
    'made the file {file} before step "{earlier}", which stands above it, listed its folder',
    'listed a folder after step "{later}", which stands below it, had made {file} in it',
)
Pair = tuple[TaskPath, TaskPath]
"""Two tasks; the first stands above the second."""


class FileConflicts:
    """Looks at each task that ends, with all that ended before it in this run."""

    def __init__(self, graph: TaskGraph, folder: str) -> None:
        self._graph = graph
        self._folder = folder
        self._ended: dict[TaskPath, TaskFiles] = {}
        self._missed: dict[str, list[TaskNode]] = {}
        self._disputed: set[str] = set()
        self._told: set[Pair] = set()

    def add(self, task: TaskFiles) -> RunError | None:
        """Note a task; the first file that it, or one before it, saw as it would not be in the notebook.

        The error is worded as one of this task, which is the one that can still be called failed.
        """
        if not _used_any(task.files):
            return None
        others = [other for path, other in self._ended.items() if path != task.node.path]
        self.note(task)
        for other in others:
            if not _share(task.files, other.files) or self._in_order(task.node, other.node):
                continue
            earlier, later = sorted((task, other), key=lambda one: _place(one.node))
            for path, wrong in _wrongs(earlier, later):
                self._disputed.add(path)
                return self._error(task.node, (earlier.node, later.node), path, wrong)
        return None

    def note(self, task: TaskFiles) -> None:
        """Take note of a task that is not to be judged itself."""
        if _used_any(task.files):
            self._ended[task.node.path] = task

    def missed(self, path: str, reader: TaskNode) -> TaskNode | None:
        """Note that a task failed for want of a file; a task above it that wrote it, if nothing orders the two."""
        self._missed.setdefault(path, []).append(reader)
        for task in self._ended.values():
            if path in task.files.written and _place(task.node) < _place(reader):
                return None if self._in_order(task.node, reader) else task.node
        return None

    def warnings(self, task: TaskFiles) -> Iterator[tuple[TaskPath, RunError]]:
        """What a task that succeeded tells of tasks that have failed before: it wrote, or uses, their files, too."""
        for missed in task.files.written.keys() & self._missed.keys():
            for reader in self._missed[missed]:
                if _place(task.node) < _place(reader) and not self._in_order(task.node, reader):
                    yield reader.path, self._error(task.node, (task.node, reader), missed, _CAME_TOO_LATE)
        path = min(self._disputed & _used_paths(task.files), default=None)
        if path is not None and not self._told.issuperset(self._missing_orders()):
            what = "uses the file {file}, too, and nothing says whether before or after the other steps that do"
            text = f'step "{task.node.name}" {what.format(file=shown(path, self._folder))}'
            hint = order_hint(self._tell_missing_orders())
            yield task.node.path, RunError(code="KFP347", message=text, step=task.node.name, hint=hint)

    def _in_order(self, one: TaskNode, other: TaskNode) -> bool:
        return other.path in self._graph.after([one.path]) or one.path in self._graph.after([other.path])

    def _missing_orders(self, pair: Pair | None = None) -> list[Pair]:
        """Pairs of tasks, by their paths, that nothing orders although they use one file; fewest that put all in order.

        `pair` is one that is known to need an order for another reason.
        """
        tasks = sorted(self._ended.values(), key=lambda one: _place(one.node))
        found = {
            (one.node.path, other.node.path)
            for index, one in enumerate(tasks)
            for other in tasks[index + 1 :]
            if _use_one_file(one.files, other.files) and not self._in_order(one.node, other.node)
        } | ({pair} if pair else set())
        later: dict[TaskPath, set[TaskPath]] = {}
        for source, target in found:
            later.setdefault(source, set()).add(target)
        return sorted(
            ((source, target) for source, target in found if not self._is_detour(source, target, later)),
            key=lambda one: [_place(self._graph.nodes[path]) for path in reversed(one)],
        )

    def _is_detour(self, source: TaskPath, target: TaskPath, later: dict[TaskPath, set[TaskPath]]) -> bool:
        """Whether other orders, wanted or there, put the two in order anyway."""
        seen = {source}
        waiting = [*self._graph.after([source]), *(later[source] - {target})]
        while waiting:
            path = waiting.pop()
            if path == target:
                return True
            if path not in seen:
                seen.add(path)
                waiting += [*self._graph.after([path]), *later.get(path, ())]
        return False

    def _tell_missing_orders(self, pair: Pair | None = None) -> list[tuple[TaskNode, TaskNode]]:
        missing = self._missing_orders(pair)
        self._told.update(missing)
        return [(self._graph.nodes[source], self._graph.nodes[target]) for source, target in missing]

    def _error(self, task: TaskNode, pair: tuple[TaskNode, TaskNode], path: str, wrong: Wrong) -> RunError:
        earlier, later = pair
        text = (wrong.of_earlier if task is earlier else wrong.of_later).format(
            file=shown(path, self._folder), earlier=earlier.name, later=later.name
        )
        return RunError(
            code="KFP347",
            message=f'step "{task.name}" {text}',
            step=task.name,
            hint=order_hint(self._tell_missing_orders((earlier.path, later.path))),
            details={"file": path, "earlier": earlier.name, "later": later.name},
        )


def order_hint(pairs: Sequence[tuple[TaskNode, TaskNode]]) -> str:
    """What puts steps in order: of each pair the second is to run after the first."""
    tags: dict[str, list[str]] = {}
    for earlier, later in pairs:
        tags.setdefault(later.name, []).append(f"after:{earlier.name}")
    places = [
        f"{'a cell ' if not index else 'one '}of step “{name}” with {' and '.join(tags[name])}"
        for index, name in enumerate(tags)
    ]
    return f"tag {' and '.join(places)}, or hand the data on in a variable"


def _place(node: TaskNode) -> tuple[list[int], str]:
    """Place in the notebook."""
    return (node.record.cells[:1] if node.record else []), node.key


def _used_any(files: UsedFiles) -> bool:
    return bool(files.read or files.written or files.listed or files.made)


def _used_paths(files: UsedFiles) -> set[str]:
    return files.read.keys() | files.written.keys()


def _use_one_file(one: UsedFiles, other: UsedFiles) -> bool:
    """Whether one writes what the other uses."""
    return not (one.written.keys().isdisjoint(_used_paths(other)) and other.written.keys().isdisjoint(_used_paths(one)))


def _share(one: UsedFiles, other: UsedFiles) -> bool:
    if not (one.written or other.written):
        return False
    if one.listed or other.listed:
        return True
    return _use_one_file(one, other)


def _wrongs(earlier: TaskFiles, later: TaskFiles) -> Iterator[tuple[str, Wrong]]:
    """Paths, and what went wrong with them; ``earlier`` comes first in the notebook."""
    before, after = earlier.files, later.files
    given = [one.path for one in later.node.payload.file_inputs] if later.node.payload else []
    for path in before.written.keys() & after.read.keys():
        if not same_content(before.written[path], after.read[path]) and not _ends_with_any(path, given):
            yield path, _READ_SOMETHING_ELSE
    if earlier.ran:
        for path in before.written.keys() & after.written.keys():
            is_last = refreshed_state(path, before.written[path]) is not None
            if is_last and not same_content(before.written[path], after.written[path]):
                yield path, _WROTE_OVER
    yield from _wrong_names(earlier, later)
    if not (earlier.ran and later.ran) or earlier.ended <= later.started:
        return
    for path in before.read.keys() & after.written.keys():
        seen = before.read[path]
        if seen.digest == UNSTEADY or (path in after.made and seen.digest != ABSENT) or _saw(earlier, later, path):
            yield path, _CHANGED_BEFORE


def _saw(earlier: TaskFiles, later: TaskFiles, path: str) -> bool:
    return same_content(earlier.files.read[path], later.files.written[path])


def _wrong_names(earlier: TaskFiles, later: TaskFiles) -> Iterator[tuple[str, Wrong]]:
    """Names of files that a listing should have had, or should not."""
    for path, state in earlier.files.written.items() if later.files.listed else ():
        for folder, name in _folders_above(path):
            names = later.files.listed.get(folder)
            if names is None or os.path.join(folder, name) in later.files.written:  # noqa: PTH118 - text
                continue
            is_there = state.digest != ABSENT
            if is_there != (name in names) and (is_there or os.path.dirname(path) == folder):  # noqa: PTH120
                yield path, _LISTED_BEFORE
    if not later.ran or not earlier.ran:
        return
    for path in later.files.made if earlier.files.listed else ():
        folder, _, name = path.rpartition(os.sep)
        if name in earlier.files.listed.get(folder, ()):
            yield path, _MADE_BEFORE


def _folders_above(path: str) -> Iterator[tuple[str, str]]:
    """All folders above a path, each with the name in it that leads to the path."""
    while True:
        folder, _, name = path.rpartition(os.sep)
        if not folder:
            return
        yield folder, name
        path = folder


def _ends_with_any(path: str, places: list[str]) -> bool:
    return any(path.endswith(f"{os.sep}{place}") or f"{os.sep}{place}{os.sep}" in path for place in places)
