"""Setup cells: which of them are replayed before a step."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import msgspec

from jupyter_kfp.dataflow.actors import Actor

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_QUIET = (ast.Import, ast.ImportFrom, ast.Pass, ast.Global)
_VALUES = (
    ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.Name,
    ast.Attribute, ast.Subscript, ast.Slice, ast.Starred, ast.IfExp, ast.JoinedStr, ast.FormattedValue, ast.Lambda,
    ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context,
)  # fmt: skip


class SetupCell(msgspec.Struct, frozen=True, kw_only=True):
    """What a setup cell is made of."""

    defines: bool
    """It defines functions or classes."""
    has_effects: bool
    """It does more than bind names to constants, imports, functions and classes."""


def look_at_setup(tree: ast.Module) -> SetupCell:
    """Classify a setup cell."""
    return SetupCell(
        defines=any(isinstance(node, _DEFINITIONS) for node in ast.walk(tree)),
        has_effects=any(_has_effects(statement) for statement in tree.body),
    )


def _has_effects(node: ast.stmt) -> bool:
    match node:
        case ast.FunctionDef(decorator_list=[]) | ast.AsyncFunctionDef(decorator_list=[]):
            return False
        case ast.ClassDef(decorator_list=[], bases=[], keywords=[], body=body):
            return any(_has_effects(part) for part in body)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return False  # a decorator that registers does so in what setup or a module holds; both are replayed
        case ast.Expr(value=ast.Constant()):
            return False
        case ast.Assign(targets=targets, value=value):
            return not _is_value(value) or any(_sets_part(target) for target in targets)
        case ast.AnnAssign(target=target, value=value):
            return (value is not None and not _is_value(value)) or _sets_part(target)
        case ast.If(body=body, orelse=orelse, test=test):
            return not _is_value(test) or any(_has_effects(part) for part in [*body, *orelse])
        case ast.Try(body=body, orelse=orelse, finalbody=finalbody, handlers=handlers):
            parts = [*body, *orelse, *finalbody, *(part for handler in handlers for part in handler.body)]
            return any(_has_effects(part) for part in parts)
    return not isinstance(node, _QUIET)


def _is_value(node: ast.expr) -> bool:
    if isinstance(node, ast.Lambda):
        return True
    return isinstance(node, _VALUES) and all(
        _is_value(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)
    )


def _sets_part(target: ast.expr) -> bool:
    return any(isinstance(part, (ast.Attribute, ast.Subscript)) for part in ast.walk(target))


def replayed_cells(actor: Actor, setup: Mapping[int, SetupCell], traced: Mapping[int, Actor]) -> set[int]:
    """Setup cells to replay before a step, by number.

    Those above its last cell that define functions or classes, or have effects, always: what is loaded may rely on
    them without naming them. Others only if a name is needed. What a replayed cell needs is replayed, too.
    """
    last = max(actor.cells)
    waiting = [
        number
        for number, cell in setup.items()
        if number < last and (cell.defines or cell.has_effects or actor.dynamic)
    ]
    waiting += actor.setup_cells
    found: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number not in found and number in traced:
            found.add(number)
            waiting += traced[number].setup_cells
    return found


def needed_cells(cells: set[int], traced: Mapping[int, Actor]) -> set[int]:
    """Setup cells, with those that they need in turn, by number."""
    closed: set[int] = set()
    waiting = list(cells)
    while waiting:
        number = waiting.pop()
        if number not in closed:
            closed.add(number)
            waiting += traced[number].setup_cells if number in traced else ()
    return closed
