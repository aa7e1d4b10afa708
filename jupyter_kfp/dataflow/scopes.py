"""Which names a scope binds itself, and what of a definition belongs to the scope around it."""

from __future__ import annotations

import ast
from collections.abc import Iterable

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def local_bindings(nodes: Iterable[ast.AST]) -> tuple[set[str], set[str], set[str]]:
    """Names that code binds in its own scope, and those that it declares ``global`` and ``nonlocal``."""
    bound: set[str] = set()
    global_names: set[str] = set()
    outer: set[str] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
                stack += [*node.decorator_list]
                continue
            case ast.Lambda():
                continue
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                bound.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                bound |= {alias.asname or alias.name.partition(".")[0] for alias in aliases}
            case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name):
                bound.add(name)
            case ast.MatchStar(name=str() as name) | ast.MatchMapping(rest=str() as name):
                bound.add(name)
            case ast.Global(names=names):
                global_names |= set(names)
            case ast.Nonlocal(names=names):
                outer |= set(names)
        if isinstance(node, COMPREHENSIONS):
            # Only a walrus inside reaches this scope.
            stack += [
                ast.Name(inner.target.id, ast.Store()) for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)
            ]
            continue
        stack.extend(ast.iter_child_nodes(node))
    return bound - global_names - outer, global_names, outer


def evaluated_at_definition(node: FunctionNode | ast.ClassDef) -> list[ast.expr]:
    """Decorators, defaults and bases: evaluated when the ``def`` or ``class`` statement runs. Annotations apart."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    defaults = [default for default in [*node.args.defaults, *node.args.kw_defaults] if default]
    return [*decorators, *defaults]
