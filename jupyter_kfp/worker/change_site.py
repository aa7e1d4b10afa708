"""Which line of a step most likely changed a variable in place: found by reading, for the message of the guard."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from jupyter_kfp.spec.step_payload import Cell

_STORES = 3
_METHODS = 2
_ARGUMENTS = 1


@dataclass(frozen=True)
class ChangeSite:
    """A line of a cell."""

    cell: int
    line: int
    text: str


def likely_change(cells: Sequence[Cell], name: str, transform: Callable[[str], str]) -> ChangeSite | None:
    """The first line that stores into the variable, else that calls a method of it, else that passes it to a call.

    `transform` turns a cell with IPython syntax into Python.
    """
    found: list[tuple[int, ChangeSite]] = []
    for cell in cells:
        try:
            tree = ast.parse(transform(cell.source))
        except (SyntaxError, ValueError):
            continue
        lines = cell.source.split("\n")
        for weight, line in _changes(tree, name):
            text = lines[line - 1].strip() if line <= len(lines) else ""
            found.append((weight, ChangeSite(cell.number, line, text)))
    return max(found, key=lambda each: each[0])[1] if found else None


def _changes(tree: ast.AST, name: str) -> Iterator[tuple[int, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.Delete):
            if any(_part_of(target, name) for target in node.targets):
                yield _STORES, node.lineno
        elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For):
            if _part_of(node.target, name) or (isinstance(node, ast.AugAssign) and _root(node.target) == name):
                yield _STORES, node.lineno
        elif isinstance(node, ast.Call):
            yield from _call(node, name)


def _call(node: ast.Call, name: str) -> Iterator[tuple[int, int]]:
    if isinstance(node.func, ast.Attribute) and _root(node.func) == name:
        yield _METHODS, node.lineno
    elif any(_root(argument) == name for argument in (*node.args, *(each.value for each in node.keywords))):
        yield _ARGUMENTS, node.lineno


def _part_of(target: ast.expr, name: str) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return any(_part_of(each, name) for each in target.elts)
    return isinstance(target, ast.Subscript | ast.Attribute) and _root(target) == name


def _root(node: ast.expr) -> str | None:
    """Name at the left end of ``name.a[1].b``."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
