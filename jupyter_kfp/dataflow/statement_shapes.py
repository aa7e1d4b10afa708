"""Questions about single statements."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import msgspec

from jupyter_kfp.dataflow.facts import Value

_SINGLE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete, ast.Return)
_NAME_ERRORS = frozenset({"NameError", "Exception", "BaseException", "UnboundLocalError"})


def part_of(whole: Value, siblings: frozenset[str]) -> Value:
    """One of the values that a tuple is unpacked to; the call it comes from still tells something of its type."""
    if not isinstance(whole.expression, ast.Call):
        return whole.part
    call = ast.Subscript(whole.expression, ast.Constant(0), ast.Load())
    return msgspec.structs.replace(whole.part, expression=call, siblings=siblings)


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


def single_effect(statement: ast.stmt | None, node: ast.AST) -> ast.stmt | None:
    """The part of a statement that only makes the call `node`, or only sets or deletes the target `node`."""
    if not isinstance(statement, _SINGLE):
        return None
    if isinstance(node, ast.Call):
        return ast.copy_location(ast.Expr(node), statement)
    match statement:
        case ast.AugAssign(target=target) if target is node:
            return statement
        case ast.Delete():
            return ast.copy_location(ast.Delete([node]), statement) if isinstance(node, ast.expr) else None
        case ast.AnnAssign(target=target, value=ast.expr() as value) if target is node:
            return _assignment(target, value, statement)
        case ast.Assign(targets=targets, value=value):
            for each in targets:
                if each is node:
                    return _assignment(each, value, statement)
                for inner, part in pairs(each, value) or []:
                    if inner is node:
                        return _assignment(inner, part, statement)
    return None


def _assignment(target: ast.expr, value: ast.expr, statement: ast.stmt) -> ast.stmt:
    return ast.copy_location(ast.Assign([target], value), statement)


def restoring_managers(node: ast.With | ast.AsyncWith, known: frozenset[str]) -> frozenset[str]:
    """Context managers of a ``with`` that put settings back, by the last part of their name."""
    called = [item.context_expr.func for item in node.items if isinstance(item.context_expr, ast.Call)]
    names = {getattr(one, "attr", None) or getattr(one, "id", "") for one in called}
    return known & frozenset(names)
