"""Questions about single statements."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_kfp.dataflow.facts import Value

_NAME_ERRORS = frozenset({"NameError", "Exception", "BaseException", "UnboundLocalError"})


def part_of(inner: Value, whole: Value) -> Value:
    """One of the values that a tuple is unpacked to; the call it comes from still tells something of its type."""
    if isinstance(whole.expression, ast.Call):
        call = ast.Subscript(whole.expression, ast.Constant(0), ast.Load())
        return Value(references=inner.references, shares=inner.shares, bodies=inner.bodies, expression=call)
    return inner


def pairs(target: ast.expr, expression: ast.expr) -> list[tuple[ast.expr, ast.expr]] | None:
    """Targets of an assignment with the expressions that they get, where both sides are written out; else None."""
    if isinstance(target, ast.Name):
        return [(target, expression)] if not isinstance(expression, ast.Call) else None
    if (
        isinstance(target, (ast.Tuple, ast.List))
        and isinstance(expression, (ast.Tuple, ast.List))
        and len(target.elts) == len(expression.elts)
        and not any(isinstance(part, ast.Starred) for part in [*target.elts, *expression.elts])
    ):
        return list(zip(target.elts, expression.elts, strict=True))
    return None


def annotation_expressions(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    """Annotations of a function, in the order in which they are evaluated."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    found = [argument.annotation for argument in every if argument and argument.annotation]
    return [*found, node.returns] if node.returns else found


def own_statements(node: ast.AST) -> Iterator[ast.AST]:
    """Statements of a loop's body, without those of loops and functions in it."""
    if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
        for statement in node.orelse:
            yield from own_statements(statement)
        return
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield from own_statements(child)


def catches_name_errors(handler: ast.ExceptHandler) -> bool:
    """Whether a handler takes a NameError."""
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & _NAME_ERRORS)


def constant_truth(test: ast.expr) -> bool | None:
    """The outcome of a condition that is always the same in a notebook; else None."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return False
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return True
    return None


def only_imports(node: ast.Try | ast.TryStar) -> bool:
    """Whether a ``try`` only imports, with constants to fall back to."""
    statements = [
        *node.body,
        *node.orelse,
        *node.finalbody,
        *(part for clause in node.handlers for part in clause.body),
    ]
    return isinstance(node.body[0], (ast.Import, ast.ImportFrom)) and all(
        isinstance(part, (ast.Import, ast.ImportFrom, ast.Pass))
        or (isinstance(part, ast.Assign) and isinstance(part.value, ast.Constant))
        for part in statements
    )
