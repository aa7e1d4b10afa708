"""Whether steps of one run that used one file, with nothing to say which comes first, each saw the right content.

Right is what the notebook gives, from top to bottom. Most such files the compiler has seen in the code, and has put
the steps in order; here is what only the run shows: names that are made up in modules, files that programs write.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

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


class FileConflicts:
    """Looks at each task that ends, with all that ended before it in this run."""

    def __init__(self, graph: TaskGraph, folder: str) -> None:
        self._graph = graph
        self._folder = folder
        self._ended: dict[TaskPath, TaskFiles] = {}

    def add(self, task: TaskFiles) -> RunError | None:
        """Note a task; the first file that it, or one before it, saw as it would not be in the notebook."""
        if not _used_any(task.files):
            return None
        others = [other for path, other in self._ended.items() if path != task.node.path]
        self.note(task)
        for other in others:
            if not _share(task.files, other.files) or self._in_order(task.node, other.node):
                continue
            earlier, later = sorted((task, other), key=lambda one: _place(one.node))
            for path, what in _wrongs(earlier, later):
                return self._error(task.node, earlier.node, later.node, path, what)
        return None

    def note(self, task: TaskFiles) -> None:
        """Take note of a task that is not to be judged itself."""
        if _used_any(task.files):
            self._ended[task.node.path] = task

    def writer_of(self, path: str, reader: TaskNode) -> TaskNode | None:
        """A task above the reader in the notebook that wrote a file, if nothing puts them in order."""
        for task in self._ended.values():
            if path in task.files.written and _place(task.node) < _place(reader):
                return None if self._in_order(task.node, reader) else task.node
        return None

    def _in_order(self, one: TaskNode, other: TaskNode) -> bool:
        return other.path in self._graph.after([one.path]) or one.path in self._graph.after([other.path])

    def _error(self, task: TaskNode, earlier: TaskNode, later: TaskNode, path: str, what: str) -> RunError:
        name = shown(path, self._folder)
        return RunError(
            code="KFP347",
            message=f'step "{later.name}" {what.format(file=name, other=earlier.name)}',
            step=task.name,
            hint=order_hint(earlier, later),
            details={"file": path, "earlier": earlier.name, "later": later.name},
        )


def order_hint(earlier: TaskNode, later: TaskNode) -> str:
    """What puts two steps in order."""
    return f"tag a cell of step “{later.name}” with after:{earlier.name}, or hand the data on in a variable"


def _place(node: TaskNode) -> tuple[list[int], str]:
    """Place in the notebook."""
    return (node.record.cells[:1] if node.record else []), node.key


def _used_any(files: UsedFiles) -> bool:
    return bool(files.read or files.written or files.listed or files.made)


def _share(one: UsedFiles, other: UsedFiles) -> bool:
    if not (one.written or other.written):
        return False
    if one.listed or other.listed:
        return True
    return not (
        one.written.keys().isdisjoint(other.written)
        and one.written.keys().isdisjoint(other.read)
        and one.read.keys().isdisjoint(other.written)
    )


def _wrongs(earlier: TaskFiles, later: TaskFiles) -> Iterator[tuple[str, str]]:
    """Paths, and what went wrong with them; ``earlier`` comes first in the notebook."""
    before, after = earlier.files, later.files
    given = [one.path for one in later.node.payload.file_inputs] if later.node.payload else []
    for path in before.written.keys() & after.read.keys():
        if not same_content(before.written[path], after.read[path]) and not _ends_with_any(path, given):
            yield path, 'read the file {file} while it was not what step "{other}" writes, which stands above it'
    if earlier.ran:
        for path in before.written.keys() & after.written.keys():
            is_last = refreshed_state(path, before.written[path]) is not None
            if is_last and not same_content(before.written[path], after.written[path]):
                yield path, 'wrote the file {file}, and step "{other}", which stands above it, wrote over it'
    yield from _wrong_names(earlier, later)
    if not (earlier.ran and later.ran) or earlier.ended <= later.started:
        return
    for path in before.read.keys() & after.written.keys():
        seen = before.read[path]
        if seen.digest == UNSTEADY or (path in after.made and seen.digest != ABSENT) or _saw(earlier, later, path):
            yield path, 'changed the file {file} before step "{other}" had read it, which stands above it'


def _saw(earlier: TaskFiles, later: TaskFiles, path: str) -> bool:
    return same_content(earlier.files.read[path], later.files.written[path])


def _wrong_names(earlier: TaskFiles, later: TaskFiles) -> Iterator[tuple[str, str]]:
    """Names of files that a listing should have had, or should not."""
    for path, state in earlier.files.written.items() if later.files.listed else ():
        for folder, name in _folders_above(path):
            names = later.files.listed.get(folder)
            if names is None or os.path.join(folder, name) in later.files.written:  # noqa: PTH118 - text
                continue
            is_there = state.digest != ABSENT
            if is_there != (name in names) and (is_there or os.path.dirname(path) == folder):  # noqa: PTH120
                yield path, 'listed a folder before step "{other}", which stands above it, wrote or removed {file}'
    if not later.ran or not earlier.ran:
        return
    for path in later.files.made if earlier.files.listed else ():
        folder, _, name = path.rpartition(os.sep)
        if name in earlier.files.listed.get(folder, ()):
            yield path, 'made the file {file} before step "{other}", which stands above it, listed its folder'


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
