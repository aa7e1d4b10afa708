"""Which names of a step may stand for a variable or for parts of it: found by reading, without following the order."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_GIVING = frozenset({"next", "iter", "getattr", "vars", "reversed", "min", "max"})
"""Functions that give out a part of their first argument."""
FAR = 3
"""Longest way from the variable to a name that is followed."""


def root_name(node: ast.expr) -> str | None:
    """Name at the left end of ``name.a[1].b``, also of ``name.a().b`` and ``next(name)``."""
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.Await):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _GIVING and node.args:
            node = node.args[0]
        else:
            return node.id if isinstance(node, ast.Name) else None


def aliases_of(trees: Iterable[ast.AST], name: str) -> dict[str, int]:
    """Names that may hold the variable, a part of it or a container of it, each with its distance (0: itself)."""
    bindings = [pair for tree in trees for pair in _bindings(tree)]
    found = {name: 0}
    for distance in range(1, FAR + 1):
        near = set(found)
        for target, value in bindings:
            if target not in near and value in near:
                found[target] = distance
    return found


def _bindings(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Pairs of a name and a name in what it is bound to."""
    for node in ast.walk(tree):
        for target, value in _assigned(node):
            sources = set(_sources(value))
            yield from ((bound.id, source) for bound in _names(target) for source in sources if bound.id != source)


def _assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _pairwise(target, node.value)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        yield node.target, node.iter
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield node.optional_vars, node.context_expr
    elif isinstance(node, ast.Match):
        yield from ((pattern, node.subject) for pattern in _captures(node))


def _pairwise(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """``a, b = x, y`` binds each to its own."""
    both = isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List)
    if both and len(target.elts) == len(value.elts):  # type: ignore[attr-defined]  # mypy does not follow `both`
        for one, other in zip(target.elts, value.elts, strict=True):  # type: ignore[attr-defined]  # as above
            yield from _pairwise(one, other)
    else:
        yield target, value


def _captures(node: ast.Match) -> Iterator[ast.expr]:
    for part in ast.walk(node):
        if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name:
            yield ast.Name(part.name)


def _names(target: ast.expr) -> Iterator[ast.Name]:
    """Names that a target binds, or whose object it stores into: ``box.x = df`` puts `df` into `box`."""
    if isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            yield from _names(each)
    elif root := root_name(target):
        yield ast.Name(root)


def _sources(value: ast.expr) -> Iterator[str]:
    """Names of which the value may hold the object; a comparison or an f-string holds nothing."""
    if isinstance(value, ast.Compare | ast.JoinedStr | ast.Constant | ast.Lambda):
        return
    if isinstance(value, ast.Name):
        yield value.id
    else:
        for child in ast.iter_child_nodes(value):
            if isinstance(child, ast.expr | ast.keyword | ast.comprehension):
                yield from _sources(child.value if isinstance(child, ast.keyword) else child)  # type: ignore[arg-type]  # a comprehension has children too
