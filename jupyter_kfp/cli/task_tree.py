"""The tasks of a run as a tree: nested pipelines, conditions and loops with their parts below them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

from jupyter_kfp.cli.styled_lines import printable
from jupyter_kfp.ids import TaskPath

_INDENT = "  "


class NamedTask(Protocol):
    """What a line of a tree is about."""

    @property
    def path(self) -> TaskPath:
        """Where it is in the pipeline."""

    @property
    def name(self) -> str:
        """Display name."""


def tree_labels(tasks: Sequence[NamedTask]) -> Iterator[str]:
    """Names, indented below what they are a part of; before the name what it is a part of and is not shown."""
    shown = {task.path for task in tasks}
    for task in tasks:
        whole = nearest_known(task.path, shown)
        inside = len(list(_wholes(task.path, shown)))
        hidden = task.path.removeprefix(f"{whole or 'root'}").lstrip("/").rpartition("/")[0]
        yield _INDENT * inside + (f"{hidden}/" if hidden else "") + printable(task.name)


def _wholes(path: TaskPath, shown: Collection[TaskPath]) -> Iterator[TaskPath]:
    whole = nearest_known(path, shown)
    while whole is not None:
        yield whole
        whole = nearest_known(whole, shown)


def in_tree_order(paths: Iterable[TaskPath]) -> list[TaskPath]:
    """The paths, each directly behind the whole of its elder sibling; siblings stay in their order."""
    known = dict.fromkeys(paths)
    parts: dict[TaskPath | None, list[TaskPath]] = {}
    for path in known:
        parts.setdefault(nearest_known(path, known), []).append(path)
    order: list[TaskPath] = []
    waiting = list(reversed(parts.get(None, [])))
    while waiting:
        path = waiting.pop()
        order.append(path)
        waiting += reversed(parts.get(path, []))
    return order


def nearest_known(path: TaskPath, known: Iterable[TaskPath]) -> TaskPath | None:
    """The innermost of the known tasks that this one is a part of."""
    inside = known if isinstance(known, dict | set | frozenset) else set(known)
    above = parent(path)
    while above is not None and above not in inside:
        above = parent(above)
    return above


def parent(path: TaskPath) -> TaskPath | None:
    """What a task is a part of: of an iteration its loop, of a task of an iteration the iteration."""
    if path.endswith("]"):
        return TaskPath(path[: path.rindex("[")])
    above = path.rpartition("/")[0]
    return TaskPath(above) if "/" in above else None
