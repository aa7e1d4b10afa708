"""Where a step gives a variable its value."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from jupyter_kfp.spec.step_payload import Cell

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class BindingSite(NamedTuple):
    """A line of a cell; both numbers from 1."""

    cell: int
    line: int
    text: str


def binding_site(cells: Sequence[Cell], name: str, transform: Callable[[str], str]) -> BindingSite | None:
    """Find the last line of the cells that binds the variable; None if no line shows that it does.

    `transform` turns a cell with IPython syntax into Python with the same lines.
    """
    for cell in reversed(cells):
        try:
            tree = ast.parse(transform(cell.source))
        except (SyntaxError, ValueError):  # it ran, so IPython understands more of it than Python does
            continue
        lines = [line for line, bound in _bindings(tree) if bound == name]
        if lines:
            source = cell.source.split("\n")
            text = source[lines[-1] - 1].strip() if lines[-1] <= len(source) else ""
            return BindingSite(cell.number, lines[-1], text)
    return None


def _bindings(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Lines and names, in the order of the source; what functions and classes bind inside is their own."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.lineno, child.id
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield child.lineno, child.name
        if not isinstance(child, _SCOPES):
            yield from _bindings(child)
