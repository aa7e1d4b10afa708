"""Names of the notebook that the code of a function uses as text: through ``globals()``, `eval`, queries of frames."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

from jupyter_kfp.dataflow.expressions import literal_value
from jupyter_kfp.dataflow.facts import UseKind
from jupyter_kfp.dataflow.run_time_names import (
    CODE_RUNNERS,
    bound_items,
    is_global_namespace,
    is_main_module,
    is_query,
    names_in_query,
    parsed,
)

_Uses = Iterator[tuple[UseKind, str]]


def text_uses(node: ast.AST, local: Container[str]) -> _Uses:
    """What a node, without those in it, does to names of the notebook that it has as text.

    `local` are the names of the function, which come first for code and queries. The kind ``dynamic`` goes with what is
    done to names that are not known.
    """
    match node:
        case ast.Subscript(value=inner, slice=key, ctx=context) if is_global_namespace(inner):
            yield from _access(key, context)
        case ast.Attribute(value=inner, attr=name, ctx=context) if is_main_module(inner):
            yield from _access(ast.Constant(name), context)
        case ast.Compare(left=key, comparators=[inner]) if is_global_namespace(inner):
            yield from _access(key, ast.Load())
        case ast.Call(func=ast.Attribute(value=inner, attr=method)) if is_global_namespace(inner):
            yield from _method(node, method)
        case ast.Call(func=ast.Name(id=name)) if name in CODE_RUNNERS and name not in local:
            yield from _code(node, name, local)
        case ast.Call() if is_query(node):
            texts = [literal_value(given) for given in node.args]
            found = [name for text in texts if isinstance(text, str) for name in names_in_query(text)]
            yield from (("read", name) for name in found if name not in local)


def _access(key: ast.expr, context: ast.expr_context) -> _Uses:
    name = literal_value(key)
    kind: UseKind = "write" if isinstance(context, ast.Store) else "delete" if isinstance(context, ast.Del) else "read"
    yield (kind, name) if isinstance(name, str) else ("dynamic", kind)


def _method(node: ast.Call, method: str) -> _Uses:
    key = node.args[0] if node.args else ast.Constant("")
    match method:
        case "get" | "__getitem__" | "__contains__":
            yield from _access(key, ast.Load())
        case "pop" | "__delitem__":
            yield from _access(key, ast.Del())
        case "setdefault" | "__setitem__":
            yield from _access(key, ast.Store())
        case "update":
            items = bound_items(node)
            if items is None:
                yield "dynamic", "write"
            else:
                for name, _ in items:
                    yield "write", name
        case _:
            yield "dynamic", "read"


def _code(node: ast.Call, runner: str, local: Container[str]) -> _Uses:
    if not all(is_global_namespace(given) for given in node.args[1:]):
        return
    text = literal_value(node.args[0]) if node.args else None
    if not isinstance(text, str):
        yield "dynamic", CODE_RUNNERS[runner]
        return
    for part in (part for statement in parsed(text, node) for part in ast.walk(statement)):
        if isinstance(part, ast.Name) and part.id not in local:
            if isinstance(part.ctx, ast.Load):
                yield "read", part.id
            elif node.args[1:]:  # in a function, exec binds what stays only where it is told to
                yield "write", part.id
