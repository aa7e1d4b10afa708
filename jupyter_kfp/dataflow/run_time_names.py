"""Places where names of the notebook are looked up or run as text: `globals`, `eval`, ``DataFrame.query``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from jupyter_kfp.dataflow.expressions import dotted_name, last_name, literal_value

_NAMESPACE_CALLS = frozenset({"globals", "locals", "vars", "dir"})
_NAMESPACE_ATTRIBUTES = frozenset({"user_ns", "user_global_ns"})
_QUERY_METHODS = frozenset({"query", "eval"})
_AT_NAME = re.compile(r"@(\w+)")
CODE_RUNNERS = {"eval": "evaluate", "exec": "execute"}
"""Builtin functions that run text, with what is said of it in `Fact.how`."""


def is_namespace(node: ast.expr) -> bool:
    """Whether an expression is the notebook's namespace: ``globals()``, ``get_ipython().user_ns`` and the like."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]):
            return name in _NAMESPACE_CALLS
        case ast.Call(func=ast.Name(id="vars"), args=[inner]):
            return is_main_module(inner)
        case ast.Attribute(value=inner, attr=name):
            return name in _NAMESPACE_ATTRIBUTES or (name == "__dict__" and is_main_module(inner))
    return False


def is_global_namespace(node: ast.expr) -> bool:
    """Whether an expression in a function is the notebook's namespace, not that of the function."""
    match node:
        case ast.Call(func=ast.Name(id=name)) if name != "globals":
            return False
    return is_namespace(node)


def is_main_module(node: ast.expr) -> bool:
    """Whether an expression is the module that the notebook runs in."""
    match node:
        case ast.Name(id="__main__"):
            return True
        case ast.Subscript(value=inner, slice=ast.Constant(value="__main__") | ast.Name(id="__name__")):
            return dotted_name(inner) == "sys.modules"
        case ast.Call(func=function, args=[ast.Constant(value="__main__")]):
            return last_name(function) == "import_module"
    return False


def part_of_name(node: ast.expr) -> str:
    """``a.b.c`` of attributes on a name; empty of other expressions, and of the notebook's own namespace."""
    inner = node
    while isinstance(inner, ast.Attribute):
        if is_namespace(inner) or is_main_module(inner.value):
            return ""
        inner = inner.value
    return (dotted_name(node) or "") if isinstance(node, ast.Attribute) else ""


def is_query(node: ast.Call) -> bool:
    """Whether a call may be a query of a frame, in which ``@name`` is a name of the notebook."""
    return isinstance(node.func, ast.Attribute) and node.func.attr in _QUERY_METHODS


def names_in_query(text: str) -> list[str]:
    """Names of the notebook in a query."""
    return _AT_NAME.findall(text)


def parsed(text: str, place: ast.AST) -> list[ast.stmt]:
    """Statements of code in text, as if all stood where `place` stands; none if it is no Python, as it fails then."""
    try:
        tree = ast.parse(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    for part in ast.walk(tree):
        if hasattr(part, "lineno"):
            ast.copy_location(part, place)
    return tree.body


Meaning = Callable[[str], ast.expr | None]
"""Gives the expression that a name was bound to, if that is certain."""


def known_text(node: ast.expr | None, meaning: Meaning, depth: int = 0) -> str | None:
    """The text that an expression gives, if it is made of constants and of names of such; else None."""
    pieces = list(_pieces(node, meaning, depth))
    return None if None in pieces else "".join(piece or "" for piece in pieces)


def name_pattern(node: ast.expr | None, meaning: Meaning) -> re.Pattern[str]:
    """What the names look like that an expression may give: ``f"df_{i}"`` begins with ``df_``."""
    pieces = _pieces(node, meaning, 0)
    return re.compile("".join(r"\w*" if piece is None else re.escape(piece) for piece in pieces))


def constant_texts(node: ast.expr | None, meaning: Meaning) -> Iterator[str]:
    """Constant texts in an expression, and in those that its names were bound to."""
    seen: set[str] = set()
    waiting = [node]
    while waiting:
        for part in ast.walk(waiting.pop() or ast.Pass()):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value
            elif isinstance(part, ast.Name) and part.id not in seen:
                seen.add(part.id)
                waiting.append(meaning(part.id))


def _pieces(node: ast.expr | None, meaning: Meaning, depth: int) -> Iterator[str | None]:
    """Parts of the text that an expression gives, in order; None for one that is not known."""
    match node:
        case ast.Constant(value=str() | int() as value):
            yield str(value)
        case ast.JoinedStr(values=values):
            for part in values:
                yield from _pieces(part, meaning, depth)
        case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
            yield from _pieces(inner, meaning, depth)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _pieces(left, meaning, depth)
            yield from _pieces(right, meaning, depth)
        case ast.Name(id=name) if depth < 9 and (bound := meaning(name)) is not None:
            yield from _pieces(bound, meaning, depth + 1)
        case _:
            yield None


def bound_items(call: ast.Call) -> list[tuple[str, ast.expr]] | None:
    """What ``update({"x": 1}, y=2)`` puts into a namespace; None if that is not written out."""
    items: list[tuple[str, ast.expr]] = []
    for given in call.args:
        if not isinstance(given, ast.Dict):
            return None
        found = _written_items(given.keys, given.values)
        if found is None:
            return None
        items += found
    for keyword in call.keywords:
        if keyword.arg is None:
            return None
        items.append((keyword.arg, keyword.value))
    return items


def _written_items(keys: Sequence[ast.expr | None], values: Sequence[ast.expr]) -> list[tuple[str, ast.expr]] | None:
    names = [literal_value(key) for key in keys]
    if not all(isinstance(name, str) for name in names):
        return None
    return [(str(name), value) for name, value in zip(names, values, strict=True)]
