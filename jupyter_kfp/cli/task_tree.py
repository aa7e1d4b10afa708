"""The tasks of a run as a tree: nested pipelines, conditions and loops with their parts below them."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_kfp.ids import TaskPath


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
